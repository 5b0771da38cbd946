//! G5: the budget of a subject. Consecutive wrong codes are counted over resends, new verifications and expiry.

use crate::support::{Desk, NL, kind, mailbox, now, open_policy, storm, wrong};
use otpkit::{Error, ErrorKind, Start, Started, Unlock};
use serde_json::json;
use std::time::Duration;

const DAY: u64 = 24 * 3600;

fn operator_desk() -> Desk {
    let mut policy = open_policy();
    policy["lock_release"] = json!("operator");
    Desk::new(json!({ "policy": policy, "per_ip": [] }))
}

fn try_start(desk: &Desk) -> Result<Started, Error> {
    now(desk.otp.start(Start::to(NL)))
}

/// Spends every attempt of a verification on wrong codes; returns how many there were.
fn spend(desk: &Desk, started: &Started) -> u32 {
    let code = desk.tray.code(NL);
    let granted = desk.left(started);
    for number in 0..granted {
        assert!(!desk.check(started, &wrong(&code, number as usize)).approved);
    }
    assert_eq!(desk.left(started), 0);
    granted
}

/// Starts as soon as may be, and fails, until so many failures are counted. Returns the waits that were asked for.
fn fail_until(desk: &Desk, most: u32) -> Vec<u64> {
    let (mut failures, mut waits) = (0, Vec::new());
    while failures < most {
        match try_start(desk) {
            Ok(started) => failures += spend(desk, &started),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::RateLimited, "{error}");
                let wait = error.retry_after().unwrap();
                desk.clock.advance(wait - Duration::from_millis(1));
                let early = try_start(desk).unwrap_err();
                assert_eq!(early.retry_after(), Some(Duration::from_millis(1)));
                desk.clock.advance(Duration::from_millis(1));
                waits.push(wait.as_secs());
            }
        }
    }
    assert_eq!(failures, most);
    waits
}

#[test]
fn g5_from_20_failures_on_starts_wait_and_carry_one_attempt_and_at_100_they_are_locked() {
    let desk = Desk::open();
    let waits = fail_until(&desk, 100);
    let expected: Vec<u64> = (0..80u32).map(|at| (30u64 << at.min(16)).min(3600)).collect();
    assert_eq!(waits, expected);
    println!(
        "G5: 20 failures at once, 80 more over {} s of waits",
        waits.iter().sum::<u64>()
    );

    for day in 0..3 {
        let locked = try_start(&desk).unwrap_err();
        assert_eq!(locked.kind(), ErrorKind::Locked, "{day}");
        assert_eq!(locked.retry_after(), Some(Duration::from_secs(DAY)));
        desk.clock.advance(Duration::from_secs(DAY) - Duration::from_millis(1));
        assert_eq!(
            try_start(&desk).unwrap_err().retry_after(),
            Some(Duration::from_millis(1))
        );
        desk.clock.advance(Duration::from_millis(1));
        let started = try_start(&desk).unwrap();
        assert_eq!(spend(&desk, &started), 1, "one attempt a day");
    }
}

#[test]
fn g5_never_more_than_100_guesses_at_once_however_many_start_concurrently() {
    let desk = Desk::open();
    let started: Vec<_> = storm(16, 1_000, |_| try_start(&desk)).into_iter().flatten().collect();
    let code = desk.tray.code(NL);
    let wrong_ones = storm(16, started.len() * 10, |number| {
        desk.check(&started[number % started.len()], &wrong(&code, number))
    });
    assert!(wrong_ones.iter().all(|answer| !answer.approved));
    let evaluated: u32 = started.iter().map(|started| 5 - desk.left(started)).sum();
    println!(
        "G5: {} of 1,000 concurrent starts, {evaluated} guesses evaluated",
        started.len()
    );
    assert_eq!(evaluated, 100);
    assert_eq!(kind(&try_start(&desk)), Some(ErrorKind::Locked));
}

#[test]
fn g5_resends_give_no_guess_back() {
    let desk = Desk::open();
    let started = desk.start(NL);
    for left in (0..5).rev() {
        assert!(!desk.check(&started, &wrong(&desk.tray.code(NL), 0)).approved);
        assert_eq!(desk.left(&started), left);
        if left > 0 {
            desk.resend(&started).unwrap();
            assert_eq!(desk.left(&started), left);
        }
    }
    assert_eq!(kind(&desk.resend(&started)), Some(ErrorKind::VerificationEnded));
    assert!(!desk.check(&started, &desk.tray.code(NL)).approved);
}

