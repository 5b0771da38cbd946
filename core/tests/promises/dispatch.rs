//! What each answer of a provider means, and what a provider that misbehaves can do: nothing.

use crate::support::{NL, Tray, builder, clock, kind, mailbox, now};
use async_trait::async_trait;
use otpkit::testing::ScriptedSender;
use otpkit::{Check, Client, Country, Delivery, ErrorKind, Outgoing, RouteSettings, SendResult, Sender, Start, Status};
use serde_json::json;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// A sender that does what a function says.
pub(crate) struct Does<F>(pub(crate) F);

#[async_trait]
impl<F, R> Sender for Does<F>
where
    F: Fn(Outgoing) -> R + Send + Sync + 'static,
    R: Future<Output = SendResult> + Send,
{
    async fn send(&self, outgoing: Outgoing) -> SendResult {
        (self.0)(outgoing).await
    }
}

pub(crate) fn with(sender: impl Sender) -> Client {
    builder(json!({ "deadline_ms": 100 }))
        .provider("first", sender)
        .clock(clock())
        .build()
        .unwrap()
}

/// The first sender answers so; the second one would take everything.
fn two(answer: SendResult) -> (Client, ScriptedSender, Tray) {
    let (first, second) = (ScriptedSender::new(vec![answer]), Tray::default());
    let client = builder(json!({}))
        .provider("first", first.clone())
        .provider("second", second.clone())
        .clock(clock());
    (client.build().unwrap(), first, second)
}

#[test]
fn sent_is_sent_and_its_reference_is_kept() {
    let (client, first, second) = two(SendResult::Sent {
        reference: Some("m-1".into()),
    });
    let started = now(client.start(Start::to(NL))).unwrap();
    assert_eq!((started.provider.as_str(), started.delivery), ("first", Delivery::Sent));
    assert_eq!((first.sent().len(), second.sent()), (1, 0));
    let code = first.last_code().unwrap();
    assert!(
        now(client.check(Check::new(started.id.as_str(), code)))
            .unwrap()
            .approved
    );
}

#[test]
fn not_sent_alone_fails_over_and_carries_the_same_code() {
    let (client, first, second) = two(SendResult::NotSent("refused".into()));
    let started = now(client.start(Start::to(NL))).unwrap();
    assert_eq!(started.provider, "second");
    assert_eq!(first.last_code().unwrap(), second.code(NL));
    assert!(
        now(client.check(Check::new(started.id.as_str(), second.code(NL))))
            .unwrap()
            .approved
    );
}

#[test]
fn what_may_have_been_sent_is_not_sent_again_and_its_code_is_good() {
    let (client, first, second) = two(SendResult::Ambiguous("reset by peer".into()));
    let started = now(client.start(Start::to(NL))).unwrap();
    assert_eq!(
        (started.provider.as_str(), started.delivery),
        ("first", Delivery::Unknown)
    );
    assert_eq!((first.sent().len(), second.sent()), (1, 0));
    assert!(
        now(client.check(Check::new(started.id.as_str(), first.last_code().unwrap())))
            .unwrap()
            .approved
    );
}

#[test]
fn a_refusal_ends_the_call_and_lifts_the_wait() {
    for (answer, expected) in [
        (SendResult::Rejected("landline".into()), ErrorKind::Rejected),
        (SendResult::Limited { retry_after: None }, ErrorKind::ProviderLimited),
    ] {
        let (client, first, second) = two(answer);
        for _ in 0..2 {
            assert_eq!(kind(&now(client.start(Start::to(NL)))), Some(expected));
        }
        assert_eq!((first.sent().len(), second.sent()), (2, 0));
    }
}

#[test]
fn the_wish_of_a_limited_provider_is_held_between_a_second_and_an_hour() {
    for (said, expected) in [
        (None, Duration::from_secs(30)),
        (Some(Duration::ZERO), Duration::from_secs(1)),
        (Some(Duration::from_millis(999)), Duration::from_secs(1)),
        (Some(Duration::from_secs(7)), Duration::from_secs(7)),
        (Some(Duration::from_secs(3_601)), Duration::from_secs(3_600)),
        (Some(Duration::MAX), Duration::from_secs(3_600)),
    ] {
        let (client, ..) = two(SendResult::Limited { retry_after: said });
        let error = now(client.start(Start::to(NL))).unwrap_err();
        assert_eq!(
            (error.kind(), error.retry_after()),
            (ErrorKind::ProviderLimited, Some(expected)),
            "{said:?}"
        );
    }
}

