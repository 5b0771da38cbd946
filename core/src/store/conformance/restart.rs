//! What outlasts the process that wrote it, and what does not stay for ever.

use super::*;
use crate::types::Reason;

/// Used stays used, spent stays spent, counted stays counted. A store that dies with its process has nothing to keep.
pub fn what_is_kept_is_kept_over_a_restart(subject: &Subject) {
    if !subject.store.outlives_process() {
        subject.say(format_args!("it dies with its process, as it says"));
        return;
    }
    let (one, ip) = ([Window::new(3, 3_600)], [7; 16]);
    let call = |number| elsewhere(windows(begin(key(1, number)), &one), ip, &one);
    for number in 1..=3 {
        subject.begin(&call(number)).expect("there is room for three");
    }
    assert!(matches!(subject.attempt(key(1, 1), RIGHT), Attempted::Approved { .. }));
    for left in (2..5).rev() {
        assert_eq!(subject.attempt(key(1, 2), WRONG), Attempted::Wrong { left });
    }
    assert!(subject.wait(subject.store.put_meta(None, b"meta")));

    let restarted = subject.again();
    assert_eq!(restarted.attempt(key(1, 1), RIGHT), Attempted::Ended(Reason::Used));
    assert_eq!(restarted.attempt(key(1, 2), WRONG), Attempted::Wrong { left: 1 });
    assert!(matches!(restarted.begin(&call(4)), Err(Refusal::Elsewhere { .. })));
    assert!(matches!(
        restarted.begin(&windows(begin(key(1, 4)), &one)),
        Err(Refusal::Recipient { .. })
    ));
    assert_eq!(restarted.wait(restarted.store.meta()).as_deref(), Some(&b"meta"[..]));
    // The first one is still open: both see what the other does.
    assert!(matches!(
        restarted.attempt(key(1, 3), RIGHT),
        Attempted::Approved { .. }
    ));
    assert_eq!(subject.attempt(key(1, 3), RIGHT), Attempted::Ended(Reason::Used));
    assert_eq!(subject.attempt(key(1, 2), WRONG), Attempted::Wrong { left: 0 });
    assert_eq!(restarted.attempt(key(1, 2), RIGHT), Attempted::Ended(Reason::Locked));
}

/// After its time, what was known of an id is as unknown as one that was never made.
pub fn what_is_over_is_forgotten(subject: &Subject) {
    subject.begin(&begin(key(1, 1))).expect("it is the first");
    subject.advance(TTL_MS);
    assert_eq!(
        subject.status(key(1, 1)).expect("it is kept for a while").ended,
        Some(Reason::Expired)
    );
    subject.advance(24 * 3_600_000);
    subject.begin(&begin(key(1, 2))).expect("nothing is in its way");
    assert!(subject.status(key(1, 1)).is_none());
}
