//! `deliver`: the host's own code through senders and routes, under the send windows, without a verification.

use crate::support::{Desk, NL, Tray, builder, kind, mailbox, now, open_policy};
use otpkit::testing::ScriptedSender;
use otpkit::{Deliver, Delivery, ErrorKind, MemoryStore, SendResult, Start};
use serde_json::json;

#[test]
fn the_hosts_code_is_sent_as_it_is_in_the_text_of_its_language() {
    let desk = Desk::new(json!({ "brand": "Acme", "templates": { "nl": "{brand}: {code} voor {what}" } }));
    let call = Deliver::new("+31 6 1234 5678", "aB3xYz9")
        .locale("nl")
        .value("what", "inloggen")
        .channel("voice");
    let delivered = now(desk.otp.deliver(call)).unwrap();
    assert_eq!(
        (delivered.provider.as_str(), delivered.delivery),
        ("tray", Delivery::Sent)
    );
    assert_eq!(
        (delivered.channel.as_str(), delivered.to_masked.as_str()),
        ("voice", "+31*******78")
    );
    let outgoing = desk.tray.newest(NL);
    assert_eq!(outgoing.code.expose(), "aB3xYz9");
    assert_eq!(outgoing.text, "Acme: aB3xYz9 voor inloggen");
}

#[test]
fn it_holds_the_windows_and_leaves_cooldown_and_budget_alone() {
    let mut policy = open_policy();
    policy["per_recipient"] = json!([{ "max": 3, "per_seconds": 60 }]);
    policy["resend_after_seconds"] = json!([30]);
    let desk = Desk::new(json!({ "policy": policy, "per_ip": [{ "max": 5, "per_seconds": 60 }] }));
    let deliver = |to: &str| now(desk.otp.deliver(Deliver::new(to, "123456").ip("192.0.2.1")));
    desk.start(NL);
    // The start is cooling down, which is nothing to a code of the host's own.
    deliver(NL).unwrap();
    deliver(NL).unwrap();
    assert_eq!(kind(&deliver(NL)), Some(ErrorKind::RateLimited));
    for number in 0..3 {
        deliver(&mailbox(number)).unwrap();
    }
    assert_eq!(kind(&deliver(&mailbox(9))), Some(ErrorKind::RateLimited));
    assert_eq!(desk.tray.sent(), 6);
}

#[test]
fn its_answers_are_those_of_the_provider() {
    for (answer, expected) in [
        (SendResult::NotSent("down".into()), ErrorKind::ProviderUnavailable),
        (SendResult::Rejected("no".into()), ErrorKind::Rejected),
        (SendResult::Limited { retry_after: None }, ErrorKind::ProviderLimited),
    ] {
        let otp = builder(json!({}))
            .provider("one", ScriptedSender::new(vec![answer]))
            .build()
            .unwrap();
        assert_eq!(kind(&now(otp.deliver(Deliver::new(NL, "123456")))), Some(expected));
    }
    let answers = vec![
        SendResult::Sent {
            reference: Some("m-1".into()),
        },
        SendResult::Ambiguous("reset".into()),
    ];
    let otp = builder(json!({}))
        .provider("one", ScriptedSender::new(answers))
        .build()
        .unwrap();
    let sent = now(otp.deliver(Deliver::new(NL, "123456"))).unwrap();
    assert_eq!(
        (sent.delivery, sent.reference.as_deref()),
        (Delivery::Sent, Some("m-1"))
    );
    let unknown = now(otp.deliver(Deliver::new(NL, "123456"))).unwrap();
    assert_eq!((unknown.delivery, unknown.reference), (Delivery::Unknown, None));
}

#[test]
fn it_keeps_no_verification() {
    let store = MemoryStore::default();
    let otp = builder(json!({ "per_ip": [] }))
        .provider("tray", Tray::default())
        .store(store.clone())
        .build()
        .unwrap();
    now(otp.deliver(Deliver::new(NL, "123456"))).unwrap();
    assert_eq!(store.entries(), 1, "the windows of the recipient and nothing else");
    now(otp.start(Start::to(mailbox(1)))).unwrap();
    assert_eq!(store.entries(), 3, "a recipient and a verification");
}
