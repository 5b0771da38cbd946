//! G6: a stranger who starts and guesses cannot consume, replace or lock what a person has pending.

use crate::support::{Desk, NL, kind, now, open_policy, storm, wrong};
use otpkit::{Check, ErrorKind, Reason, Start};
use serde_json::json;

const STARTS: usize = 1_000;

/// Starts of a stranger for the victim's number, from as many addresses and, for what is counted by purpose, over as
/// many purposes. Returns those that were let through.
fn hostile_starts(desk: &Desk, purposes: usize) -> Vec<(otpkit::Started, String)> {
    let start = |number: usize| {
        let purpose = match number % purposes {
            0 => "login".to_owned(),
            other => format!("p{other}"),
        };
        let ip = format!("198.51.{}.{}", number / 250, number % 250);
        let call = Start::to(NL).purpose(purpose.clone()).ip(ip);
        now(desk.otp.start(call)).ok().map(|started| (started, purpose))
    };
    storm(16, STARTS, start).into_iter().flatten().collect()
}

/// 100 wrong codes for verifications of the stranger's own.
fn hostile_guesses(desk: &Desk, own: &[(otpkit::Started, String)], code: &str) {
    if own.is_empty() {
        return;
    }
    storm(16, 100, |number| {
        let (started, purpose) = &own[number % own.len()];
        let guess = Check::new(started.id.as_str(), wrong(code, number)).purpose(purpose.clone());
        assert!(!now(desk.otp.check(guess)).unwrap().approved);
    });
}

fn victim_survives(desk: &Desk, purposes: usize, least_accepted: usize) {
    let victim = now(desk.otp.start(Start::to(NL).purpose("login").ip("192.0.2.1"))).unwrap();
    let code = desk.tray.code(NL);
    let own = hostile_starts(desk, purposes);
    hostile_guesses(desk, &own, &code);
    println!("G6: {} of {STARTS} hostile starts let through", own.len());
    assert!(own.len() >= least_accepted, "{}", own.len());
    let answer = now(desk.otp.check(Check::new(victim.id.as_str(), code).purpose("login"))).unwrap();
    assert!(answer.approved, "{answer:?}");
}

#[test]
fn g6_the_victims_code_is_approved_after_1000_hostile_starts_that_the_windows_stop() {
    victim_survives(&Desk::new(json!({})), 1, 0);
    victim_survives(&Desk::new(json!({})), 50, 4);
}

#[test]
fn g6_the_victims_code_is_approved_after_1000_hostile_starts_that_are_let_through() {
    let open = || Desk::new(json!({ "policy": open_policy() }));
    // One subject: the budget lets through as many as may be guessed at.
    victim_survives(&open(), 1, 19);
    // Fifty subjects: all but one are let through, and the slot holds a thousand verifications.
    victim_survives(&open(), 50, 999);
}

#[test]
fn g6_the_victims_code_is_approved_after_the_stranger_has_slowed_new_starts() {
    let mut policy = open_policy();
    policy["lock_release"] = json!("operator");
    let desk = Desk::new(json!({ "policy": policy }));
    let victim = desk.start(NL);
    let code = desk.tray.code(NL);
    let mut failures = 0;
    while let Ok(started) = now(desk.otp.start(Start::to(NL))) {
        while desk.left(&started) > 0 {
            desk.check(&started, &wrong(&desk.tray.code(NL), failures));
            failures += 1;
        }
    }
    println!("G6: {failures} hostile failures before new starts are refused");
    assert!(failures >= 20);
    assert!(desk.check(&victim, &code).approved);
    // The approval shows who owns the number, so it clears what the stranger did.
    assert!(now(desk.otp.start(Start::to(NL))).is_ok());
}

#[test]
fn an_id_under_another_purpose_tenant_or_recipient_is_unknown_and_untouched() {
    let desk = Desk::open();
    let started = now(desk.otp.start(Start::to(NL).purpose("login"))).unwrap();
    let code = desk.tray.code(NL);
    let id = started.id.as_str();
    for number in 0..100 {
        let guess = wrong(&code, number);
        for foreign in [
            Check::new(id, code.clone()),
            Check::new(id, code.clone()).purpose("payment"),
            Check::new(id, code.clone()).purpose("Login"),
            Check::new(id, code.clone()).purpose("login").to("+31687654321"),
            Check::new(id, code.clone()).purpose("login").to("user@example.com"),
            Check::new(id, guess.clone()).purpose("payment"),
            Check::new(id, guess).purpose("login").to("+31687654321"),
        ] {
            let answer = now(desk.otp.check(foreign)).unwrap();
            assert_eq!(answer.reason, Some(Reason::Unknown));
            assert!(!answer.approved && answer.attempts_left.is_none());
        }
    }
    let foreign = now(desk.otp.resend(otpkit::Resend::new(id)));
    assert_eq!(kind(&foreign), Some(ErrorKind::VerificationEnded));
    assert!(!now(desk.otp.cancel(otpkit::Cancel::new(id))).unwrap().canceled);
    assert_eq!(
        now(desk.otp.status(otpkit::Status::new(id))).unwrap().reason,
        Some(Reason::Unknown)
    );
    let own = Check::new(id, code).purpose("login").to("+31 6 1234 5678");
    assert!(now(desk.otp.check(own)).unwrap().approved);
}

#[test]
fn ids_that_were_never_made_are_unknown_and_leave_nothing() {
    let store = otpkit::MemoryStore::default();
    let otp = crate::support::builder(json!({}))
        .provider("tray", crate::support::Tray::default())
        .store(store.clone())
        .build()
        .unwrap();
    let started = now(otp.start(Start::to(NL))).unwrap();
    let before = store.entries();
    // The first two characters carry version and key id; the rest is anybody's guess.
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for number in 0..10_000usize {
        let mut id = started.id.as_str().as_bytes().to_vec();
        let at = 4 + number % 33;
        let other = alphabet[(number / 33) % 64];
        id[at] = if id[at] == other {
            alphabet[(number / 33 + 1) % 64]
        } else {
            other
        };
        let id = String::from_utf8(id).unwrap();
        let answer = now(otp.check(Check::new(id, "123456"))).unwrap();
        assert_eq!(answer.reason, Some(Reason::Unknown));
    }
    assert_eq!(store.entries(), before);
}
