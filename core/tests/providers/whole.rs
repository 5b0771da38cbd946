//! Whole ways through a client for each API, and the traps of the vendors.

use crate::server::{Request, Server, reply};
use crate::support::{Api, Desk, KEY, MB_ID, TOKEN, VE, code_of, form, service};
use otpkit::{Cancel, Resend, Start};
use serde_json::{Value, json};

const TO: &str = "+31612345678";

fn answer(status: u16, body: &Value) -> Vec<u8> {
    reply(
        status,
        &[("content-type", "application/json")],
        body.to_string().as_bytes(),
    )
}

fn wrong_token() -> Vec<u8> {
    answer(
        422,
        &json!({"errors": [{"code": 10, "description": "The token is invalid.", "parameter": "token"}]}),
    )
}

/// Where the body holds `name`.
fn field(request: &Request, name: &str) -> Option<String> {
    let pairs = form(&request.body);
    pairs
        .into_iter()
        .find(|(known, _)| known == name)
        .map(|(_, value)| value)
}

#[test]
fn a_sender_delivers_the_code_that_is_then_right() {
    for (api, text) in [(Api::MessageBirdSms, "body"), (Api::TwilioSms, "Body")] {
        let server = Server::answering(move |_| reply(201, &[], &api.good()));
        let desk = Desk::of(api, &server.url());
        let started = desk.start(Start::to(TO)).unwrap();
        let request = server.seen.requests().remove(0);
        let text = match api {
            Api::MessageBirdSms => {
                let body: Value = serde_json::from_str(&request.body).unwrap();
                assert!(
                    body["reference"]
                        .as_str()
                        .unwrap()
                        .chars()
                        .all(|c| c.is_ascii_alphanumeric())
                );
                assert_eq!((&body["validity"], &body["type"]), (&json!(300), &json!("sms")));
                body[text].as_str().unwrap().to_owned()
            }
            _ => field(&request, text).unwrap(),
        };
        let code = code_of(&text);
        assert_eq!(text, format!("Your code is {code}"));
        let wrong = if code == "111111" { "222222" } else { "111111" };
        assert_eq!(desk.class(&started, wrong), "wrong", "{api:?}");
        let checked = desk.check(&started, &code).unwrap();
        assert_eq!((checked.approved, checked.to.as_deref()), (true, Some(TO)), "{api:?}");
        assert_eq!(server.seen.count(), 1, "{api:?}: a check of ours asks nobody");
    }
}

#[test]
fn a_verifier_checks_its_own_code_once() {
    for api in [Api::MessageBirdVerify, Api::TwilioVerify] {
        let server = Server::answering(service(api, move |request| match api {
            Api::MessageBirdVerify if request.target.ends_with("token=123456") => reply(200, &[], &api.approved(TO)),
            Api::MessageBirdVerify if request.target.contains("token=") => wrong_token(),
            Api::MessageBirdVerify => reply(200, &[], &api.good()),
            _ if field(request, "Code").as_deref() == Some("123456") => reply(200, &[], &api.approved(TO)),
            _ => reply(200, &[], &api.good()),
        }));
        let desk = Desk::of(api, &server.url());
        let started = desk.start(Start::to(TO)).unwrap();
        assert_eq!(desk.class(&started, "000000"), "wrong", "{api:?}");
        assert_eq!(desk.class(&started, "123456"), "approved", "{api:?}");
        let asked = server.seen.count();
        assert_eq!(desk.class(&started, "123456"), "ended", "{api:?}");
        assert_eq!(server.seen.count(), asked, "{api:?}: what is used is asked of nobody");
    }
}

#[test]
fn messagebird_is_told_attempts_and_time_always() {
    let server = Server::answering(service(Api::MessageBirdVerify, |_| wrong_token()));
    let providers = json!({"vendor": Api::MessageBirdVerify.at(&server.url())});
    let policy = json!({"attempts": 3, "ttl_seconds": 120});
    Desk::new(providers, json!({"policy": policy}))
        .start(Start::to(TO))
        .unwrap();
    let body: Value = serde_json::from_str(&server.seen.requests()[0].body).unwrap();
    assert_eq!((&body["maxAttempts"], &body["timeout"]), (&json!(3), &json!(120)));
}

