//! Resends: which code, when, until when, and what a failed one costs.

use crate::support::{Desk, NL, Tray, builder, clock, epoch, kind, now, storm, wrong};
use otpkit::testing::ScriptedSender;
use otpkit::{Check, ErrorKind, Resend, SendResult, Start, Status};
use serde_json::{Value, json};
use std::time::Duration;

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn desk(policy: Value) -> Desk {
    Desk::new(json!({ "policy": policy }))
}

/// A wide window of the recipient: what is tested is the wait.
fn policy(changes: Value) -> Value {
    let mut policy = json!({ "per_recipient": [{ "max": 1000, "per_seconds": 1 }] });
    for (name, value) in changes.as_object().unwrap() {
        policy[name] = value.clone();
    }
    policy
}

#[test]
fn the_same_code_is_sent_while_more_than_60_seconds_are_left_then_a_new_one() {
    let desk = desk(policy(json!({})));
    let started = desk.start(NL);
    let first = desk.tray.code(NL);
    desk.advance(239);
    let resent = desk.resend(&started).unwrap();
    assert_eq!(desk.tray.code(NL), first, "61 seconds were left");
    assert_eq!(resent.id, started.id);
    assert_eq!(resent.expires_at, epoch() + secs(539));
    desk.advance(240);
    desk.resend(&started).unwrap();
    let second = desk.tray.code(NL);
    assert_ne!(second, first, "60 seconds were left");
    let old = desk.check(&started, &first);
    assert!(!old.approved, "the older code stops when the newer is stored");
    assert_eq!(old.attempts_left, Some(4));
    assert!(desk.check(&started, &second).approved);
}

#[test]
fn with_resend_new_each_resend_stops_the_older_code() {
    let desk = desk(policy(json!({ "resend": "new", "attempts": 10 })));
    let started = desk.start(NL);
    let mut older = vec![desk.tray.code(NL)];
    for (round, wait) in [30, 60, 120].into_iter().enumerate() {
        desk.advance(wait);
        desk.resend(&started).unwrap();
        let newest = desk.tray.code(NL);
        for code in older.iter().filter(|code| **code != newest) {
            assert!(!desk.check(&started, code).approved, "round {round}");
        }
        older.push(newest);
    }
    assert_eq!(desk.left(&started), 4);
    assert!(desk.check(&started, older.last().unwrap()).approved);
}

#[test]
fn the_waits_are_30_60_and_120_seconds_and_the_last_repeats() {
    let desk = desk(policy(json!({})));
    let started = desk.start(NL);
    assert_eq!(started.resend_at, epoch() + secs(30));
    let mut at = 0;
    for wait in [30, 60, 120, 120, 120] {
        desk.clock.advance(secs(wait) - Duration::from_millis(1));
        let early = desk.resend(&started).unwrap_err();
        assert_eq!(
            (early.kind(), early.retry_after()),
            (ErrorKind::RateLimited, Some(Duration::from_millis(1)))
        );
        desk.clock.advance(Duration::from_millis(1));
        let resent = desk.resend(&started).unwrap();
        at += wait;
        let next = [60, 120, 120, 120, 120][[30, 90, 210, 330, 450].iter().position(|t| *t == at).unwrap()];
        assert_eq!(resent.resend_at, epoch() + secs(at + next));
    }
    assert_eq!(desk.tray.sent(), 6);
}

#[test]
fn a_resend_holds_the_cooldown_of_new_starts() {
    let desk = desk(policy(json!({})));
    let started = desk.start(NL);
    desk.advance(30);
    desk.resend(&started).unwrap();
    let refused = now(desk.otp.start(Start::to(NL))).unwrap_err();
    assert_eq!(refused.retry_after(), Some(secs(60)));
    assert!(now(desk.otp.start(Start::to(NL).purpose("login"))).is_ok());
}

