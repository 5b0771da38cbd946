//! Delivery reports: who is believed, what a report changes (one word for operators) and what it never does.

use crate::support::{NL, builder, clock, now, open_policy, storm};
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use otpkit::testing::{ScriptedVerifier, TestClock};
use otpkit::{
    Builder, Check, CheckResult, CheckStatus, Client, CreateResult, ErrorKind, Event, Outgoing, Report, ReportStatus,
    Resend, Result, SendResult, Sender, Start, Started, Status, WebhookRequest,
};
use ring::hmac;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

const KEY: &str = "0123456789abcdef0123456789abcdef";
const URL: &str = "https://example.com/otpkit/gateway";

/// A sender with a service behind it that names its messages `SM1`, `SM2`, ...
#[derive(Clone, Default)]
pub(crate) struct Gateway(Arc<(AtomicUsize, Mutex<String>)>);

impl Gateway {
    fn code(&self) -> String {
        self.0.1.lock().unwrap().clone()
    }
}

#[async_trait]
impl Sender for Gateway {
    async fn send(&self, outgoing: Outgoing) -> SendResult {
        *self.0.1.lock().unwrap() = outgoing.code.expose().to_owned();
        let number = self.0.0.fetch_add(1, Ordering::SeqCst) + 1;
        SendResult::Sent {
            reference: Some(format!("SM{number}")),
        }
    }
}

pub(crate) struct Desk {
    otp: Client,
    gateway: Gateway,
    pub(crate) clock: TestClock,
    events: Arc<Mutex<Vec<Value>>>,
}

pub(crate) fn gateway_settings() -> Value {
    json!({ "type": "callback", "reports_of": "twilio", "signing_key": KEY })
}

pub(crate) fn settings() -> Value {
    json!({ "policy": open_policy(), "per_ip": [], "providers": { "gateway": gateway_settings() } })
}

impl Desk {
    fn new() -> Desk {
        Desk::of(builder(settings()))
    }

    pub(crate) fn of(builder: Builder) -> Desk {
        let (gateway, clock) = (Gateway::default(), clock());
        let events = Arc::new(Mutex::new(Vec::new()));
        let told = events.clone();
        let otp = builder
            .provider("gateway", gateway.clone())
            .clock(clock.clone())
            .observer(move |event: &Event| told.lock().unwrap().push(serde_json::to_value(event).unwrap()))
            .build()
            .unwrap();
        Desk {
            otp,
            gateway,
            clock,
            events,
        }
    }

    pub(crate) fn start(&self) -> Started {
        now(self.otp.start(Start::to(NL))).unwrap()
    }

    pub(crate) fn report(&self, reference: &str, status: &str) -> Report {
        only(now(self.otp.webhook(
            "gateway",
            signed(&[("MessageSid", reference), ("MessageStatus", status)]),
        )))
    }

    fn known(&self, started: &Started) -> Option<ReportStatus> {
        now(self.otp.status(Status::new(started.id.as_str())))
            .unwrap()
            .delivery_report
    }
}

pub(crate) fn only(reported: Result<otpkit::Reported>) -> Report {
    let mut reports = reported.unwrap().reports;
    assert_eq!(reports.len(), 1);
    reports.remove(0)
}

/// A request as Twilio signs it; the fields are plain words, which need no encoding.
pub(crate) fn signed(fields: &[(&str, &str)]) -> WebhookRequest {
    let mut sorted = fields.to_vec();
    sorted.sort();
    let row: String = sorted.iter().flat_map(|(name, value)| [*name, *value]).collect();
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, KEY.as_bytes());
    let signature = STANDARD.encode(hmac::sign(&key, format!("{URL}{row}").as_bytes()));
    let body: Vec<_> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    WebhookRequest::new("POST", URL)
        .header("X-Twilio-Signature", signature)
        .body(body.join("&"))
}

