//! The verbs, one by one.

use super::*;
use crate::types::Reason;

/// Approved with what was stored; then used, to everybody.
pub fn a_right_code_is_approved_once(subject: &Subject) {
    let key = key(1, 1);
    let begun = subject.begin(&begin(key)).expect("it is the first");
    assert_eq!(begun.lives_ms, TTL_MS);
    let facts = subject.status(key).expect("it was stored");
    assert_eq!((facts.ended, facts.left, facts.generation), (None, 5, 0));
    assert_eq!((facts.expires_at, facts.resend_at), (begun.expires_at, begun.resend_at));
    assert_eq!((facts.remaining_ms, facts.kind), (TTL_MS, Kind::Ours));
    let sealed: Box<[u8]> = [1, 2, 3].into();
    assert_eq!(
        subject.attempt(key, RIGHT),
        Attempted::Approved { sealed: sealed.clone() }
    );
    for code in [RIGHT, WRONG] {
        assert_eq!(subject.attempt(key, code), Attempted::Ended(Reason::Used));
    }
    let facts = subject.status(key).expect("what has ended is kept for a while");
    assert_eq!((facts.ended, facts.left), (Some(Reason::Used), 4));
    assert_eq!(facts.sealed, sealed);
}

/// Each is counted before it is compared; the last one ends it.
pub fn wrong_codes_are_counted_and_end_it(subject: &Subject) {
    let key = key(1, 1);
    subject.begin(&begin(key)).expect("it is the first");
    for left in (0..5).rev() {
        assert_eq!(subject.attempt(key, wrong(left as usize)), Attempted::Wrong { left });
        assert_eq!(subject.status(key).expect("it was stored").left, left);
    }
    assert_eq!(subject.attempt(key, RIGHT), Attempted::Ended(Reason::Locked));
}

/// To the millisecond.
pub fn it_ends_with_its_time(subject: &Subject) {
    for (number, after, approved) in [
        (1, 0, true),
        (2, TTL_MS - 1, true),
        (3, TTL_MS, false),
        (4, TTL_MS + 1, false),
    ] {
        let key = key(number, u32::from(number));
        subject.begin(&begin(key)).expect("it is the first");
        subject.advance(after);
        let answer = subject.attempt(key, RIGHT);
        match approved {
            true => assert!(matches!(answer, Attempted::Approved { .. }), "{after}: {answer:?}"),
            false => assert_eq!(answer, Attempted::Ended(Reason::Expired), "{after}"),
        }
    }
}

/// Whose id it is is not told by knowing it.
pub fn another_binding_is_unknown_and_spends_nothing(subject: &Subject) {
    let own = key(1, 1);
    subject.begin(&begin(own)).expect("it is the first");
    let foreign = Key {
        binding: [2; 16],
        ..own
    };
    for code in [RIGHT, WRONG] {
        assert_eq!(subject.attempt(foreign, code), Attempted::Ended(Reason::Unknown));
    }
    assert_eq!(
        subject.settle(foreign, Settlement::Cancel),
        Settled::Ended(Reason::Unknown)
    );
    assert_eq!(
        subject.renew(&renew(foreign, 0, [1; 8])),
        Renewed::Ended(Reason::Unknown)
    );
    assert!(subject.status(foreign).is_none());
    assert_eq!(subject.status(own).expect("it was stored").left, 5);
    assert!(matches!(subject.attempt(own, RIGHT), Attempted::Approved { .. }));
}

/// Ids that nobody has made.
pub fn what_is_unknown_leaves_nothing(subject: &Subject) {
    for number in 0..100 {
        let key = key(number, 1);
        assert_eq!(subject.attempt(key, RIGHT), Attempted::Ended(Reason::Unknown));
        assert_eq!(subject.settle(key, Settlement::Cancel), Settled::Ended(Reason::Unknown));
        assert!(subject.status(key).is_none() && !subject.unlock(key));
        assert!(subject.begin(&begin(key)).is_ok());
    }
}