#[test]
fn after_a_wrong_code_messagebird_is_asked_whether_there_is_more_to_try() {
    for (status, state, expected) in [
        (200, "sent", "wrong"),
        (200, "expired", "ended"),
        (200, "failed", "ended"),
        (200, "deleted", "ended"),
        (200, "verified", "ended"),
        (500, "", "wrong"),
    ] {
        let server = Server::answering(service(Api::MessageBirdVerify, move |request| {
            match request.target.contains("token=") {
                true => wrong_token(),
                false => answer(
                    status,
                    &json!({"id": MB_ID, "recipient": 31_612_345_678_u64, "status": state}),
                ),
            }
        }));
        let desk = Desk::of(Api::MessageBirdVerify, &server.url());
        let started = desk.start(Start::to(TO)).unwrap();
        assert_eq!(desk.class(&started, "000000"), expected, "{status} {state}");
        assert_eq!(server.seen.count(), 3);
    }
}

#[test]
fn a_yes_about_somebody_else_is_no_yes() {
    let strange = [
        (
            Api::MessageBirdVerify,
            json!({"id": MB_ID, "recipient": 31_612_345_679_u64, "status": "verified"}),
        ),
        (
            Api::MessageBirdVerify,
            json!({"id": "other", "recipient": 31_612_345_678_u64, "status": "verified"}),
        ),
        (Api::MessageBirdVerify, json!({"id": MB_ID, "status": "verified"})),
        (
            Api::TwilioVerify,
            json!({"sid": VE, "to": "+31612345679", "status": "approved", "valid": true}),
        ),
        (
            Api::TwilioVerify,
            json!({"sid": "VE2", "to": TO, "status": "approved", "valid": true}),
        ),
        (
            Api::TwilioVerify,
            json!({"sid": VE, "status": "approved", "valid": true}),
        ),
        (
            Api::TwilioVerify,
            json!({"sid": VE, "to": TO, "status": "approved", "valid": false}),
        ),
        (
            Api::TwilioVerify,
            json!({"sid": VE, "to": TO, "status": "unheard-of", "valid": true}),
        ),
    ];
    for (api, body) in strange {
        let bytes = answer(200, &body);
        let server = Server::answering(service(api, move |_| bytes.clone()));
        let desk = Desk::of(api, &server.url());
        let started = desk.start(Start::to(TO)).unwrap();
        assert_eq!(desk.class(&started, "123456"), "cannot_tell", "{api:?} {body}");
    }
}

#[test]
fn messagebird_resends_by_a_new_object_and_then_deletes_the_old() {
    let server = Server::answering(|request| match request.method.as_str() {
        "POST" => reply(201, &[], &Api::MessageBirdVerify.good()),
        _ => reply(204, &[], b""),
    });
    let desk = Desk::of(Api::MessageBirdVerify, &server.url());
    let started = desk.start(Start::to(TO)).unwrap();
    desk.runtime
        .block_on(desk.otp.resend(Resend::new(started.id.as_str())))
        .unwrap();
    let methods: Vec<_> = server
        .seen
        .requests()
        .into_iter()
        .map(|request| request.method)
        .collect();
    assert_eq!(methods, ["POST", "POST", "DELETE"]);
}

#[test]
fn a_resend_that_failed_leaves_the_old_code_good() {
    let server = Server::answering({
        let created = std::sync::atomic::AtomicUsize::new(0);
        move |request| match (
            request.method.as_str(),
            created.fetch_add(1, std::sync::atomic::Ordering::SeqCst),
        ) {
            ("POST", 0) => reply(201, &[], &Api::MessageBirdVerify.good()),
            ("POST", _) => reply(422, &[], b"{}"),
            _ => reply(200, &[], &Api::MessageBirdVerify.approved(TO)),
        }
    });
    let desk = Desk::of(Api::MessageBirdVerify, &server.url());
    let started = desk.start(Start::to(TO)).unwrap();
    let resent = desk.runtime.block_on(desk.otp.resend(Resend::new(started.id.as_str())));
    assert_eq!(resent.unwrap_err().kind().code(), "rejected");
    assert_eq!(desk.class(&started, "123456"), "approved");
    assert!(server.seen.requests().iter().all(|request| request.method != "DELETE"));
}