/// The words of the vendor, with ours.
const WORDS: [(&str, ReportStatus); 8] = [
    ("nonsense", ReportStatus::Unknown),
    ("queued", ReportStatus::Queued),
    ("sent", ReportStatus::Sent),
    ("canceled", ReportStatus::Canceled),
    ("failed", ReportStatus::Failed),
    ("undelivered", ReportStatus::Undelivered),
    ("delivered", ReportStatus::Delivered),
    ("read", ReportStatus::Read),
];

#[test]
fn a_report_names_its_verification_and_tells_operators_and_nobody_else() {
    let desk = Desk::new();
    let started = desk.start();
    assert_eq!(desk.known(&started), None);
    desk.events.lock().unwrap().clear();
    let fields = [
        ("MessageSid", "SM1"),
        ("MessageStatus", "undelivered"),
        ("ErrorCode", "30003"),
        ("To", "31612345678"),
    ];
    let report = only(now(desk.otp.webhook("gateway", signed(&fields))));
    assert_eq!(report.id, Some(started.id));
    assert_eq!(
        (report.provider.as_str(), report.reference.as_str()),
        ("gateway", "SM1")
    );
    assert_eq!((report.status, report.changed), (ReportStatus::Undelivered, true));
    assert_eq!(report.error_code.as_deref(), Some("30003"));
    assert_eq!(report.to_masked.as_deref(), Some("+31*******78"));
    assert_eq!(desk.known(&started), Some(ReportStatus::Undelivered));
    let told = json!({
        "event": "report", "id": started.id.as_str(), "provider": "gateway", "reference": "SM1", "status": "undelivered",
        "changed": true, "error_code": "30003", "to_masked": "+31*******78",
    });
    assert_eq!(*desk.events.lock().unwrap(), [told]);
    let wire = serde_json::to_value(&report).unwrap();
    assert_eq!(
        (&wire["id"], &wire["status"]),
        (&json!(started.id.as_str()), &json!("undelivered"))
    );
}

#[test]
fn a_thousand_replays_change_what_is_known_once() {
    let desk = Desk::new();
    let started = desk.start();
    let changed = |status: &str, times: usize| (0..times).filter(|_| desk.report("SM1", status).changed).count();
    assert_eq!(changed("sent", 1_000), 1);
    assert_eq!(changed("delivered", 1_000), 1);
    assert_eq!(changed("sent", 1_000), 0);
    assert_eq!(desk.known(&started), Some(ReportStatus::Delivered));
    // Also from many threads at once.
    desk.start();
    let news = storm(8, 4_000, |_| desk.report("SM2", "delivered").changed);
    assert_eq!(news.into_iter().filter(|changed| *changed).count(), 1);
}

#[test]
fn of_two_reports_the_one_of_more_progress_stands_in_whatever_order_they_come() {
    for (first, was) in WORDS {
        for (second, comes) in WORDS {
            let desk = Desk::new();
            let started = desk.start();
            desk.report("SM1", first);
            assert_eq!(desk.report("SM1", second).changed, comes > was, "{first} {second}");
            assert_eq!(desk.known(&started), Some(was.max(comes)), "{first} {second}");
        }
    }
}

#[test]
fn a_report_never_approves_and_never_spends() {
    let desk = Desk::new();
    let started = desk.start();
    let id = started.id.as_str();
    let before = now(desk.otp.status(Status::new(id))).unwrap();
    for word in ["approved", "verified", "accepted", "read", "delivered"]
        .into_iter()
        .chain(WORDS.map(|word| word.0))
    {
        let words = [
            ("MessageSid", "SM1"),
            ("MessageStatus", word),
            ("Status", "approved"),
            ("valid", "true"),
        ];
        assert_eq!(
            only(now(desk.otp.webhook("gateway", signed(&words)))).id,
            Some(started.id)
        );
        let mut after = now(desk.otp.status(Status::new(id))).unwrap();
        assert_eq!(after.status, CheckStatus::Pending);
        after.delivery_report = None;
        assert_eq!(after, before, "{word}");
    }
    let code = desk.gateway.code();
    let wrong = now(desk.otp.check(Check::new(id, crate::support::wrong(&code, 0)))).unwrap();
    assert_eq!((wrong.approved, wrong.attempts_left), (false, Some(4)));
    assert!(now(desk.otp.check(Check::new(id, code.clone()))).unwrap().approved);
    // Neither does one bring an approved verification back.
    desk.report("SM1", "read");
    assert!(!now(desk.otp.check(Check::new(id, code))).unwrap().approved);
}