/// The answer was lost on its way, so the caller asks again.
pub fn a_repeat_of_begin_gives_the_first_facts_and_counts_once(subject: &Subject) {
    let two = [Window::new(2, 60)];
    let call = |number| elsewhere(windows(begin(key(1, number)), &two), [7; 16], &two);
    let first = subject.begin(&call(1)).expect("it is the first");
    for _ in 0..5 {
        assert_eq!(subject.begin(&call(1)), Ok(first));
    }
    let second = subject.begin(&call(2)).expect("there is room for two");
    assert!(subject.begin(&call(3)).is_err());
    // Also when nothing new has room any more.
    assert_eq!(subject.begin(&call(1)), Ok(first));
    assert_eq!(subject.begin(&call(2)), Ok(second));
}

/// Nor do they store a record.
pub fn refusals_count_nothing(subject: &Subject) {
    let one = [Window::new(1, 60)];
    let two = [Window::new(2, 60)];
    let call = |number| elsewhere(windows(begin(key(1, number)), &one), [7; 16], &two);
    subject.begin(&call(1)).expect("it is the first");
    for number in 2..20 {
        let refused = Err(Refusal::Recipient { retry_after_ms: 60_000 });
        assert_eq!(subject.begin(&call(number)), refused);
        assert!(subject.status(key(1, number)).is_none());
    }
    // The eighteen refusals took no room in the window elsewhere, and one refused there none in the recipient's.
    assert!(subject.begin(&elsewhere(begin(key(2, 1)), [7; 16], &two)).is_ok());
    let full = windows(elsewhere(begin(key(3, 1)), [7; 16], &two), &one);
    let refused = Err(Refusal::Elsewhere {
        which: 0,
        retry_after_ms: 60_000,
    });
    assert_eq!(subject.begin(&full), refused);
    assert!(subject.begin(&windows(begin(key(3, 2)), &one)).is_ok());
    // A renewal that is refused counts nothing either.
    let resend = Renew {
        elsewhere: vec![([7; 16], two.to_vec())],
        ..renew(key(3, 2), 0, [1; 8])
    };
    let refused = Refusal::Elsewhere {
        which: 0,
        retry_after_ms: 60_000,
    };
    assert_eq!(subject.renew(&resend), Renewed::Refused(refused));
    assert_eq!(subject.status(key(3, 2)).expect("it was stored").generation, 0);
}

/// To the millisecond.
pub fn a_wait_between_two_sends_is_kept(subject: &Subject) {
    let call = |number| {
        let mut call = begin(key(1, number));
        let record = call.record.as_mut().expect("this one has a record");
        record.resend_after_ms = 30_000;
        call
    };
    subject.begin(&call(1)).expect("it is the first");
    let refused = |retry_after_ms| Err(Refusal::Cooldown { retry_after_ms });
    assert_eq!(subject.begin(&call(2)), refused(30_000));
    subject.advance(29_999);
    assert_eq!(subject.begin(&call(2)), refused(1));
    subject.advance(1);
    assert!(subject.begin(&call(2)).is_ok());
    // An approval lifts it.
    assert!(matches!(subject.attempt(key(1, 2), RIGHT), Attempted::Approved { .. }));
    assert!(subject.begin(&call(3)).is_ok());
}

/// Over all recipients.
pub fn windows_elsewhere_are_kept(subject: &Subject) {
    let three = [Window::new(3, 60)];
    let call = |number: u16| elsewhere(begin(key(number, 1)), [7; 16], &three);
    for number in 0..3 {
        assert!(subject.begin(&call(number)).is_ok());
    }
    let refused = |retry_after_ms| {
        Err(Refusal::Elsewhere {
            which: 0,
            retry_after_ms,
        })
    };
    assert_eq!(subject.begin(&call(9)), refused(60_000));
    subject.advance(59_999);
    assert_eq!(subject.begin(&call(9)), refused(1));
    subject.advance(1);
    assert!(subject.begin(&call(9)).is_ok());
}

/// `deliver`.
pub fn sends_without_a_record_are_counted(subject: &Subject) {
    let two = [Window::new(2, 60)];
    let deliver = Begin {
        record: None,
        ..windows(begin(key(1, 1)), &two)
    };
    assert!(subject.begin(&deliver).is_ok() && subject.begin(&deliver).is_ok());
    let refused = Err(Refusal::Recipient { retry_after_ms: 60_000 });
    assert_eq!(subject.begin(&deliver), refused);
    assert_eq!(subject.begin(&windows(begin(key(1, 2)), &two)), refused);
    assert!(subject.status(key(1, 1)).is_none());
}