#[test]
fn g5_expiry_gives_unused_attempts_back_but_no_failure() {
    let desk = Desk::open();
    // 95 attempts are handed out and not used; 5 are failures. There is room for none more.
    let first = desk.start(NL);
    spend(&desk, &first);
    for _ in 0..19 {
        desk.start(NL);
    }
    let refused = try_start(&desk).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::RateLimited);
    assert!(refused.retry_after().unwrap() >= Duration::from_secs(1));
    desk.advance(301);
    // 15 more make 20 failures.
    for _ in 0..3 {
        let started = try_start(&desk).unwrap();
        assert_eq!(spend(&desk, &started), 5);
    }
    let slowed = try_start(&desk).unwrap_err();
    assert_eq!(slowed.retry_after(), Some(Duration::from_secs(30)));
}

#[test]
fn g5_canceled_and_expired_verifications_keep_their_failures() {
    let desk = Desk::open();
    for round in 0..5 {
        let started = desk.start(NL);
        for number in 0..4 {
            desk.check(&started, &wrong(&desk.tray.code(NL), number));
        }
        match round % 2 {
            0 => assert!(
                now(desk.otp.cancel(otpkit::Cancel::new(started.id.as_str())))
                    .unwrap()
                    .canceled
            ),
            _ => desk.advance(1000),
        }
    }
    // 20 failures, none of them the last of its verification.
    let slowed = try_start(&desk).unwrap_err();
    assert_eq!(slowed.kind(), ErrorKind::RateLimited);
    assert_eq!(slowed.retry_after(), Some(Duration::from_secs(30)));
}

#[test]
fn an_approval_clears_the_failures() {
    let desk = Desk::open();
    fail_until(&desk, 40);
    desk.advance(3600);
    let started = desk.start(NL);
    assert_eq!(desk.left(&started), 1);
    assert!(desk.check(&started, &desk.tray.code(NL)).approved);
    // As if nothing had been: 20 failures at once, then the shortest wait.
    assert_eq!(fail_until(&desk, 21), [30]);
}

#[test]
fn an_operator_unlocks_and_nothing_else_does_where_the_policy_says_so() {
    let desk = operator_desk();
    fail_until(&desk, 100);
    for days in [0, 1, 10, 25] {
        desk.advance(days * DAY);
        let locked = try_start(&desk).unwrap_err();
        assert_eq!(
            (locked.kind(), locked.retry_after()),
            (ErrorKind::Locked, None),
            "{days}"
        );
        assert!(locked.message().contains("unlock"), "{locked}");
    }
    assert!(now(desk.otp.unlock(Unlock::to("+31 6 1234 5678"))).unwrap().unlocked);
    assert!(!now(desk.otp.unlock(Unlock::to(NL))).unwrap().unlocked);
    assert_eq!(spend(&desk, &try_start(&desk).unwrap()), 5);
}

#[test]
fn an_operators_lock_does_not_wear_off() {
    let desk = operator_desk();
    fail_until(&desk, 100);
    for days in [31, 365] {
        desk.advance(days * DAY);
        // Other calls pass by, as they do in a busy store.
        desk.start("+31687654321");
        assert_eq!(
            kind(&try_start(&desk)),
            Some(ErrorKind::Locked),
            "after {days} days more"
        );
    }
    assert!(now(desk.otp.unlock(Unlock::to(NL))).unwrap().unlocked);
    assert!(try_start(&desk).is_ok());
}

#[test]
fn a_subject_is_recipient_and_purpose() {
    let desk = operator_desk();
    fail_until(&desk, 100);
    assert_eq!(kind(&try_start(&desk)), Some(ErrorKind::Locked));
    let other_purpose = now(desk.otp.start(Start::to(NL).purpose("payment"))).unwrap();
    let status = otpkit::Status::new(other_purpose.id.as_str()).purpose("payment");
    assert_eq!(now(desk.otp.status(status)).unwrap().attempts_left, Some(5));
    assert_eq!(desk.left(&desk.start(&mailbox(1))), 5);
    // Unlocking another purpose opens nothing here.
    assert!(!now(desk.otp.unlock(Unlock::to(NL).purpose("login"))).unwrap().unlocked);
    assert_eq!(kind(&try_start(&desk)), Some(ErrorKind::Locked));
}

#[test]
fn a_code_of_the_wrong_shape_is_no_failure() {
    let desk = Desk::open();
    for _ in 0..50 {
        let started = desk.start(NL);
        for shape in ["", "12345 6", "+12345", "123"] {
            let call = otpkit::Check::new(started.id.as_str(), shape);
            assert_eq!(kind(&now(desk.otp.check(call))), Some(ErrorKind::InvalidInput));
        }
        assert!(desk.check(&started, &desk.tray.code(NL)).approved);
    }
}

#[test]
fn the_unlock_of_a_slowed_subject_lets_it_start_at_once() {
    let desk = Desk::open();
    fail_until(&desk, 30);
    assert!(try_start(&desk).is_err());
    assert!(now(desk.otp.unlock(Unlock::to(NL))).unwrap().unlocked);
    assert_eq!(desk.left(&try_start(&desk).unwrap()), 5);
}
