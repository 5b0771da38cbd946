//! What a store keeps beside recipients and windows: its meta document, and what messages belong to.

use super::{Subject, begin, key, served};
use crate::engine::verbs::{NewReport, ReportKey, Settle, Settlement, Tracked};
use crate::types::ReportStatus;

/// By who saw the newest.
pub fn the_meta_document_is_swapped(subject: &Subject) {
    let put = |expected: Option<&[u8]>, new: &[u8]| subject.wait(subject.store.put_meta(expected, new));
    let read = || subject.wait(subject.store.meta());
    assert_eq!(read(), None);
    assert!(!put(Some(b"x"), b"y"));
    assert!(put(None, b"one"));
    assert!(!put(None, b"two") && !put(Some(b"two"), b"three"));
    assert_eq!(read().as_deref(), Some(&b"one"[..]));
    assert!(put(Some(b"one"), b"two"));
    assert_eq!(read().as_deref(), Some(&b"two"[..]));
}

/// And only forwards; an unknown message is no fault.
pub fn a_report_is_found_by_its_message_and_changes_one_word(subject: &Subject) {
    const MESSAGE: ReportKey = [9; 16];
    let report = |name: ReportKey, status| {
        let noted = subject.wait(subject.store.report(&NewReport { key: name, status }));
        noted.map(|noted| (noted.of.key.random, noted.of.key_id, noted.changed))
    };
    let of = key(1, 1);
    assert!(subject.begin(&begin(of)).is_ok());
    assert_eq!(report(MESSAGE, ReportStatus::Sent), None);
    let Settlement::Served {
        generation,
        kind,
        digest,
        sealed,
        ..
    } = served()
    else {
        unreachable!("that is what it is");
    };
    let tracked = Tracked {
        key: of,
        key_id: 7,
        generation,
    };
    let what = Settlement::Served {
        generation,
        kind,
        digest,
        sealed,
        tracked: Some((MESSAGE, tracked)),
    };
    subject.wait(subject.store.settle(&Settle { key: of, what }));
    assert_eq!(report(MESSAGE, ReportStatus::Sent), Some((of.random, 7, true)));
    assert_eq!(report(MESSAGE, ReportStatus::Delivered), Some((of.random, 7, true)));
    for late in [ReportStatus::Sent, ReportStatus::Delivered, ReportStatus::Unknown] {
        assert_eq!(report(MESSAGE, late), Some((of.random, 7, false)), "{late:?}");
    }
    assert_eq!(report([8; 16], ReportStatus::Read), None);
    let facts = subject.status(of).expect("it is stored");
    assert_eq!(
        (facts.report, facts.ended, facts.left),
        (Some(ReportStatus::Delivered), None, 5)
    );
    // With its record it is gone.
    subject.advance(400_000);
    assert_eq!(report(MESSAGE, ReportStatus::Read), None);
}