/// Its token wins, also late and again; nobody else's does.
pub fn a_verifiers_yes_wins_once(subject: &Subject) {
    let key = key(1, 1);
    subject.begin(&begin(key)).expect("it is the first");
    let sealed: Box<[u8]> = [9].into();
    assert_eq!(
        subject.settle(key, served()),
        Settled::Done {
            sealed: sealed.clone(),
            left: 5
        }
    );
    for (token, left) in [([1; 8], 4), ([2; 8], 3)] {
        let asked = subject.ask(key, WRONG, CONTEXT, token);
        assert_eq!(
            asked,
            Attempted::Ask {
                sealed: sealed.clone(),
                left
            }
        );
    }
    // Another context is a wrong code.
    assert_eq!(subject.ask(key, WRONG, WRONG, [3; 8]), Attempted::Wrong { left: 2 });
    let unasked = Settlement::Approved { request: [4; 8] };
    assert!(matches!(subject.settle(key, unasked), Settled::Ended(_)));
    subject.advance(TTL_MS + 1_000);
    let yes = || Settlement::Approved { request: [1; 8] };
    let done = Settled::Done { sealed, left: 2 };
    assert_eq!(subject.settle(key, yes()), done);
    assert_eq!(subject.settle(key, yes()), done);
    let late = Settlement::Approved { request: [2; 8] };
    assert_eq!(subject.settle(key, late), Settled::Ended(Reason::Used));
}

/// Neither gives the attempt back.
pub fn a_verifiers_no_and_silence(subject: &Subject) {
    let key = key(1, 1);
    subject.begin(&begin(key)).expect("it is the first");
    subject.settle(key, served());
    for token in [[1; 8], [2; 8]] {
        subject.ask(key, WRONG, CONTEXT, token);
    }
    for what in [
        Settlement::Wrong { request: [1; 8] },
        Settlement::NotCompared { request: [2; 8] },
    ] {
        assert!(matches!(subject.settle(key, what), Settled::Done { left: 3, .. }));
    }
    for request in [[1; 8], [2; 8]] {
        let changed = Settlement::Approved { request };
        assert!(
            matches!(subject.settle(key, changed), Settled::Ended(_)),
            "who said no cannot say yes"
        );
    }
}

/// It stops what is pending and no more.
pub fn a_canceled_one_is_over(subject: &Subject) {
    let key = key(1, 1);
    subject.begin(&begin(key)).expect("it is the first");
    assert!(matches!(
        subject.settle(key, Settlement::Cancel),
        Settled::Done { left: 5, .. }
    ));
    assert_eq!(
        subject.settle(key, Settlement::Cancel),
        Settled::Ended(Reason::Canceled)
    );
    assert_eq!(subject.attempt(key, RIGHT), Attempted::Ended(Reason::Canceled));
}

/// Nothing was sent, so the next may be.
pub fn a_failed_start_gives_its_wait_back(subject: &Subject) {
    let mut call = begin(key(1, 1));
    call.record.as_mut().expect("this one has a record").resend_after_ms = 30_000;
    subject.begin(&call).expect("it is the first");
    subject.settle(key(1, 1), Settlement::StartFailed { cooldown: false });
    assert_eq!(subject.attempt(key(1, 1), RIGHT), Attempted::Ended(Reason::Failed));
    call.key = key(1, 2);
    assert!(subject.begin(&call).is_ok());
    subject.settle(key(1, 2), Settlement::StartFailed { cooldown: true });
    call.key = key(1, 3);
    assert!(
        subject.begin(&call).is_err(),
        "the wait of a send that cannot be told stands"
    );
}

