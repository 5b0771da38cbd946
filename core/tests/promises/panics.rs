//! A provider's panic ends inside, wherever it comes from. The text that these tests print on the way is theirs.

use crate::dispatch::{Does, with};
use crate::support::{NL, Tray, builder, kind, mailbox, now};
use async_trait::async_trait;
use otpkit::{Check, Delivery, ErrorKind, Outgoing, SendResult, Sender, Start, Verifier};
use serde_json::json;
use std::time::Duration;

#[test]
fn a_panic_of_a_provider_may_have_sent_and_stays_inside() {
    let second = Tray::default();
    let client = builder(json!({}))
        .provider("panics", Does(|_| async { panic!("text of the panic") }))
        .provider("second", second.clone())
        .build()
        .unwrap();
    let started = now(client.start(Start::to(NL))).unwrap();
    assert_eq!(
        (started.provider.as_str(), started.delivery),
        ("panics", Delivery::Unknown)
    );
    assert_eq!(second.sent(), 0);
    assert!(now(client.start(Start::to(mailbox(1)))).is_ok(), "the client lives");
}

#[test]
fn a_panic_before_there_is_a_future_stays_inside_too() {
    /// Written by hand, without `async_trait`: the panic comes while the future is made.
    struct Early;

    impl Sender for Early {
        fn send<'a, 'b>(&'a self, _: Outgoing) -> std::pin::Pin<Box<dyn Future<Output = SendResult> + Send + 'b>>
        where
            'a: 'b,
        {
            panic!("text of the panic")
        }
    }

    let client = with(Early);
    let answer = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| now(client.start(Start::to(NL)))));
    let started = answer.expect("the panic crossed the boundary").unwrap();
    assert_eq!(started.delivery, Delivery::Unknown);
}

#[test]
fn a_panic_in_what_a_verifier_says_of_itself_stays_inside() {
    struct Unsure;

    #[async_trait]
    impl Verifier for Unsure {
        async fn create(&self, _: otpkit::Message) -> otpkit::CreateResult {
            otpkit::CreateResult::Ambiguous("reset".into())
        }

        async fn check(&self, _: otpkit::VerifierCheck) -> otpkit::CheckResult {
            otpkit::CheckResult::Approved
        }

        fn checks_by_recipient(&self) -> bool {
            panic!("text of the panic")
        }
    }

    let client = builder(json!({})).verifier("unsure", Unsure).build().unwrap();
    let answer = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| now(client.start(Start::to(NL)))));
    let answer = answer.expect("the panic crossed the boundary");
    assert_eq!(kind(&answer), Some(ErrorKind::CannotTell));
}

/// Panics when it is dropped, as a connection might that a host gives back.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            panic!("text of the panic");
        }
    }
}

#[tokio::test]
async fn a_panic_while_a_late_call_is_dropped_stays_inside() {
    let client = with(Does(|_| async {
        let _bomb = Bomb;
        std::future::pending().await
    }));
    let call = tokio::spawn(async move { client.start(Start::to(NL)).await });
    let started = call.await.expect("the panic crossed the boundary").unwrap();
    assert_eq!(started.delivery, Delivery::Unknown);
}

#[tokio::test]
async fn a_panic_of_a_verifier_in_each_of_its_calls_stays_inside() {
    struct Panics(&'static str);

    impl Panics {
        async fn at(&self, call: &str) {
            tokio::time::sleep(Duration::from_millis(1)).await;
            if self.0 == call {
                panic!("text of the panic");
            }
        }
    }

    #[async_trait]
    impl Verifier for Panics {
        async fn create(&self, _: otpkit::Message) -> otpkit::CreateResult {
            self.at("create").await;
            otpkit::CreateResult::Created { reference: "x".into() }
        }

        async fn check(&self, _: otpkit::VerifierCheck) -> otpkit::CheckResult {
            self.at("check").await;
            otpkit::CheckResult::Approved
        }

        async fn resend(&self, _: otpkit::Message, _: String) -> otpkit::CreateResult {
            self.at("resend").await;
            otpkit::CreateResult::Created { reference: "x".into() }
        }

        async fn cancel(&self, _: otpkit::Message, _: String) {
            self.at("cancel").await;
        }
    }

    let client = |call| {
        let settings = json!({ "policy": { "resend_after_seconds": [0] } });
        builder(settings).verifier("panics", Panics(call)).build().unwrap()
    };
    let cannot_tell = Some(ErrorKind::CannotTell);
    assert_eq!(kind(&client("create").start(Start::to(NL)).await), cannot_tell);
    for call in ["check", "resend", "cancel"] {
        let client = client(call);
        let started = client.start(Start::to(NL)).await.unwrap();
        let id = started.id.as_str();
        let resent = client.resend(otpkit::Resend::new(id)).await;
        assert_eq!(kind(&resent), if call == "resend" { cannot_tell } else { None });
        if call != "cancel" {
            let checked = client.check(Check::new(id, "123456")).await;
            assert_eq!(kind(&checked), if call == "check" { cannot_tell } else { None });
        }
        let canceled = client.cancel(otpkit::Cancel::new(id)).await.unwrap();
        assert_eq!(canceled.canceled, call != "resend", "what was approved is not canceled");
    }
}
