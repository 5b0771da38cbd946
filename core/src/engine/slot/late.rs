//! What comes after the fact: the outcome of sends, and what services say late.

use super::tests::{BINDING, CONTEXT, NOW, RIGHT, WRONG, attempt, key, renew, served, slot_with};
use super::*;
use crate::engine::verbs::{Settle, Settled, Settlement};

#[test]
fn an_approval_needs_an_attempt_that_is_open() {
    let mut slot = slot_with(5);
    slot.settle(NOW, &served(key(1), 0));
    let approve = |slot: &mut Slot, request| {
        slot.settle(
            NOW,
            &Settle {
                key: key(1),
                what: Settlement::Approved { request },
            },
        )
    };
    assert!(matches!(approve(&mut slot, [1; 8]), Settled::Ended(_)), "nobody asked");
    assert!(matches!(approve(&mut slot, [0; 8]), Settled::Ended(_)), "nobody asked");
    slot.attempt(NOW, &attempt(key(1), WRONG, CONTEXT, [1; 8]));
    slot.settle(
        NOW,
        &Settle {
            key: key(1),
            what: Settlement::Wrong { request: [1; 8] },
        },
    );
    assert!(
        matches!(approve(&mut slot, [1; 8]), Settled::Ended(_)),
        "the service said no to this one"
    );
    assert_eq!(slot.status(NOW, &key(1)).unwrap().ended, None);
    slot.attempt(NOW, &attempt(key(1), WRONG, CONTEXT, [2; 8]));
    let done = approve(&mut slot, [2; 8]);
    assert!(matches!(done, Settled::Done { .. }));
    assert_eq!(approve(&mut slot, [2; 8]), done, "a repeat gets the same answer");
    assert_eq!(slot.failures_and_reserved(NOW, &BINDING).0, 0);
}

#[test]
fn an_ended_record_is_kept_past_the_longest_call_and_then_forgotten() {
    let mut slot = slot_with(5);
    slot.settle(NOW, &served(key(1), 0));
    slot.attempt(NOW + 299_999, &attempt(key(1), WRONG, CONTEXT, [1; 8]));
    slot.prune(NOW + 299_999 + 60_000 + 1_000);
    let late = slot.settle(
        NOW + 360_999,
        &Settle {
            key: key(1),
            what: Settlement::Approved { request: [1; 8] },
        },
    );
    assert!(matches!(late, Settled::Done { .. }));
    slot.prune(NOW + 3_600_000);
    assert_eq!(slot.status(NOW + 3_600_000, &key(1)), None);
}

#[test]
fn a_late_word_on_an_older_generation_changes_nothing() {
    let mut slot = slot_with(5);
    slot.renew(NOW, &renew(0, 1));
    let before = slot.all_bytes();
    slot.settle(NOW, &served(key(1), 0));
    slot.settle(
        NOW,
        &Settle {
            key: key(1),
            what: Settlement::ResendFailed {
                generation: 0,
                restore: None,
            },
        },
    );
    assert_eq!(slot.all_bytes(), before);
}

#[test]
fn a_failed_resend_gives_code_expiry_and_wait_back_but_no_attempt() {
    let mut slot = slot_with(5);
    let call = Renew {
        replacement: Some((WRONG, [8].into())),
        ..renew(0, 1)
    };
    let Renewed::Done { replaced, .. } = slot.renew(NOW + 100_000, &call) else {
        panic!("the renewal is refused");
    };
    // The newer code is what is compared now; a guess at it costs an attempt, and stays spent.
    assert_eq!(
        slot.attempt(NOW + 100_000, &attempt(key(1), RIGHT, CONTEXT, [1; 8])),
        Attempted::Wrong { left: 4 }
    );
    let failed = || Settlement::ResendFailed {
        generation: 1,
        restore: replaced.clone(),
    };
    for _ in 0..2 {
        slot.settle(
            NOW + 100_000,
            &Settle {
                key: key(1),
                what: failed(),
            },
        );
        let facts = slot.status(NOW + 100_000, &key(1)).unwrap();
        assert_eq!(
            (facts.expires_at, facts.resend_at, facts.left),
            (NOW + 300_000, NOW + 100_000, 4)
        );
        assert_eq!(*facts.sealed, [1, 2, 3]);
    }
    assert_eq!(
        slot.attempt(NOW + 100_000, &attempt(key(1), WRONG, CONTEXT, [2; 8])),
        Attempted::Wrong { left: 3 }
    );
    assert!(matches!(
        slot.attempt(NOW + 100_000, &attempt(key(1), RIGHT, CONTEXT, [3; 8])),
        Attempted::Approved { .. }
    ));
    // What was approved meanwhile stays so.
    slot.settle(
        NOW + 100_000,
        &Settle {
            key: key(1),
            what: failed(),
        },
    );
    assert_eq!(slot.status(NOW + 100_000, &key(1)).unwrap().ended, Some(Reason::Used));
}

#[test]
fn a_failed_start_does_not_end_what_was_approved() {
    let mut slot = slot_with(5);
    assert!(matches!(
        slot.attempt(NOW, &attempt(key(1), RIGHT, WRONG, [1; 8])),
        Attempted::Approved { .. }
    ));
    slot.settle(
        NOW,
        &Settle {
            key: key(1),
            what: Settlement::StartFailed { cooldown: false },
        },
    );
    assert_eq!(slot.status(NOW, &key(1)).unwrap().ended, Some(Reason::Used));
}

#[test]
fn what_was_not_compared_takes_back_its_own_failure_and_no_other() {
    let settle = |slot: &mut Slot, request: u8| {
        let what = Settlement::NotCompared { request: [request; 8] };
        slot.settle(NOW, &Settle { key: key(1), what })
    };
    let mut slot = slot_with(5);
    slot.settle(NOW, &served(key(1), 0));
    for request in [1, 2] {
        slot.attempt(NOW, &attempt(key(1), WRONG, CONTEXT, [request; 8]));
    }
    assert_eq!(slot.failures_and_reserved(NOW, &BINDING), (2, 3));
    for _ in 0..3 {
        settle(&mut slot, 1);
        assert_eq!(slot.failures_and_reserved(NOW, &BINDING), (1, 3));
    }
    settle(&mut slot, 9);
    assert_eq!(
        slot.failures_and_reserved(NOW, &BINDING),
        (1, 3),
        "nobody asked under this name"
    );
    // An operator clears what there is; then somebody else fails. That failure stays.
    slot.unlock(&BINDING);
    slot.attempt(NOW, &attempt(key(1), WRONG, WRONG, [3; 8]));
    settle(&mut slot, 2);
    assert_eq!(slot.failures_and_reserved(NOW, &BINDING), (1, 2));
}
