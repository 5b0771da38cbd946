//! Verifiers, one call at a time: attempts stand in front of the service, and what it does not say is never a yes.

use crate::support::{NL, Remote, builder, clock, created, kind, open_policy};
use otpkit::testing::TestClock;
use otpkit::{
    Cancel, Check, CheckResult, CheckStatus, Client, CreateResult, Delivery, ErrorKind, Reason, Resend, Start, Started,
    Status,
};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const AT_ONCE: Duration = Duration::ZERO;

fn client(settings: Value, remote: &Remote) -> (Client, TestClock) {
    let clock = clock();
    let client = builder(settings)
        .verifier("remote", remote.clone())
        .clock(clock.clone());
    (client.build().unwrap(), clock)
}

fn open(remote: &Remote) -> (Client, TestClock) {
    client(
        json!({ "policy": open_policy(), "per_ip": [], "deadline_ms": 100 }),
        remote,
    )
}

fn yes(_: usize) -> (Duration, CheckResult) {
    (AT_ONCE, CheckResult::Approved)
}

async fn left(client: &Client, started: &Started) -> u32 {
    let status = client.status(Status::new(started.id.as_str())).await.unwrap();
    status.attempts_left.unwrap()
}

fn check(started: &Started, code: &str) -> Check {
    Check::new(started.id.as_str(), code)
}

#[tokio::test]
async fn the_service_is_asked_with_its_reference_and_its_yes_approves() {
    let remote = Remote::new(yes);
    let (client, _) = open(&remote);
    let started = client.start(Start::to(NL).purpose("login").locale("nl")).await.unwrap();
    assert_eq!(
        (started.provider.as_str(), started.delivery),
        ("remote", Delivery::Sent)
    );
    let checked = client
        .check(check(&started, " 042424\n").purpose("login"))
        .await
        .unwrap();
    assert!(checked.approved);
    assert_eq!(checked.to.as_deref(), Some(NL));
    let asked = &remote.asked()[0];
    assert_eq!((asked.reference.as_str(), asked.code.expose()), ("remote-1", "042424"));
    assert_eq!(
        (asked.message.to.as_str(), asked.message.purpose.as_str()),
        (NL, "login")
    );
    assert_eq!(asked.message.locale.as_deref(), Some("nl"));
}

#[tokio::test]
async fn five_wrong_codes_reach_the_service_and_no_sixth() {
    let remote = Remote::new(|_| (AT_ONCE, CheckResult::Wrong));
    let (client, _) = open(&remote);
    let started = client.start(Start::to(NL)).await.unwrap();
    for expected in [Some(4), Some(3), Some(2), Some(1), None, None] {
        let checked = client.check(check(&started, "123456")).await.unwrap();
        assert_eq!(checked.attempts_left, expected);
        assert_eq!(checked.status == CheckStatus::Ended, expected.is_none());
    }
    assert_eq!(remote.calls()[1], 5);
}

#[tokio::test]
async fn a_service_that_does_not_answer_spends_the_attempt_and_cannot_tell() {
    let remote = Remote::new(|number| match number {
        0 => (Duration::from_millis(600), CheckResult::Approved),
        _ => (AT_ONCE, CheckResult::Wrong),
    });
    let (client, _) = open(&remote);
    let started = client.start(Start::to(NL)).await.unwrap();
    let began = std::time::Instant::now();
    let answer = client.check(check(&started, "123456")).await;
    assert_eq!(kind(&answer), Some(ErrorKind::CannotTell));
    assert!(began.elapsed() < Duration::from_millis(550), "{:?}", began.elapsed());
    assert_eq!(left(&client, &started).await, 4);
    // Its late yes changes nothing.
    tokio::time::sleep(Duration::from_millis(700)).await;
    let status = client.status(Status::new(started.id.as_str())).await.unwrap();
    assert_eq!((status.status, status.attempts_left), (CheckStatus::Pending, Some(4)));
    assert_eq!(
        client.check(check(&started, "123456")).await.unwrap().attempts_left,
        Some(3)
    );
}