/// By what it was asked with; a repeat gets the same.
pub fn a_renewal_moves_the_expiry_and_counts_once(subject: &Subject) {
    let key = key(1, 1);
    let begun = subject.begin(&begin(key)).expect("it is the first");
    subject.advance(100_000);
    let call = Renew {
        elsewhere: vec![([7; 16], vec![Window::new(1, 60)])],
        ..renew(key, 0, [1; 8])
    };
    let Renewed::Done {
        begun: renewed,
        replaced: Some(replaced),
    } = subject.renew(&call)
    else {
        panic!("nothing is in its way");
    };
    assert_eq!(renewed.expires_at, begun.expires_at + 100_000);
    assert_eq!(
        (replaced.digest, &*replaced.sealed, replaced.expires_at),
        (RIGHT, &[1, 2, 3][..], begun.expires_at)
    );
    for _ in 0..3 {
        let again = subject.renew(&call);
        let same = Renewed::Done {
            begun: renewed,
            replaced: None,
        };
        assert_eq!(again, same, "asked again, it counts nowhere and is the same");
    }
    let facts = subject.status(key).expect("it was stored");
    assert_eq!((facts.generation, facts.left), (1, 5));
    assert_eq!(subject.attempt(key, RIGHT), Attempted::Wrong { left: 4 });
    assert!(matches!(subject.attempt(key, WRONG), Attempted::Approved { .. }));
}

/// The other is told to wait.
pub fn of_two_renewals_one_wins(subject: &Subject) {
    let key = key(1, 1);
    subject.begin(&begin(key)).expect("it is the first");
    let answers = subject.storm(THREADS, |number| subject.renew(&renew(key, 0, [number as u8; 8])));
    let done = |answer: &&Renewed| matches!(answer, Renewed::Done { .. });
    let waits = |answer: &&Renewed| matches!(answer, Renewed::Refused(Refusal::Cooldown { .. }));
    assert_eq!(answers.iter().filter(done).count(), 1);
    assert_eq!(answers.iter().filter(waits).count(), THREADS - 1);
    assert_eq!(subject.status(key).expect("it was stored").generation, 1);
}

/// What it replaced is good again.
pub fn a_failed_resend_restores(subject: &Subject) {
    let key = key(1, 1);
    let begun = subject.begin(&begin(key)).expect("it is the first");
    let Renewed::Done { replaced, .. } = subject.renew(&renew(key, 0, [1; 8])) else {
        panic!("nothing is in its way");
    };
    let failed = Settlement::ResendFailed {
        generation: 1,
        restore: replaced,
    };
    subject.settle(key, failed);
    assert_eq!(subject.status(key).expect("it was stored").expires_at, begun.expires_at);
    assert!(matches!(subject.renew(&renew(key, 1, [2; 8])), Renewed::Done { .. }));
    let failed = Settlement::ResendFailed {
        generation: 2,
        restore: Some(crate::engine::verbs::Replaced {
            digest: RIGHT,
            sealed: [1, 2, 3].into(),
            expires_at: begun.expires_at,
        }),
    };
    subject.settle(key, failed);
    assert!(matches!(subject.attempt(key, RIGHT), Attempted::Approved { .. }));
}

/// From 20 on one at a time, at 100 no more; `unlock` opens.
pub fn failures_slow_down_and_lock(subject: &Subject) {
    let (mut failures, mut number) = (0, 0);
    let mut least_wait = u64::MAX;
    while failures < 100 {
        number += 1;
        match subject.begin(&begin(key(1, number))) {
            Ok(_) => {
                let granted = subject.status(key(1, number)).expect("it was stored").left;
                assert_eq!(granted, if failures < 20 { 5 } else { 1 }, "after {failures}");
                for guess in 0..granted {
                    subject.attempt(key(1, number), wrong(guess as usize));
                    failures += 1;
                }
            }
            Err(Refusal::Backoff { retry_after_ms }) => {
                assert!(failures >= 20);
                least_wait = least_wait.min(retry_after_ms);
                subject.advance(retry_after_ms);
            }
            Err(other) => panic!("after {failures} failures: {other:?}"),
        }
    }
    assert_eq!(least_wait, 30_000);
    let day = Some(24 * 3_600_000);
    assert_eq!(
        subject.begin(&begin(key(1, 9_999))),
        Err(Refusal::Locked { retry_after_ms: day })
    );
    let operator = Begin {
        budget: Budget {
            operator: true,
            ..BUDGET
        },
        ..begin(key(1, 9_999))
    };
    assert_eq!(subject.begin(&operator), Err(Refusal::Locked { retry_after_ms: None }));
    assert!(subject.unlock(key(1, 1)));
    assert!(subject.begin(&begin(key(1, 9_999))).is_ok());
}
