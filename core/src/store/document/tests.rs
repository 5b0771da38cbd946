use super::*;
use crate::engine::slot::tests::{CONTEXT, RIGHT, attempt, begin, key};
use crate::engine::verbs::Attempted;
use crate::settings::Window;

const NOW: Millis = 1_800_000_000_000;
const KEY: DocumentKey = DocumentKey::Slot([0; 10]);

fn pending() -> Document {
    let mut slot = Slot::default();
    slot.begin(NOW, &begin(key(1), 5)).unwrap();
    Document::Slot(slot)
}

fn check(document: &mut Document, now: Millis) -> Option<Attempted> {
    match document {
        Document::Slot(slot) => Some(slot.attempt(now, &attempt(key(1), RIGHT, CONTEXT, [1; 8]))),
        _ => None,
    }
}

#[test]
fn what_is_written_is_read_under_its_own_key_only() {
    let bytes = pending().encode(KEY, 3).unwrap();
    let mut read = Document::decode(&bytes, KEY, 3, NOW);
    assert!(matches!(check(&mut read, NOW), Some(Attempted::Approved { .. })));
    let other = DocumentKey::Slot([1; 10]);
    assert!(matches!(Document::decode(&bytes, other, 3, NOW), Document::Damaged));
    let window = DocumentKey::Window([0; 16]);
    assert!(matches!(Document::decode(&bytes, window, 3, NOW), Document::Damaged));
    for key in [KEY, other, window] {
        assert_eq!(DocumentKey::from_bytes(&key.to_bytes()), Some(key));
    }
    for bytes in [&b""[..], b"s", b"x0123456789", b"w0123456789", b"s01234567890"] {
        assert_eq!(DocumentKey::from_bytes(bytes), None);
    }
}

#[test]
fn a_document_that_is_cut_or_has_a_changed_bit_is_damaged() {
    let bytes = pending().encode(KEY, 0).unwrap();
    for end in 0..bytes.len() {
        assert!(matches!(
            Document::decode(&bytes[..end], KEY, 0, NOW),
            Document::Damaged
        ));
    }
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut bytes = bytes.clone();
            bytes[at] ^= 1 << bit;
            assert!(
                matches!(Document::decode(&bytes, KEY, 0, NOW), Document::Damaged),
                "{at} {bit}"
            );
        }
    }
}

#[test]
fn a_document_of_another_era_has_ended() {
    let bytes = pending().encode(KEY, 0).unwrap();
    let mut same = Document::decode(&bytes, KEY, 0, NOW - 1_000);
    assert!(matches!(
        check(&mut same, NOW - 1_000),
        Some(Attempted::Approved { .. })
    ));
    let mut later = Document::decode(&bytes, KEY, 1, NOW - 1_000);
    assert_eq!(
        check(&mut later, NOW - 1_000),
        Some(Attempted::Ended(crate::types::Reason::Expired))
    );
}

#[test]
fn an_empty_document_is_over_at_once_and_a_damaged_one_never_is_read_as_over() {
    assert_eq!(KEY.empty().settle_at(NOW), 0);
    assert!(pending().settle_at(NOW) > NOW);
    let mut log = WindowLog::default();
    log.add(NOW, &[Window::new(3, 60)]);
    assert_eq!(Document::Window(log).settle_at(NOW), NOW + 60_000);
    assert!(Document::Damaged.encode(KEY, 0).is_err());
}
