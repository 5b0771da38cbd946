//! Marked numbers, codes and secrets go through every call that fails; no error, reply, event or `Debug` shows them.

use crate::support::{NL, Remote, SECRET_A, SECRET_B, Tray, builder, clock, now};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use otpkit::testing::ScriptedSender;
use otpkit::{
    Cancel, Check, CheckResult, Client, CreateResult, Deliver, ErrorGroup, ErrorKind, Event, MemoryStore, Resend,
    SendResult, Start, Status, Unlock, WebhookRequest,
};
use ring::hmac;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Digits of the number that every number here shares, in the spellings in which it could leak.
const NUMBER: [&str; 3] = ["612345678", "6 1234 5678", "6-12345678"];
const MAILBOX: &str = "canary.mailbox";
const CODE: &str = "918273";

/// Everything that was said, and which kinds of error.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<(Vec<String>, BTreeSet<&'static str>)>>);

impl Said {
    fn text(&self, text: String) {
        self.0.lock().unwrap().0.push(text);
    }

    fn failed<T: std::fmt::Debug>(&self, answer: otpkit::Result<T>) -> otpkit::Error {
        let error = answer.expect_err("this call was to fail");
        let message = error.message();
        // A sentence: words, no line ends, nothing of the wiring.
        assert!(message.split(' ').count() >= 5 && message.len() < 300, "{message}");
        assert!(
            message.chars().all(|c| !c.is_control()) && message.trim() == message,
            "{message}"
        );
        for wiring in ["otpkit::", "core::", "std::", "Err(", "Some(", "panicked"] {
            assert!(!message.contains(wiring), "{message}");
        }
        let waits = error.kind().group() == ErrorGroup::Wait;
        assert!(
            error.retry_after().is_none() || (waits && error.retry_after() > Some(Duration::ZERO)),
            "{error:?}"
        );
        self.text(format!("{error} {error:?} {:?}", std::error::Error::source(&error)));
        self.0.lock().unwrap().1.insert(error.kind().code());
        error
    }

    fn observer(&self) -> impl Fn(&Event) + Send + Sync + 'static {
        let said = self.clone();
        move |event| said.text(format!("{event:?} {}", serde_json::to_string(event).unwrap()))
    }
}

fn client(said: &Said, settings: Value, answer: SendResult) -> (Client, ScriptedSender) {
    let sender = ScriptedSender::new(vec![answer]);
    let client = builder(settings)
        .provider("one", sender.clone())
        .observer(said.observer())
        .clock(clock());
    (client.build().unwrap(), sender)
}

