//! What the observer is told: everything that happened, masked, and never a code.

use crate::support::{NL, Remote, Tray, builder, clock, now, wrong};
use otpkit::testing::ScriptedSender;
use otpkit::{Check, CheckResult, Client, CreateResult, Deliver, Event, SendResult, Start};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What the observer was told, as it serialises.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<Value>>>);

impl Told {
    fn observer(&self) -> impl Fn(&Event) + Send + Sync + 'static {
        let told = self.clone();
        move |event| told.0.lock().unwrap().push(serde_json::to_value(event).unwrap())
    }

    fn take(&self) -> Vec<Value> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// Every event without the fields that differ from run to run.
fn shapes(events: &[Value]) -> Vec<Value> {
    let steady = |event: &Value| {
        let mut event = event.as_object().unwrap().clone();
        event.remove("id");
        event.remove("took_ms");
        Value::Object(event)
    };
    events.iter().map(steady).collect()
}

#[test]
fn each_try_each_check_and_each_error_is_told() {
    let told = Told::default();
    let tray = Tray::default();
    let otp = builder(json!({}))
        .provider(
            "down",
            ScriptedSender::new(vec![SendResult::NotSent("connection refused".into())]),
        )
        .provider("tray", tray.clone())
        .observer(told.observer())
        .clock(clock())
        .build()
        .unwrap();
    let started = now(otp.start(Start::to(NL).purpose("login"))).unwrap();
    let id = started.id.as_str();
    let code = tray.code(NL);
    now(otp.check(Check::new(id, wrong(&code, 0)).purpose("login"))).unwrap();
    now(otp.check(Check::new(id, code.clone()).purpose("login"))).unwrap();
    now(otp.check(Check::new(id, code.clone()).purpose("login"))).unwrap();
    now(otp.check(Check::new(id, "1 2").purpose("login"))).unwrap_err();
    let events = told.take();
    let send = |provider: &str, result: &str| {
        json!({ "event": "send", "to_masked": "+31*******78", "channel": "sms", "purpose": "login",
                "provider": provider, "result": result })
    };
    let mut down = send("down", "not_sent");
    down["detail"] = json!("connection refused");
    let check = |status: &str, reason: &str| json!({ "event": "check", "purpose": "login", "status": status, "reason": reason });
    let mut error = shapes(&events)[5].clone();
    assert!(error["message"].take().as_str().unwrap().contains("digits"));
    assert_eq!(
        error,
        json!({ "event": "error", "call": "check", "kind": "invalid_input", "field": "code", "message": null })
    );
    assert_eq!(
        shapes(&events)[..5],
        [
            down,
            send("tray", "sent"),
            check("pending", "wrong_code"),
            json!({ "event": "check", "purpose": "login", "status": "approved" }),
            check("ended", "used"),
        ]
    );
    for event in &events[..5] {
        assert_eq!(event["id"], id);
    }
    let text = serde_json::to_string(&events).unwrap();
    assert!(!text.contains(&code) && !text.contains("612345678"), "{text}");
}

#[test]
fn a_delivered_code_is_told_without_the_code() {
    let told = Told::default();
    let otp = builder(json!({}))
        .provider("tray", Tray::default())
        .observer(told.observer())
        .build()
        .unwrap();
    now(otp.deliver(Deliver::new(NL, "Zq81Xk").purpose("login"))).unwrap();
    let events = told.take();
    assert_eq!(events[0]["event"], "send");
    assert!(events[0].get("id").is_none());
    assert!(!serde_json::to_string(&events).unwrap().contains("Zq81Xk"));
}

/// Vendors repeat the number, and sometimes the text, in what they say. It is kept for the operator, without them.
#[tokio::test]
async fn what_a_provider_says_is_told_without_the_recipient_and_the_code() {
    struct Chatty;

    #[async_trait::async_trait]
    impl otpkit::Sender for Chatty {
        async fn send(&self, outgoing: otpkit::Outgoing) -> SendResult {
            let (to, code) = (outgoing.message.to.as_str(), outgoing.code.expose());
            SendResult::NotSent(format!(
                "21211: {to} (or {}) is invalid, text was {:?}",
                &to[1..],
                format!("{code} is your code")
            ))
        }
    }

    let told = Told::default();
    let remote = Remote::with_create(
        |_| {
            (
                Duration::ZERO,
                CreateResult::Created {
                    reference: "remote-1".into(),
                },
            )
        },
        |_| {
            (
                Duration::ZERO,
                CheckResult::CannotTell("500: checking 135790 for +31612345678 failed".into()),
            )
        },
        false,
    );
    let otp = builder(json!({}))
        .provider("chatty", Chatty)
        .verifier("remote", remote)
        .observer(told.observer())
        .build()
        .unwrap();
    let started = otp.start(Start::to(NL)).await.unwrap();
    otp.check(Check::new(started.id.as_str(), "135790")).await.unwrap_err();
    let events = told.take();
    let detail = events[0]["detail"].as_str().unwrap();
    assert!(detail.starts_with("21211: "), "{detail}");
    assert!(!detail.contains("31612345678"), "{detail}");
    let told_codes = detail
        .as_bytes()
        .windows(6)
        .filter(|six| six.iter().all(u8::is_ascii_digit))
        .count();
    assert_eq!(told_codes, 0, "{detail}");
    let cannot_tell = events.iter().find(|event| event["event"] == "cannot_tell").unwrap();
    let detail = cannot_tell["detail"].as_str().unwrap();
    assert!(
        detail.starts_with("500: ") && !detail.contains("31612345678") && !detail.contains("135790"),
        "{detail}"
    );
}

#[test]
fn an_observer_that_panics_changes_nothing() {
    let tray = Tray::default();
    let otp = builder(json!({}))
        .provider("tray", tray.clone())
        .observer(|_: &Event| panic!("text of the panic"))
        .build()
        .unwrap();
    let started = now(otp.start(Start::to(NL))).unwrap();
    let id = started.id.as_str();
    assert!(now(otp.check(Check::new(id, "x"))).is_err());
    assert_eq!(
        now(otp.check(Check::new(id, wrong(&tray.code(NL), 1))))
            .unwrap()
            .attempts_left,
        Some(4)
    );
    assert!(now(otp.check(Check::new(id, tray.code(NL)))).unwrap().approved);
}

#[test]
fn an_observer_may_call_otpkit_again() {
    let own: Arc<std::sync::OnceLock<Client>> = Arc::default();
    let again = own.clone();
    let seen = Told::default();
    let keep = seen.clone();
    let otp = builder(json!({}))
        .provider("tray", Tray::default())
        .observer(move |event: &Event| {
            if let Event::Send { id: Some(id), .. } = event {
                let status = now(again.get().unwrap().status(otpkit::Status::new(id.clone()))).unwrap();
                keep.0.lock().unwrap().push(json!(status.attempts_left));
            }
        })
        .build()
        .unwrap();
    own.set(otp.clone()).ok();
    now(otp.start(Start::to(NL))).unwrap();
    assert_eq!(seen.take(), [json!(5)], "no lock is held while the observer is told");
}
