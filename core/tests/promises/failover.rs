//! Failover between the kinds: the caller cannot tell which one served, and one code is good.

use crate::support::{NL, Remote, Tray, builder, clock, created, kind, open_policy, wrong};
use otpkit::testing::ScriptedSender;
use otpkit::{
    Builder, Cancel, Check, CheckResult, CreateResult, Deliver, Delivery, ErrorKind, Resend, SendResult, Start, Status,
};
use serde_json::json;
use std::time::Duration;

const AT_ONCE: Duration = Duration::ZERO;

fn open() -> Builder {
    builder(json!({ "policy": open_policy(), "per_ip": [] })).clock(clock())
}

fn not_sent() -> SendResult {
    SendResult::NotSent("refused".into())
}

#[tokio::test]
async fn a_verifier_that_has_not_sent_is_followed_by_a_sender_whose_code_is_ours() {
    let remote = Remote::with_create(
        |_| (AT_ONCE, CreateResult::NotSent("refused".into())),
        |_| (AT_ONCE, CheckResult::Approved),
        false,
    );
    let tray = Tray::default();
    let client = open()
        .verifier("remote", remote.clone())
        .provider("tray", tray.clone())
        .build()
        .unwrap();
    let started = client.start(Start::to(NL)).await.unwrap();
    assert_eq!((started.provider.as_str(), started.delivery), ("tray", Delivery::Sent));
    let code = tray.code(NL);
    let id = started.id.as_str();
    assert!(!client.check(Check::new(id, wrong(&code, 0))).await.unwrap().approved);
    // The resend stays with who served: the verifier has nothing that it could send again.
    let resent = client.resend(Resend::new(id)).await.unwrap();
    assert_eq!(resent.provider, "tray");
    assert_eq!(tray.code(NL), code);
    assert!(client.check(Check::new(id, code)).await.unwrap().approved);
    assert_eq!(remote.calls(), [1, 0, 0, 0]);
}

#[tokio::test]
async fn a_sender_that_has_not_sent_is_followed_by_a_verifier_and_our_code_is_not_good() {
    let sender = ScriptedSender::new(vec![not_sent()]);
    let remote = Remote::new(|number| match number {
        0 => (AT_ONCE, CheckResult::Wrong),
        _ => (AT_ONCE, CheckResult::Approved),
    });
    let client = open()
        .provider("sender", sender.clone())
        .verifier("remote", remote.clone())
        .build()
        .unwrap();
    let started = client.start(Start::to(NL)).await.unwrap();
    assert_eq!(started.provider, "remote");
    let id = started.id.as_str();
    let ours = sender.last_code().unwrap();
    assert!(
        !client.check(Check::new(id, ours)).await.unwrap().approved,
        "only the service's word counts"
    );
    client.resend(Resend::new(id)).await.unwrap();
    assert_eq!(sender.sent().len(), 1, "a verifier's code is not a sender's to resend");
    assert!(client.check(Check::new(id, "424242")).await.unwrap().approved);
    assert_eq!(remote.calls(), [1, 2, 1, 0]);
}

#[tokio::test]
async fn of_two_verifiers_the_one_that_served_is_asked_resends_and_is_told() {
    let first = Remote::with_create(
        |_| (AT_ONCE, CreateResult::NotSent("refused".into())),
        |_| (AT_ONCE, CheckResult::Approved),
        false,
    );
    let second = Remote::new(|_| (AT_ONCE, CheckResult::Wrong));
    let client = open()
        .verifier("first", first.clone())
        .verifier("second", second.clone())
        .build()
        .unwrap();
    let started = client.start(Start::to(NL)).await.unwrap();
    let id = started.id.as_str();
    assert!(!client.check(Check::new(id, "123456")).await.unwrap().approved);
    client.resend(Resend::new(id)).await.unwrap();
    client.cancel(Cancel::new(id)).await.unwrap();
    assert_eq!(first.calls(), [1, 0, 0, 0]);
    assert_eq!(second.calls(), [1, 1, 1, 1]);
}

#[tokio::test]
async fn an_unclear_create_is_not_followed_by_anybody() {
    let remote = Remote::with_create(
        |_| (AT_ONCE, CreateResult::Ambiguous("reset".into())),
        |_| (AT_ONCE, CheckResult::Approved),
        false,
    );
    let tray = Tray::default();
    let client = open()
        .verifier("remote", remote)
        .provider("tray", tray.clone())
        .build()
        .unwrap();
    assert_eq!(kind(&client.start(Start::to(NL)).await), Some(ErrorKind::CannotTell));
    assert_eq!(tray.sent(), 0);
}

#[tokio::test]
async fn a_failed_resend_of_a_verifier_leaves_its_first_code_good() {
    for (failure, expected) in [
        (CreateResult::NotSent("refused".into()), ErrorKind::ProviderUnavailable),
        (CreateResult::Rejected("blocked".into()), ErrorKind::Rejected),
        (CreateResult::Limited { retry_after: None }, ErrorKind::ProviderLimited),
        (CreateResult::Ambiguous("reset".into()), ErrorKind::CannotTell),
    ] {
        let answers = [created(), failure];
        let remote = Remote::with_create(
            // The first call is the one of `create`, the first of `resend` counts from 0 again.
            {
                let calls = std::sync::atomic::AtomicUsize::new(0);
                move |_| {
                    let call = calls.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                    (AT_ONCE, answers[call.min(1)].clone())
                }
            },
            |_| (AT_ONCE, CheckResult::Approved),
            false,
        );
        let client = open().verifier("remote", remote.clone()).build().unwrap();
        let started = client.start(Start::to(NL)).await.unwrap();
        let id = started.id.as_str();
        assert_eq!(kind(&client.resend(Resend::new(id)).await), Some(expected));
        assert_eq!(client.status(Status::new(id)).await.unwrap().attempts_left, Some(5));
        assert!(client.check(Check::new(id, "123456")).await.unwrap().approved);
        assert_eq!(remote.asked()[0].reference, "remote-1");
    }
}

#[tokio::test]
async fn deliver_passes_verifiers_by() {
    let remote = Remote::new(|_| (AT_ONCE, CheckResult::Approved));
    let tray = Tray::default();
    let both = open()
        .verifier("remote", remote.clone())
        .provider("tray", tray.clone())
        .build()
        .unwrap();
    assert_eq!(both.deliver(Deliver::new(NL, "AB12cd")).await.unwrap().provider, "tray");
    assert_eq!(tray.code(NL), "AB12cd");
    let alone = open().verifier("remote", remote.clone()).build().unwrap();
    assert_eq!(
        kind(&alone.deliver(Deliver::new(NL, "123456")).await),
        Some(ErrorKind::NoRoute)
    );
    assert_eq!(remote.calls(), [0, 0, 0, 0]);
}