#[tokio::test]
async fn what_is_no_answer_cannot_tell_and_is_never_a_yes() {
    let remote = Remote::new(|number| match number {
        0 => (AT_ONCE, CheckResult::CannotTell("503 from the service".into())),
        1 => panic!("the provider's code panics"),
        _ => (AT_ONCE, CheckResult::Approved),
    });
    let (client, _) = open(&remote);
    let started = client.start(Start::to(NL)).await.unwrap();
    for expected in [4, 3] {
        let error = client.check(check(&started, "123456")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CannotTell);
        assert!(
            !error.to_string().contains("503") && !error.to_string().contains("panics"),
            "{error}"
        );
        assert_eq!(left(&client, &started).await, expected);
    }
    assert!(client.check(check(&started, "123456")).await.unwrap().approved);
}

#[tokio::test]
async fn another_context_never_reaches_the_service_and_spends_an_attempt() {
    let remote = Remote::new(yes);
    let (client, _) = open(&remote);
    let bound = client.start(Start::to(NL).context("10 EUR to NL01")).await.unwrap();
    for (context, expected) in [
        (Some("11 EUR to NL01"), 4),
        (None, 3),
        (Some(""), 2),
        (Some("10 EUR to NL01 "), 1),
    ] {
        let call = check(&bound, "123456");
        let call = context.map_or(call.clone(), |context| call.context(context));
        let checked = client.check(call).await.unwrap();
        assert_eq!(
            (checked.attempts_left, checked.reason),
            (Some(expected), Some(Reason::WrongCode))
        );
    }
    assert_eq!(remote.calls()[1], 0);
    let right = check(&bound, "123456").context("10 EUR to NL01");
    assert!(client.check(right).await.unwrap().approved);

    let unbound = client.start(Start::to(NL)).await.unwrap();
    assert!(
        !client
            .check(check(&unbound, "123456").context("x"))
            .await
            .unwrap()
            .approved
    );
    assert!(client.check(check(&unbound, "123456")).await.unwrap().approved);
}

#[tokio::test]
async fn a_service_that_has_forgotten_ends_the_check() {
    let remote = Remote::new(|_| (AT_ONCE, CheckResult::Ended));
    let (client, _) = open(&remote);
    let started = client.start(Start::to(NL)).await.unwrap();
    let checked = client.check(check(&started, "123456")).await.unwrap();
    assert_eq!((checked.approved, checked.status), (false, CheckStatus::Ended));
    assert_eq!(left(&client, &started).await, 4);
}

#[tokio::test]
async fn an_unclear_create_cannot_tell_gives_attempts_back_and_keeps_windows_spent() {
    let unclear = |number: usize| match number % 2 {
        0 => (AT_ONCE, CreateResult::Ambiguous("reset by peer".into())),
        _ => (Duration::from_secs(5), created()),
    };
    let remote = Remote::with_create(unclear, yes, false);
    let mut policy = open_policy();
    policy["per_recipient"] = json!([{ "max": 30, "per_seconds": 3600 }]);
    let (client, _) = client(json!({ "policy": policy, "deadline_ms": 50 }), &remote);
    // 20 that kept their 5 attempts would leave no room for another.
    for _ in 0..30 {
        assert_eq!(kind(&client.start(Start::to(NL)).await), Some(ErrorKind::CannotTell));
    }
    assert_eq!(kind(&client.start(Start::to(NL)).await), Some(ErrorKind::RateLimited));
    assert_eq!(remote.calls(), [30, 0, 0, 0]);
}

#[tokio::test]
async fn an_unclear_create_keeps_the_cooldown_a_clear_failure_lifts_it() {
    let remote = Remote::with_create(
        |number| match number {
            0 => (AT_ONCE, CreateResult::NotSent("refused".into())),
            1 => (AT_ONCE, CreateResult::Rejected("landline".into())),
            2 => (AT_ONCE, CreateResult::Limited { retry_after: None }),
            _ => (AT_ONCE, CreateResult::Ambiguous("reset by peer".into())),
        },
        yes,
        false,
    );
    let (client, _) = client(json!({}), &remote);
    for expected in [
        ErrorKind::ProviderUnavailable,
        ErrorKind::Rejected,
        ErrorKind::ProviderLimited,
        ErrorKind::CannotTell,
        ErrorKind::RateLimited,
    ] {
        assert_eq!(kind(&client.start(Start::to(NL)).await), Some(expected));
    }
}