#[test]
fn expiry_moves_with_each_resend_up_to_the_ceiling_and_never_back() {
    let desk = desk(policy(json!({ "resend_after_seconds": [0] })));
    let started = desk.start(NL);
    assert_eq!(started.expires_at, epoch() + secs(300));
    for (at, expires) in [(100, 400), (250, 550), (299, 599), (300, 600), (500, 600), (570, 600)] {
        let since = desk.status(&started).created_at.unwrap();
        assert_eq!(since, epoch());
        desk.clock.advance(secs(at) - elapsed(&desk));
        assert_eq!(
            desk.resend(&started).unwrap().expires_at,
            epoch() + secs(expires),
            "at {at}"
        );
        assert_eq!(desk.status(&started).expires_at, Some(epoch() + secs(expires)));
    }
    // A message that says "valid for half a minute" helps nobody: it is refused, and what was sent stays good.
    desk.advance(1);
    let sent = desk.tray.sent();
    assert_eq!(kind(&desk.resend(&started)), Some(ErrorKind::VerificationEnded));
    assert_eq!(desk.tray.sent(), sent);
    desk.advance(28);
    assert!(!desk.check(&started, &wrong(&desk.tray.code(NL), 0)).approved);
    assert_eq!(desk.left(&started), 4);
    desk.advance(1);
    assert!(!desk.check(&started, &desk.tray.code(NL)).approved);
}

/// Where the desk's clock stands, as a probe tells: a fresh verification of another recipient.
fn elapsed(desk: &Desk) -> Duration {
    let probe = desk.start("probe@example.com");
    let at = desk.status(&probe).created_at.unwrap();
    at.duration_since(epoch()).unwrap()
}

#[test]
fn of_concurrent_resends_one_wins() {
    for trial in 0..200 {
        let desk = desk(policy(json!({ "resend": if trial % 2 == 0 { "new" } else { "same" } })));
        let started = desk.start(NL);
        desk.advance(30);
        let answers = storm(8, 64, |_| desk.resend(&started));
        let won = answers.iter().filter(|answer| answer.is_ok()).count();
        assert_eq!(won, 1, "trial {trial}");
        for error in answers.iter().filter_map(|answer| answer.as_ref().err()) {
            assert_eq!(error.kind(), ErrorKind::RateLimited);
        }
        assert_eq!(desk.tray.sent(), 2);
        assert!(
            desk.check(&started, &desk.tray.code(NL)).approved,
            "the code that was sent last is good"
        );
    }
    println!("resend: 200 trials of 64 concurrent resends, one sent in each");
}

#[test]
fn a_resend_that_was_not_sent_gives_its_wait_back() {
    for (failure, expected) in [
        (SendResult::NotSent("refused".into()), ErrorKind::ProviderUnavailable),
        (SendResult::Rejected("blocked".into()), ErrorKind::Rejected),
        (SendResult::Limited { retry_after: None }, ErrorKind::ProviderLimited),
    ] {
        let sender = ScriptedSender::new(vec![SendResult::SENT, failure.clone(), failure, SendResult::SENT]);
        let clock = clock();
        let otp = builder(json!({}))
            .provider("sender", sender.clone())
            .clock(clock.clone())
            .build()
            .unwrap();
        let started = now(otp.start(Start::to(NL))).unwrap();
        let id = started.id.as_str();
        clock.advance(secs(30));
        for _ in 0..2 {
            assert_eq!(kind(&now(otp.resend(Resend::new(id)))), Some(expected));
        }
        // What came before stays good, and nothing waits.
        let status = now(otp.status(Status::new(id))).unwrap();
        assert_eq!(
            (status.attempts_left, status.resend_at),
            (Some(5), Some(epoch() + secs(30)))
        );
        assert!(now(otp.resend(Resend::new(id))).is_ok());
        let code = sender.last_code().unwrap();
        assert_eq!(code, sender.sent()[0].code.expose());
        assert!(now(otp.check(Check::new(id, code))).unwrap().approved);
    }
}