#[test]
fn when_nobody_sent_the_attempts_and_the_wait_come_back() {
    let sender = ScriptedSender::new(vec![SendResult::NotSent("down".into())]);
    let policy = json!({ "per_recipient": [{ "max": 1000, "per_seconds": 1 }] });
    let client = builder(json!({ "policy": policy }))
        .provider("first", sender.clone())
        .clock(clock())
        .build()
        .unwrap();
    // 20 that kept their 5 attempts would leave no room for another.
    for _ in 0..50 {
        assert_eq!(
            kind(&now(client.start(Start::to(NL)))),
            Some(ErrorKind::ProviderUnavailable)
        );
    }
    assert_eq!(sender.sent().len(), 50);
}

#[test]
fn a_failed_start_leaves_a_code_that_is_good_for_nothing() {
    let seen = Arc::new(OnceLock::new());
    let keep = seen.clone();
    let client = with(Does(move |outgoing: Outgoing| {
        keep.set(outgoing).ok();
        async { SendResult::Rejected("no".into()) }
    }));
    assert!(now(client.start(Start::to(NL))).is_err());
    // Nobody has its id; a later verification has a code of its own.
    assert_eq!(seen.get().unwrap().code.expose().len(), 6);
}

#[tokio::test]
async fn a_sender_that_never_answers_is_unknown_within_the_deadline_and_nobody_else_is_asked() {
    let second = Tray::default();
    let client = builder(json!({ "deadline_ms": 100 }))
        .provider("silent", Does(|_| std::future::pending()))
        .provider("second", second.clone())
        .build()
        .unwrap();
    let began = Instant::now();
    let started = client.start(Start::to(NL)).await.unwrap();
    let took = began.elapsed();
    println!("a silent provider: answer after {} ms of 100", took.as_millis());
    assert_eq!(
        (started.provider.as_str(), started.delivery),
        ("silent", Delivery::Unknown)
    );
    // A tenth of the deadline is kept for noting what became of the send.
    assert!(
        (Duration::from_millis(85)..Duration::from_millis(700)).contains(&took),
        "{took:?}"
    );
    assert_eq!(second.sent(), 0);
}

#[tokio::test]
async fn the_timeout_of_one_provider_ends_its_call_before_the_deadline() {
    let settings = json!({ "providers": { "mine": { "type": "callback", "timeout_ms": 50 } } });
    let client = builder(settings)
        .provider("mine", Does(|_| std::future::pending()))
        .build()
        .unwrap();
    let began = Instant::now();
    let started = client.start(Start::to(NL)).await.unwrap();
    assert_eq!(started.delivery, Delivery::Unknown);
    assert!(began.elapsed() < Duration::from_millis(700), "{:?}", began.elapsed());
    let told = Arc::new(OnceLock::new());
    let keep = told.clone();
    let settings = json!({ "providers": { "mine": { "type": "callback", "timeout_ms": 50 } }, "deadline_ms": 60_000 });
    let sender = Does(move |outgoing: Outgoing| {
        keep.set(outgoing.message.deadline).ok();
        async { SendResult::SENT }
    });
    let client = builder(settings).provider("mine", sender).build().unwrap();
    client.start(Start::to(NL)).await.unwrap();
    assert_eq!(
        told.get(),
        Some(&Duration::from_millis(50)),
        "the provider is told how long it has"
    );
}

#[tokio::test]
async fn providers_share_one_deadline() {
    let slow = |_| async {
        tokio::time::sleep(Duration::from_millis(70)).await;
        SendResult::NotSent("slow to say no".into())
    };
    let build = builder(json!({ "deadline_ms": 150 }));
    let names = ["a", "b", "c", "d", "e", "f"];
    let client = names
        .into_iter()
        .fold(build, |build, name| build.provider(name, Does(slow)))
        .build()
        .unwrap();
    let began = Instant::now();
    // The third one was under way when the deadline passed, so it may have sent.
    let answer = client.start(Start::to(NL)).await;
    assert!(began.elapsed() < Duration::from_millis(900), "{:?}", began.elapsed());
    let unknown = answer
        .as_ref()
        .is_ok_and(|started| started.delivery == Delivery::Unknown);
    assert!(unknown || kind(&answer) == Some(ErrorKind::ProviderUnavailable));
}