#[test]
fn twilio_resends_by_the_same_call_and_cancels_by_status() {
    let server = Server::answering(|_| reply(201, &[], &Api::TwilioVerify.good()));
    let desk = Desk::of(Api::TwilioVerify, &server.url());
    let started = desk.start(Start::to(TO)).unwrap();
    desk.runtime
        .block_on(desk.otp.resend(Resend::new(started.id.as_str())))
        .unwrap();
    desk.runtime
        .block_on(desk.otp.cancel(Cancel::new(started.id.as_str())))
        .unwrap();
    let requests = server.seen.requests();
    assert_eq!((requests.len(), &requests[0].body), (3, &requests[1].body));
    assert!(requests[2].target.ends_with(&format!("/Verifications/{VE}")) && requests[2].body == "Status=canceled");
}

#[test]
fn a_creation_without_an_answer_stays_checkable_where_the_recipient_is_enough() {
    let unclear = |api: Api| {
        Server::answering(move |request| match api.is_creation(request) {
            true => reply(500, &[], b"<html>"),
            false => reply(200, &[], &api.approved(TO)),
        })
    };
    let server = unclear(Api::TwilioVerify);
    let desk = Desk::of(Api::TwilioVerify, &server.url());
    let started = desk.start(Start::to(TO)).unwrap();
    assert_eq!(started.delivery, otpkit::Delivery::Unknown);
    assert_eq!(desk.class(&started, "123456"), "approved");
    assert_eq!(field(&server.seen.requests()[1], "To").as_deref(), Some(TO));

    let server = unclear(Api::MessageBirdVerify);
    let error = Desk::of(Api::MessageBirdVerify, &server.url())
        .start(Start::to(TO))
        .unwrap_err();
    assert_eq!(error.kind().code(), "cannot_tell");
}

#[test]
fn channels_that_an_api_does_not_have_go_to_the_next_provider() {
    for api in Api::ALL {
        let server = Server::answering(move |_| reply(201, &[], &api.good()));
        let providers = json!({"vendor": api.at(&server.url()), "next": {"type": "outbox"}});
        let desk = Desk::new(providers, json!({}));
        let started = desk.start(Start::to(TO).channel("pigeon")).unwrap();
        assert_eq!((started.provider.as_str(), server.seen.count()), ("next", 0), "{api:?}");
    }
}

#[test]
fn voice_and_locale_are_spoken_in_the_vendors_words() {
    let server = Server::answering(|_| reply(201, &[], &Api::MessageBirdVerify.good()));
    let desk = Desk::of(Api::MessageBirdVerify, &server.url());
    desk.start(Start::to(TO).channel("voice").locale("en-GB")).unwrap();
    let body: Value = serde_json::from_str(&server.seen.requests()[0].body).unwrap();
    assert_eq!((&body["type"], &body["language"]), (&json!("tts"), &json!("en-gb")));

    let server = Server::answering(|_| reply(201, &[], &Api::TwilioVerify.good()));
    let desk = Desk::of(Api::TwilioVerify, &server.url());
    desk.start(Start::to(TO).channel("voice").locale("en-GB")).unwrap();
    let request = &server.seen.requests()[0];
    assert_eq!(field(request, "Channel").as_deref(), Some("call"));
    assert_eq!(field(request, "Locale").as_deref(), Some("en-GB"));
}

#[test]
fn what_a_vendor_repeats_of_keys_and_numbers_is_told_to_nobody() {
    for api in Api::ALL {
        let words = format!("key {KEY} token {TOKEN} number {TO} {}", TO.trim_start_matches('+'));
        let server = Server::answering(move |_| match api {
            Api::MessageBirdSms | Api::MessageBirdVerify => answer(
                422,
                &json!({"errors": [{"code": 9, "description": words, "parameter": "recipients"}]}),
            ),
            _ => answer(400, &json!({"code": 21211, "message": words})),
        });
        let desk = Desk::of(api, &server.url());
        let error = desk.start(Start::to(TO)).unwrap_err().to_string();
        let key = if matches!(api, Api::MessageBirdSms | Api::MessageBirdVerify) {
            KEY
        } else {
            TOKEN
        };
        let told = desk.told();
        for secret in [key, TO, "31612345678"] {
            assert!(
                !told.contains(secret) && !error.contains(secret),
                "{api:?}: {told} {error}"
            );
        }
        assert!(told.contains("[hidden]") && !error.contains("token"), "{api:?}: {told}");
    }
}
