//! How a report finds its verification: by the provider's name of the message, for as long as there is something to find.

use crate::support::{NL, SECRET_A, SECRET_B, builder, clock, now};
use crate::webhook::{Desk, Gateway, gateway_settings, only, settings, signed};
use async_trait::async_trait;
use otpkit::{Client, MemoryStore, Outgoing, Report, ReportStatus, SendResult, Sender, Start};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[test]
fn a_report_of_nobodys_message_is_read_all_the_same() {
    let store = MemoryStore::default();
    let desk = |tenant: &str, name: &str| {
        let settings = json!({ "tenant": tenant, "secrets": [SECRET_A], "providers": { name: gateway_settings() } });
        let gateway = Gateway::default();
        let otp = builder(settings)
            .store(store.clone())
            .provider(name, gateway)
            .build()
            .unwrap();
        (otp, name.to_owned())
    };
    let (ours, theirs, renamed) = (desk("a", "gateway"), desk("b", "gateway"), desk("a", "other"));
    let started = now(ours.0.start(Start::to(NL))).unwrap();
    let report = |(otp, name): &(Client, String), reference: &str| {
        only(now(otp.webhook(
            name,
            signed(&[("MessageSid", reference), ("MessageStatus", "sent")]),
        )))
    };
    for (desk, reference) in [(&ours, "SM2"), (&ours, "sm1"), (&theirs, "SM1"), (&renamed, "SM1")] {
        let report = report(desk, reference);
        assert_eq!(
            (report.id, report.changed, report.status),
            (None, false, ReportStatus::Sent)
        );
    }
    assert_eq!(report(&ours, "SM1").id, Some(started.id));
}

#[test]
fn a_report_that_comes_before_the_send_has_returned_is_read_and_names_nobody() {
    #[derive(Clone, Default)]
    struct Early(Arc<Mutex<(Option<Client>, Vec<Report>)>>);

    #[async_trait]
    impl Sender for Early {
        async fn send(&self, _: Outgoing) -> SendResult {
            let otp = self.0.lock().unwrap().0.clone().unwrap();
            let request = signed(&[("MessageSid", "SM1"), ("MessageStatus", "queued")]);
            let reported = otp.webhook("gateway", request).await.unwrap();
            self.0.lock().unwrap().1.extend(reported.reports);
            SendResult::Sent {
                reference: Some("SM1".into()),
            }
        }
    }

    let early = Early::default();
    let otp = builder(settings())
        .provider("gateway", early.clone())
        .clock(clock())
        .build()
        .unwrap();
    early.0.lock().unwrap().0 = Some(otp.clone());
    let started = now(otp.start(Start::to(NL))).unwrap();
    let before = early.0.lock().unwrap().1.remove(0);
    assert_eq!((before.id, before.status), (None, ReportStatus::Queued));
    let after = only(now(
        otp.webhook("gateway", signed(&[("MessageSid", "SM1"), ("MessageStatus", "queued")]))
    ));
    assert_eq!((after.id, after.changed), (Some(started.id), true));
}

#[test]
fn references_go_with_their_verifications_and_without_reports_none_is_kept() {
    let store = MemoryStore::default();
    let client = |gateway: Value| {
        let settings = json!({ "secrets": [SECRET_A], "providers": { "gateway": gateway } });
        builder(settings)
            .store(store.clone())
            .provider("gateway", Gateway::default())
            .build()
            .unwrap()
    };
    let (plain, asking) = (client(json!({ "type": "callback" })), client(gateway_settings()));
    now(plain.start(Start::to(NL))).unwrap();
    assert_eq!(store.entries(), 2, "a recipient and a verification");
    now(asking.start(Start::to("+31612345679"))).unwrap();
    assert_eq!(store.entries(), 5, "and a reference");

    // A reference is good for as long as its record is kept: a little longer than the code lives.
    let desk = Desk::of(builder(settings()));
    let started = desk.start();
    desk.clock.advance(Duration::from_secs(360));
    assert_eq!(desk.report("SM1", "delivered").id, Some(started.id));
    desk.clock.advance(Duration::from_secs(20));
    assert_eq!(desk.report("SM1", "read").id, None);
}

#[test]
fn an_id_is_found_across_a_change_of_secrets() {
    let store = MemoryStore::default();
    let client = |secrets: Value| {
        let mut settings = settings();
        settings["secrets"] = secrets;
        builder(settings)
            .store(store.clone())
            .provider("gateway", Gateway::default())
            .build()
            .unwrap()
    };
    let started = now(client(json!([SECRET_A])).start(Start::to(NL))).unwrap();
    let request = || signed(&[("MessageSid", "SM1"), ("MessageStatus", "sent")]);
    let rotated = client(json!([SECRET_B, SECRET_A]));
    assert_eq!(only(now(rotated.webhook("gateway", request()))).id, Some(started.id));
    let later = client(json!([SECRET_B]));
    assert_eq!(only(now(later.webhook("gateway", request()))).id, None);
}
