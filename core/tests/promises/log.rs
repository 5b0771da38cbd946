//! What reaches the log, at its finest level; and what cannot reach one, because it has no way to be shown.

use crate::support::{NL, Remote, SECRET_A, Tray, builder, now, wrong};
use otpkit::testing::{ScriptedSender, Trace};
use otpkit::{Check, CheckResult, Deliver, Resend, SendResult, Start, Status};
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn the_log_tells_what_happened_without_recipients_codes_and_secrets() {
    let log = Trace::default();
    // With one subscriber alone, tracing asks the thread that first meets a line of log, which may be another test's.
    let _ = tracing::subscriber::set_global_default(Trace::default());
    let _here = tracing::subscriber::set_default(log.clone());
    let tray = Tray::default();
    let otp = builder(json!({ "secrets": [SECRET_A], "policy": { "resend_after_seconds": [0] } }))
        .provider(
            "down",
            ScriptedSender::new(vec![SendResult::NotSent("connection refused".into())]),
        )
        .provider("tray", tray.clone())
        .build()
        .unwrap();
    let call = Start::to("+31 6 1234 5678")
        .purpose("login")
        .context("canary context")
        .value("name", "Canary Name");
    let started = now(otp.start(call)).unwrap();
    let (id, code) = (started.id.as_str(), tray.code(NL));
    let check = |code: &str| otp.check(Check::new(id, code).purpose("login").context("canary context"));
    now(check(&wrong(&code, 0))).unwrap();
    now(check("canary-code")).unwrap_err();
    now(otp.resend(Resend::new(id).purpose("login"))).unwrap();
    now(otp.status(Status::new(id).purpose("login").to(NL))).unwrap();
    now(otp.deliver(Deliver::new(NL, "Zq81Xk"))).unwrap();
    now(otp.start(Start::to("+31 6 1234 5678 x"))).unwrap_err();
    assert!(now(check(&code)).unwrap().approved);
    let remote = Remote::new(|_| (Duration::ZERO, CheckResult::CannotTell("500 for 246813".into())));
    let verified = builder(json!({})).verifier("remote", remote).build().unwrap();
    let started = verified.start(Start::to(NL)).await.unwrap();
    verified
        .check(Check::new(started.id.as_str(), "246813"))
        .await
        .unwrap_err();

    let text = log.text();
    println!(
        "log at the finest level: {} lines, {} bytes",
        text.lines().count(),
        text.len()
    );
    for told in [
        id,
        "tray",
        "connection refused",
        "wrong_code",
        "invalid_input",
        "approved",
        "+31*******78",
        "500 for",
    ] {
        assert!(text.contains(told), "{told} is not told in {text}");
    }
    let hidden = [
        "612345678",
        "6 1234 5678",
        &code,
        "Zq81Xk",
        "246813",
        "canary-code",
        "canary context",
        "Canary Name",
        SECRET_A,
    ];
    for secret in hidden {
        assert!(!text.contains(secret), "{secret} is told in {text}");
    }
}

/// Fails to compile if the type has the trait.
macro_rules! never {
    ($type:ty: $($trait:path),+) => {
        $(const _: fn() = || {
            trait Ambiguous<A> {
                fn either() {}
            }
            impl<T: ?Sized> Ambiguous<()> for T {}
            struct Has;
            impl<T: ?Sized + $trait> Ambiguous<Has> for T {}
            let _ = <$type as Ambiguous<_>>::either;
        };)+
    };
}

never!(otpkit::Secret: std::fmt::Debug, std::fmt::Display, serde::Serialize, AsRef<[u8]>);
never!(otpkit::Code: std::fmt::Debug, std::fmt::Display, serde::Serialize, AsRef<str>);
never!(otpkit::settings::SecretText: std::fmt::Debug, std::fmt::Display, serde::Serialize);
never!(otpkit::Settings: std::fmt::Debug, std::fmt::Display, serde::Serialize);
never!(otpkit::Builder: std::fmt::Debug, std::fmt::Display);
never!(otpkit::Client: std::fmt::Debug, std::fmt::Display);
never!(otpkit::MemoryStore: std::fmt::Debug, std::fmt::Display);
never!(otpkit::OutboxMessage: std::fmt::Debug, std::fmt::Display);
never!(otpkit::VerifierCheck: std::fmt::Debug, serde::Serialize);
never!(otpkit::Start: std::fmt::Debug, serde::Serialize);
never!(otpkit::Check: std::fmt::Debug, serde::Serialize);
never!(otpkit::Deliver: std::fmt::Debug, serde::Serialize);
never!(otpkit::Recipient: std::fmt::Display, serde::Serialize);