#[test]
fn a_resend_that_was_not_sent_leaves_the_older_code_good_and_its_life_as_it_was() {
    let down = SendResult::NotSent("refused".into());
    for (policy, at) in [(json!({ "resend": "new" }), 30), (json!({}), 250), (json!({}), 30)] {
        let sender = ScriptedSender::new(vec![SendResult::SENT, down.clone()]);
        let clock = clock();
        let otp = builder(json!({ "policy": policy }))
            .provider("sender", sender.clone())
            .clock(clock.clone());
        let otp = otp.build().unwrap();
        let started = now(otp.start(Start::to(NL).context("10 EUR"))).unwrap();
        let id = started.id.as_str();
        clock.advance(secs(at));
        assert_eq!(
            kind(&now(otp.resend(Resend::new(id)))),
            Some(ErrorKind::ProviderUnavailable)
        );
        let status = now(otp.status(Status::new(id))).unwrap();
        assert_eq!(
            (status.expires_at, status.attempts_left),
            (Some(started.expires_at), Some(5))
        );
        let (older, newer) = (sender.sent()[0].code.clone(), sender.sent()[1].code.clone());
        let check = |code: &str| now(otp.check(Check::new(id, code).context("10 EUR"))).unwrap();
        assert!(older.expose() == newer.expose() || !check(newer.expose()).approved);
        assert!(check(older.expose()).approved, "at {at}");
    }
}

#[test]
fn a_message_says_how_long_its_code_lives_and_no_longer() {
    let desk = Desk::new(json!({
        "policy": policy(json!({ "resend_after_seconds": [0], "ttl_seconds": 600 })),
        "templates": { "en": "{code} {minutes}" },
    }));
    let started = desk.start(NL);
    for (at, minutes, seconds) in [(0, "10", 600), (0, "10", 600), (61, "9", 539), (500, "1", 39)] {
        desk.advance(at);
        if desk.tray.sent() > 0 && at > 0 {
            desk.resend(&started).unwrap();
        }
        let newest = desk.tray.newest(NL);
        assert_eq!(newest.text.split(' ').nth(1), Some(minutes), "{at}");
        assert_eq!(newest.message.ttl, secs(seconds), "{at}");
    }
}

#[test]
fn a_resend_that_may_have_been_sent_keeps_its_wait() {
    let sender = ScriptedSender::new(vec![SendResult::SENT, SendResult::Ambiguous("reset".into())]);
    let clock = clock();
    let otp = builder(json!({}))
        .provider("sender", sender.clone())
        .clock(clock.clone())
        .build()
        .unwrap();
    let started = now(otp.start(Start::to(NL))).unwrap();
    clock.advance(secs(30));
    let resent = now(otp.resend(Resend::new(started.id.as_str()))).unwrap();
    assert_eq!(resent.delivery, otpkit::Delivery::Unknown);
    let refused = now(otp.resend(Resend::new(started.id.as_str()))).unwrap_err();
    assert_eq!(refused.retry_after(), Some(secs(60)));
}

#[test]
fn a_failed_resend_lifts_no_wait_but_its_own() {
    // Two verifications of one subject: the second was sent just now when the resend of the first fails.
    let sender = ScriptedSender::new(vec![
        SendResult::SENT,
        SendResult::SENT,
        SendResult::NotSent("refused".into()),
    ]);
    let clock = clock();
    let otp = builder(json!({}))
        .provider("sender", sender)
        .clock(clock.clone())
        .build()
        .unwrap();
    let first = now(otp.start(Start::to(NL))).unwrap();
    clock.advance(secs(30));
    now(otp.start(Start::to(NL))).unwrap();
    assert_eq!(
        kind(&now(otp.resend(Resend::new(first.id.as_str())))),
        Some(ErrorKind::ProviderUnavailable)
    );
    let third = now(otp.start(Start::to(NL)));
    assert_eq!(
        kind(&third),
        Some(ErrorKind::RateLimited),
        "a code was sent this very moment"
    );
}

