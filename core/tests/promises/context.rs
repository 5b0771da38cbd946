//! G19, dynamic linking: a code is good for the context that it was made for, and every other one costs an attempt.

use crate::support::{Desk, NL, mailbox, now, storm, timed};
use otpkit::{Check, Checked, Reason, Start, Started};

fn check(desk: &Desk, started: &Started, code: &str, context: &[u8]) -> Checked {
    now(desk.otp.check(Check::new(started.id.as_str(), code).context(context))).unwrap()
}

/// The mutation of this number of a context: one byte changed, dropped, doubled, or two neighbours changed places.
fn mutated(context: &[u8], number: usize) -> Vec<u8> {
    let (at, how) = (number % context.len(), number / context.len());
    let mut other = context.to_vec();
    match how % 258 {
        bits @ 0..255 => other[at] ^= bits as u8 + 1,
        255 => drop(other.remove(at)),
        256 => other.insert(at, context[at]),
        _ => other.swap(at, (at + 1) % context.len()),
    }
    match other == context {
        // Two equal neighbours changed places: cut the context there instead.
        true => context[..at].to_vec(),
        false => other,
    }
}

#[test]
fn g19_of_100000_mutated_contexts_none_is_approved_and_each_spends_an_attempt() {
    const VERIFICATIONS: usize = 25_000;
    let desk = Desk::open();
    let context =
        |number: usize| format!("amount={}.{:02} EUR;payee=NL{:016}", number, number % 100, number).into_bytes();
    let approved = timed("G19: 100,000 mutated contexts", || {
        storm(4, VERIFICATIONS, |number| {
            let (to, context) = (mailbox(number), context(number));
            let started = now(desk.otp.start(Start::to(to.clone()).context(context.clone()))).unwrap();
            let code = desk.tray.code(&to);
            for attempt in 0..4 {
                let other = mutated(&context, number * 4 + attempt);
                let answer = check(&desk, &started, &code, &other);
                assert_eq!(answer.attempts_left, Some(4 - attempt as u32), "{number}");
                assert_eq!(answer.reason, Some(Reason::WrongCode));
            }
            check(&desk, &started, &code, &context).approved
        })
    });
    let right = approved.iter().filter(|approved| **approved).count();
    println!(
        "G19: 0 of {} mutated contexts approved, {right} of {VERIFICATIONS} right ones",
        VERIFICATIONS * 4
    );
    assert_eq!(right, VERIFICATIONS);
}

#[test]
fn no_context_and_an_empty_one_are_the_same_and_no_other_is() {
    let desk = Desk::open();
    for (at_start, at_check, same) in [
        (None, None, true),
        (None, Some(""), true),
        (Some(""), None, true),
        (None, Some("\0"), false),
        (Some("\0"), None, false),
        (Some("a"), Some("a\0"), false),
        (Some("a"), Some("A"), false),
        (Some("a"), Some("a"), true),
    ] {
        let start = at_start.map_or(Start::to(NL), |context| Start::to(NL).context(context));
        let started = now(desk.otp.start(start)).unwrap();
        let call = Check::new(started.id.as_str(), desk.tray.code(NL));
        let call = at_check.map_or(call.clone(), |context| call.context(context));
        assert_eq!(
            now(desk.otp.check(call)).unwrap().approved,
            same,
            "{at_start:?} {at_check:?}"
        );
        now(desk.otp.unlock(otpkit::Unlock::to(NL))).unwrap();
    }
}

#[test]
fn the_hash_of_a_context_is_not_that_context() {
    let desk = Desk::open();
    let context = b"10 EUR to NL01";
    // What the library may hash inside must not be accepted from outside in place of the context.
    let digest = ring::digest::digest(&ring::digest::SHA256, context);
    let started = now(desk.otp.start(Start::to(NL).context(context.as_slice()))).unwrap();
    assert!(!check(&desk, &started, &desk.tray.code(NL), digest.as_ref()).approved);
    assert!(check(&desk, &started, &desk.tray.code(NL), context).approved);
}

#[test]
fn a_code_is_good_for_its_own_verification_only() {
    let desk = Desk::open();
    let (first, second) = (desk.start(NL), desk.start("+31687654321"));
    let (one, two) = (desk.tray.code(NL), desk.tray.code("+31687654321"));
    if one != two {
        assert!(!desk.check(&first, &two).approved);
        assert!(!desk.check(&second, &one).approved);
    }
    assert_eq!(desk.check(&first, &one).to.as_deref(), Some(NL));
    assert_eq!(desk.check(&second, &two).to.as_deref(), Some("+31687654321"));
}

#[test]
fn a_code_lives_until_its_last_millisecond_and_no_longer() {
    let desk = Desk::open();
    let at = |millis: u64| {
        let started = desk.start(NL);
        desk.clock.advance(std::time::Duration::from_millis(millis));
        let answer = desk.check(&started, &desk.tray.code(NL));
        now(desk.otp.unlock(otpkit::Unlock::to(NL))).unwrap();
        (answer.approved, answer.reason)
    };
    assert_eq!(at(0), (true, None));
    assert_eq!(at(299_999), (true, None));
    assert_eq!(at(300_000), (false, Some(Reason::Expired)));
    assert_eq!(at(301_000), (false, Some(Reason::Expired)));
    // Long gone, it is unknown, and looks the same to the person who typed.
    assert_eq!(at(86_400_000), (false, Some(Reason::Unknown)));
}