async fn fail_everything(said: &Said) -> Vec<String> {
    let secrets = || json!({ "secrets": [SECRET_A] });
    let mut codes = vec![CODE.to_owned()];
    // Input.
    let (ok, sender) = client(said, secrets(), SendResult::SENT);
    for to in [
        "+31612345678x",
        "0031 6-12345678",
        "canary.mailbox@",
        "canary.mailbox@example.com\0",
        "+316123456780",
    ] {
        said.failed(now(ok.start(Start::to(to))));
        said.failed(now(ok.unlock(Unlock::to(to))));
        said.failed(now(ok.deliver(Deliver::new(to, CODE))));
    }
    said.failed(now(ok.start(Start::to(NL).channel("email"))));
    said.failed(now(ok.start(Start::to("canary.mailbox@example.com").channel("sms"))));
    said.failed(now(ok.start(Start::to(NL).purpose("a b"))));
    said.failed(now(ok.start(Start::to(NL).ip("999.1.1.1"))));
    said.failed(now(ok.deliver(Deliver::new(NL, format!("{CODE} {CODE}")))));
    said.failed(now(ok.check(Check::new("no-id", CODE))));
    // Waits and ends.
    let started = now(ok.start(Start::to(NL))).unwrap();
    codes.push(sender.last_code().unwrap());
    let id = started.id.as_str();
    said.text(format!("{started:?} {}", serde_json::to_string(&started).unwrap()));
    said.failed(now(ok.start(Start::to(NL))));
    said.failed(now(ok.resend(Resend::new(id))));
    said.failed(now(ok.resend(Resend::new(id).purpose("login"))));
    said.failed(now(
        ok.check(Check::new(id, format!("{} {}", &codes[1][..3], &codes[1][3..])))
    ));
    let status = now(ok.status(Status::new(id))).unwrap();
    said.text(format!("{status:?} {}", serde_json::to_string(&status).unwrap()));
    let checked = now(ok.check(Check::new(id, codes[1].clone()))).unwrap();
    assert!(checked.approved);
    said.text(format!("{checked:?}"));
    said.failed(now(ok.resend(Resend::new(id))));
    said.text(format!("{:?}", sender.sent()));
    // Limits.
    let narrow = json!({ "per_ip": [{ "max": 1, "per_seconds": 60 }], "global": [{ "max": 2, "per_seconds": 60 }],
                         "policy": { "resend_after_seconds": [0], "per_recipient": [{ "max": 1, "per_seconds": 60 }] } });
    let (limited, sender) = client(said, narrow, SendResult::SENT);
    now(limited.start(Start::to(NL).ip("192.0.2.1"))).unwrap();
    said.failed(now(limited.start(Start::to(NL))));
    said.failed(now(
        limited.start(Start::to("canary.mailbox@example.com").ip("192.0.2.1"))
    ));
    now(limited.start(Start::to("canary.mailbox@example.com"))).unwrap();
    said.failed(now(limited.start(Start::to("canary.mailbox2@example.com"))));
    codes.extend(sender.sent().iter().map(|sent| sent.code.expose().to_owned()));
    // The lock.
    let open = json!({ "per_ip": [], "policy": { "resend_after_seconds": [0], "lock_release": "operator",
                       "per_recipient": [{ "max": 1000, "per_seconds": 1 }] } });
    let (locked, _) = client(said, open, SendResult::SENT);
    let pending: Vec<_> = (0..20).map(|_| now(locked.start(Start::to(NL))).unwrap()).collect();
    said.failed(now(locked.start(Start::to(NL))));
    for started in &pending {
        for _ in 0..5 {
            now(locked.check(Check::new(started.id.as_str(), CODE))).unwrap();
        }
    }
    assert_eq!(said.failed(now(locked.start(Start::to(NL)))).kind(), ErrorKind::Locked);
    // Providers.
    let vendor = |text: &str| format!("{text}: vendor text about the message");
    for answer in [
        SendResult::NotSent(vendor("refused")),
        SendResult::Rejected(vendor("landline")),
        SendResult::Limited {
            retry_after: Some(Duration::MAX),
        },
    ] {
        let (failing, sender) = client(said, secrets(), answer);
        let error = said.failed(now(failing.start(Start::to(NL))));
        assert!(!error.to_string().contains("vendor text"), "{error}");
        said.failed(now(failing.deliver(Deliver::new(NL, CODE))));
        codes.extend(sender.sent().iter().map(|sent| sent.code.expose().to_owned()));
    }
    let remote = |create: CreateResult, check: CheckResult| {
        let remote = Remote::with_create(
            move |_| (Duration::ZERO, create.clone()),
            move |_| (Duration::ZERO, check.clone()),
            false,
        );
        builder(secrets())
            .verifier("remote", remote)
            .observer(said.observer())
            .build()
            .unwrap()
    };
    let unclear = remote(CreateResult::Ambiguous(vendor("reset")), CheckResult::Approved);
    said.failed(unclear.start(Start::to(NL)).await);
    said.failed(unclear.deliver(Deliver::new(NL, CODE)).await);
    let created = CreateResult::Created {
        reference: "remote-1".into(),
    };
    let silent = remote(created, CheckResult::CannotTell(vendor("500")));
    let started = silent.start(Start::to(NL)).await.unwrap();
    said.failed(silent.check(Check::new(started.id.as_str(), CODE)).await);
    // Stores and keys.
    let store = MemoryStore::new(1);
    let of = |secret: &str| {
        let client = builder(json!({ "secrets": [secret] }))
            .provider("tray", Tray::default())
            .store(store.clone());
        client.observer(said.observer()).build().unwrap()
    };
    let first = of(SECRET_A);
    let started = now(first.start(Start::to(NL))).unwrap();
    said.failed(now(first.start(Start::to(NL))));
    let second = of(SECRET_B);
    said.failed(now(second.start(Start::to(NL))));
    for answer in [
        now(second.check(Check::new(started.id.as_str(), CODE))).map(drop),
        now(second.cancel(Cancel::new(started.id.as_str()))).map(drop),
    ] {
        said.failed(answer);
    }
    // Delivery reports, forged and good, with a number in them.
    let reports =
        json!({ "providers": { "tray": { "type": "callback", "reports_of": "twilio", "signing_key": SECRET_A } } });
    let asking = builder(reports)
        .provider("tray", Tray::default())
        .observer(said.observer());
    let asking = asking.build().unwrap();
    let url = "https://example.com/";
    let report =
        || WebhookRequest::new("POST", url).body("MessageSid=SM1&MessageStatus=sent&To=%2B31612345678&Body=918273");
    said.failed(now(asking.webhook("tray", report())));
    said.failed(now(
        asking.webhook("tray", report().header("X-Twilio-Signature", "AAAA"))
    ));
    said.failed(now(asking.webhook("nobody", report())));
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, SECRET_A.as_bytes());
    let row = "Body918273MessageSidSM1MessageStatussentTo+31612345678";
    let signature = STANDARD.encode(hmac::sign(&key, format!("{url}{row}").as_bytes()));
    let reported = now(asking.webhook("tray", report().header("X-Twilio-Signature", signature))).unwrap();
    said.text(format!("{reported:?} {}", serde_json::to_string(&reported).unwrap()));
    assert_eq!(reported.reports[0].to_masked.as_deref(), Some("+31*******78"));
    first.close();
    said.failed(now(first.start(Start::to(NL))));
    codes
}