#[test]
fn a_resend_needs_a_pending_verification_of_this_purpose_and_recipient() {
    let desk = desk(policy(json!({ "resend_after_seconds": [0] })));
    let ended = |answer| assert_eq!(kind(&answer), Some(ErrorKind::VerificationEnded));
    let started = desk.start(NL);
    let id = started.id.as_str();
    ended(now(desk.otp.resend(Resend::new(id).purpose("login"))));
    ended(now(desk.otp.resend(Resend::new(id).to("+31687654321"))));
    now(desk.otp.resend(Resend::new(id).to("+31 6 12345678"))).unwrap();
    for number in 0..5 {
        desk.check(&started, &wrong(&desk.tray.code(NL), number));
    }
    ended(desk.resend(&started));
    let expired = desk.start(NL);
    desk.advance(300);
    ended(desk.resend(&expired));
    let approved = desk.start(NL);
    assert!(desk.check(&approved, &desk.tray.code(NL)).approved);
    ended(desk.resend(&approved));
    let canceled = desk.start(NL);
    now(desk.otp.cancel(otpkit::Cancel::new(canceled.id.as_str()))).unwrap();
    ended(desk.resend(&canceled));
}

#[test]
fn a_resend_carries_channel_locale_values_and_another_idempotency_key() {
    let settings = json!({
        "policy": policy(json!({ "resend_after_seconds": [0] })),
        "templates": { "nl": "{code} voor {amount}" },
    });
    let desk = Desk::new(settings);
    let call = Start::to(NL)
        .channel("whatsapp")
        .locale("nl-BE")
        .value("amount", "10 EUR")
        .context("10 EUR");
    let started = now(desk.otp.start(call)).unwrap();
    let first = desk.tray.newest(NL);
    desk.resend(&started).unwrap();
    let second = desk.tray.newest(NL);
    assert_eq!(first.text, format!("{} voor 10 EUR", first.code.expose()));
    assert_eq!(second.text, first.text);
    assert_eq!(second.message.channel.as_str(), "whatsapp");
    assert_eq!(second.message.locale.as_deref(), Some("nl-BE"));
    assert_eq!(second.message.values, first.message.values);
    assert_ne!(second.message.idempotency_key, first.message.idempotency_key);
    let check = Check::new(started.id.as_str(), first.code.expose());
    assert!(now(desk.otp.check(check.context("10 EUR"))).unwrap().approved);
}

#[test]
fn a_new_code_is_bound_to_the_context_too() {
    let desk = desk(policy(json!({ "resend": "new", "resend_after_seconds": [0] })));
    let started = now(desk.otp.start(Start::to(NL).context("10 EUR"))).unwrap();
    desk.resend(&started).unwrap();
    let code = desk.tray.code(NL);
    assert!(!desk.check(&started, &code).approved);
    let check = Check::new(started.id.as_str(), code).context("10 EUR");
    assert!(now(desk.otp.check(check)).unwrap().approved);
}

#[test]
fn a_resend_passes_over_to_the_next_sender() {
    let first = ScriptedSender::new(vec![SendResult::SENT, SendResult::NotSent("down".into())]);
    let second = Tray::default();
    let otp = builder(json!({ "policy": { "resend_after_seconds": [0] } }))
        .provider("first", first.clone())
        .provider("second", second.clone())
        .build()
        .unwrap();
    let started = now(otp.start(Start::to(NL))).unwrap();
    assert_eq!(started.provider, "first");
    let resent = now(otp.resend(Resend::new(started.id.as_str()))).unwrap();
    assert_eq!(resent.provider, "second");
    assert_eq!(second.code(NL), first.last_code().unwrap());
    assert_eq!(
        now(otp.status(Status::new(started.id.as_str())))
            .unwrap()
            .provider
            .as_deref(),
        Some("second")
    );
}