#[test]
fn a_provider_may_call_otpkit_again() {
    let own: Arc<OnceLock<Client>> = Arc::default();
    let (again, tray) = (own.clone(), Tray::default());
    let client = builder(json!({}))
        .provider(
            "reentrant",
            Does(move |outgoing: Outgoing| {
                let client = again.get().unwrap().clone();
                async move {
                    if outgoing.message.to.as_str() != NL {
                        return SendResult::NotSent("leave it to the next".into());
                    }
                    let inner = client.start(Start::to(mailbox(1))).await.unwrap();
                    let status = client.status(Status::new(inner.id.as_str())).await.unwrap();
                    assert_eq!(status.attempts_left, Some(5));
                    // The same recipient is cooling down: the record was there before anything was sent.
                    assert_eq!(kind(&client.start(Start::to(NL)).await), Some(ErrorKind::RateLimited));
                    SendResult::SENT
                }
            }),
        )
        .provider("tray", tray.clone())
        .build()
        .unwrap();
    own.set(client.clone()).ok();
    let started = now(client.start(Start::to(NL))).unwrap();
    assert_eq!(
        (started.provider.as_str(), started.delivery),
        ("reentrant", Delivery::Sent)
    );
    assert_eq!(tray.sent(), 1);
}

#[tokio::test]
async fn a_start_that_is_dropped_while_sending_leaves_the_store_in_order() {
    let time = clock();
    let silent = Does(|outgoing: Outgoing| async move {
        match outgoing.message.to.as_str() {
            NL => std::future::pending().await,
            _ => SendResult::SENT,
        }
    });
    let client = builder(json!({}))
        .provider("silent", silent)
        .clock(time.clone())
        .build()
        .unwrap();
    let dropped = tokio::time::timeout(Duration::from_millis(20), client.start(Start::to(NL))).await;
    assert!(dropped.is_err());
    // What may have been sent counts: the wait stands. Nothing is stuck, for this recipient or another.
    let early = client.start(Start::to(NL)).await.unwrap_err();
    assert_eq!(
        (early.kind(), early.retry_after()),
        (ErrorKind::RateLimited, Some(Duration::from_secs(30)))
    );
    client.start(Start::to(mailbox(1))).await.unwrap();
    for _ in 0..4 {
        time.advance(Duration::from_secs(30));
        let again = tokio::time::timeout(Duration::from_millis(20), client.start(Start::to(NL))).await;
        assert!(again.is_err(), "it was let through to the provider");
    }
    // Five sends an hour, dropped or not.
    time.advance(Duration::from_secs(30));
    assert_eq!(kind(&client.start(Start::to(NL)).await), Some(ErrorKind::RateLimited));
}

#[test]
fn the_first_route_that_fits_is_used_and_no_other() {
    let (dutch, rest) = (Tray::default(), Tray::default());
    let client = builder(json!({}))
        .provider("dutch", dutch.clone())
        .provider("rest", rest.clone())
        .route(RouteSettings::over(["dutch"]).countries([Country::parse("NL").unwrap()]))
        .route(RouteSettings::over(["rest"]).channels([otpkit::Channel::EMAIL]))
        .build()
        .unwrap();
    assert_eq!(now(client.start(Start::to(NL))).unwrap().provider, "dutch");
    assert_eq!(now(client.start(Start::to(mailbox(1)))).unwrap().provider, "rest");
    assert_eq!(
        kind(&now(client.start(Start::to("+3225551212")))),
        Some(ErrorKind::NoRoute)
    );
    assert_eq!((dutch.sent(), rest.sent()), (1, 1));
}

#[test]
fn a_closed_client_refuses_every_verb() {
    let tray = Tray::default();
    let client = with(tray.clone());
    let started = now(client.start(Start::to(NL))).unwrap();
    let id = started.id.as_str();
    let clone = client.clone();
    client.close();
    client.close();
    let closed = Some(ErrorKind::Closed);
    assert_eq!(kind(&now(clone.start(Start::to(NL)))), closed);
    assert_eq!(kind(&now(clone.check(Check::new(id, tray.code(NL))))), closed);
    assert_eq!(kind(&now(clone.resend(otpkit::Resend::new(id)))), closed);
    assert_eq!(kind(&now(clone.cancel(otpkit::Cancel::new(id)))), closed);
    assert_eq!(kind(&now(clone.status(Status::new(id)))), closed);
    assert_eq!(kind(&now(clone.deliver(otpkit::Deliver::new(NL, "123456")))), closed);
    assert_eq!(kind(&now(clone.unlock(otpkit::Unlock::to(NL)))), closed);
    assert_eq!(tray.sent(), 1);
}