#[tokio::test]
async fn an_unclear_create_of_a_verifier_that_checks_by_recipient_stays_checkable() {
    let remote = Remote::with_create(
        |_| (AT_ONCE, CreateResult::Ambiguous("reset by peer".into())),
        yes,
        true,
    );
    let (client, _) = open(&remote);
    let started = client.start(Start::to(NL)).await.unwrap();
    assert_eq!(started.delivery, Delivery::Unknown);
    assert!(client.check(check(&started, "123456")).await.unwrap().approved);
    assert_eq!(remote.asked()[0].reference, "");
}

#[tokio::test]
async fn a_resend_by_the_verifier_keeps_id_and_attempts() {
    let remote = Remote::new(|number| match number {
        0 | 1 => (AT_ONCE, CheckResult::Wrong),
        _ => (AT_ONCE, CheckResult::Approved),
    });
    let (client, clock) = client(json!({}), &remote);
    let started = client.start(Start::to(NL)).await.unwrap();
    client.check(check(&started, "111111")).await.unwrap();
    clock.advance(Duration::from_secs(30));
    let resent = client.resend(Resend::new(started.id.as_str())).await.unwrap();
    assert_eq!((resent.id, resent.provider.as_str()), (started.id, "remote"));
    assert_eq!(left(&client, &started).await, 4);
    assert_eq!(
        client.check(check(&started, "222222")).await.unwrap().attempts_left,
        Some(3)
    );
    assert!(client.check(check(&started, "333333")).await.unwrap().approved);
    assert_eq!(remote.calls(), [1, 3, 1, 0]);
}

#[tokio::test]
async fn an_unclear_resend_leaves_the_reference_that_is_known() {
    let asked = AtomicUsize::new(0);
    let remote = Remote::with_create(
        move |_| match asked.fetch_add(1, Ordering::SeqCst) {
            0 => (AT_ONCE, created()),
            _ => (AT_ONCE, CreateResult::Ambiguous("reset by peer".into())),
        },
        yes,
        true,
    );
    let (client, _) = open(&remote);
    let started = client.start(Start::to(NL)).await.unwrap();
    let resent = client.resend(Resend::new(started.id.as_str())).await.unwrap();
    assert_eq!(resent.delivery, Delivery::Unknown);
    assert!(client.check(check(&started, "123456")).await.unwrap().approved);
    assert_eq!(remote.asked()[0].reference, "remote-1");
}

#[tokio::test]
async fn a_cancel_tells_the_verifier_once_and_ends_the_verification() {
    let remote = Remote::new(yes);
    let (client, _) = open(&remote);
    let started = client.start(Start::to(NL)).await.unwrap();
    assert!(client.cancel(Cancel::new(started.id.as_str())).await.unwrap().canceled);
    assert!(!client.cancel(Cancel::new(started.id.as_str())).await.unwrap().canceled);
    let checked = client.check(check(&started, "123456")).await.unwrap();
    assert_eq!(checked.reason, Some(Reason::Canceled));
    assert_eq!(remote.calls(), [1, 0, 0, 1]);
}

#[tokio::test]
async fn the_digits_of_a_service_are_checked_whatever_our_own_codes_are_made_of() {
    let remote = Remote::new(yes);
    let mut policy = open_policy();
    policy["alphabet"] = json!("unambiguous");
    let (client, _) = client(json!({ "policy": policy, "per_ip": [] }), &remote);
    let started = client.start(Start::to(NL)).await.unwrap();
    // The service draws digits, 0 and 1 among them; who served is nothing that the caller can tell.
    let checked = client.check(check(&started, "010101")).await;
    assert!(checked.is_ok_and(|checked| checked.approved));
}

#[tokio::test]
async fn an_expired_verification_never_reaches_the_service() {
    let remote = Remote::new(yes);
    let (client, clock) = open(&remote);
    let started = client.start(Start::to(NL)).await.unwrap();
    clock.advance(Duration::from_secs(300));
    let checked = client.check(check(&started, "123456")).await.unwrap();
    assert_eq!(checked.reason, Some(Reason::Expired));
    assert_eq!(remote.calls()[1], 0);
}