#[tokio::test]
async fn no_error_reply_event_or_debug_shows_a_recipient_a_code_or_a_secret() {
    let said = Said::default();
    let codes = fail_everything(&said).await;
    let (texts, kinds) = &*said.0.lock().unwrap();
    println!(
        "canary: {} texts, {} codes, error kinds {kinds:?}",
        texts.len(),
        codes.len()
    );
    for text in texts {
        for number in NUMBER {
            assert!(!text.contains(number), "{text}");
        }
        // Ids and times are drawn and measured, so a code is looked for as a word of its own.
        for code in &codes {
            let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-');
            assert!(words.into_iter().all(|word| word != code), "{text}");
        }
        for secret in [MAILBOX, SECRET_A, SECRET_B, &SECRET_A[..12], &SECRET_B[..13]] {
            assert!(!text.contains(secret), "{text}");
        }
    }
    // Every kind that a call can end in was seen, but for those that take an abort, a defect or a builder.
    let elsewhere = ["aborted", "internal", "invalid_settings"];
    for kind in ErrorKind::ALL.iter().filter(|kind| !elsewhere.contains(&kind.code())) {
        assert!(kinds.contains(kind.code()), "no call failed with {kind}");
    }
}

#[test]
fn masks_are_ascii_and_hide_at_least_five_digits_or_all() {
    let otp = builder(json!({})).provider("tray", Tray::default()).build().unwrap();
    for to in [
        "+31612345678",
        "+12025550123",
        "+6421123456",
        "+4915123456789",
        "+29041234",
        "jo@example.com",
        "j@example.com",
    ] {
        let Ok(started) = now(otp.start(Start::to(to))) else {
            continue;
        };
        let mask = &started.to_masked;
        assert!(mask.is_ascii() && mask != to, "{mask}");
        let hidden = mask.bytes().filter(|byte| *byte == b'*').count();
        if to.starts_with('+') {
            assert!(hidden >= 5 || !mask.bytes().any(|byte| byte.is_ascii_digit()), "{mask}");
            assert_eq!(mask.len(), to.len());
        } else {
            assert!(
                mask.ends_with("***@example.com") && mask.len() <= "j***@example.com".len(),
                "{mask}"
            );
        }
    }
}