#[test]
fn a_report_about_a_verifiers_code_does_not_approve_it_either() {
    let service = ScriptedVerifier::new(
        vec![CreateResult::Created {
            reference: "VE1".into(),
        }],
        vec![CheckResult::Wrong],
        false,
    );
    let otp = builder(settings())
        .verifier("gateway", service)
        .clock(clock())
        .build()
        .unwrap();
    let started = now(otp.start(Start::to(NL))).unwrap();
    let report = only(now(otp.webhook(
        "gateway",
        signed(&[("MessageSid", "VE1"), ("MessageStatus", "approved")]),
    )));
    assert_eq!((report.id, report.status), (Some(started.id), ReportStatus::Unknown));
    let checked = now(otp.check(Check::new(started.id.as_str(), "123456"))).unwrap();
    assert!(!checked.approved);
    assert_eq!(checked.attempts_left, Some(4));
}

#[test]
fn a_resend_is_a_message_of_its_own() {
    let desk = Desk::new();
    let started = desk.start();
    desk.report("SM1", "undelivered");
    now(desk.otp.resend(Resend::new(started.id.as_str()))).unwrap();
    assert_eq!(desk.known(&started), None);
    // What becomes of the first message is told, but no news of the second.
    let late = desk.report("SM1", "delivered");
    assert_eq!((late.id, late.changed), (Some(started.id), false));
    assert_eq!(desk.known(&started), None);
    assert!(desk.report("SM2", "sent").changed);
    assert_eq!(desk.known(&started), Some(ReportStatus::Sent));
}

#[test]
fn who_cannot_be_believed_is_refused_and_why_is_told() {
    let mut settings = settings();
    settings["providers"]["outbox"] = json!({ "type": "outbox" });
    let desk = Desk::of(builder(settings));
    let started = desk.start();
    let good = || signed(&[("MessageSid", "SM1"), ("MessageStatus", "delivered")]);
    let refused = |provider: &str, request: WebhookRequest| {
        let error = now(desk.otp.webhook(provider, request)).unwrap_err();
        let event = desk.events.lock().unwrap().pop().unwrap();
        assert_eq!((&event["event"], &event["call"]), (&json!("error"), &json!("webhook")));
        (error.kind(), error.field().map(str::to_owned))
    };
    let input = |field: &str| (ErrorKind::InvalidInput, Some(field.to_owned()));
    assert_eq!(refused("nobody", good()), input("provider"));
    assert_eq!(refused("outbox", good()), input("provider"));
    assert_eq!(
        refused("gateway", WebhookRequest::new("POST", "/otpkit/gateway")),
        input("url")
    );
    assert_eq!(refused("gateway", good().body(vec![b'x'; 10 << 20])), input("body"));
    let forged = (ErrorKind::InvalidSignature, None);
    assert_eq!(
        refused("gateway", good().body("MessageSid=SM1&MessageStatus=read")),
        forged
    );
    assert_eq!(refused("gateway", WebhookRequest::new("POST", URL)), forged);
    assert_eq!(desk.known(&started), None);
    desk.otp.close();
    assert_eq!(refused("gateway", good()).0, ErrorKind::Closed);
}

#[test]
fn a_callback_of_a_vendor_without_its_key_is_refused_when_the_client_is_built() {
    for key in [json!(null), json!("")] {
        let mut settings = settings();
        settings["providers"]["gateway"]["signing_key"] = key;
        let built = builder(settings).provider("gateway", Gateway::default()).build();
        let error = built.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::InvalidSettings);
        assert_eq!(error.field(), Some("providers.gateway.signing_key"));
    }
}
