//! The recordings of the vendors' own SDKs: what otpkit sends is what they send, and what it makes of the recorded
//! reply is right. `data/golden/` holds them; its replies are fixtures, not answers of the live services.

use crate::golden_cases::{Act, Case, REPLAYED, cases};
use crate::server::{Request, Server, reply};
use crate::support::{Api, Desk, form};
use otpkit::{Cancel, Start};
use serde_json::{Value, json};
use std::path::PathBuf;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/golden")
}

pub(crate) fn recording(name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(folder().join(format!("{name}.json"))).unwrap()).unwrap()
}

/// The recorded reply, on the wire.
fn recorded_reply(recording: &Value) -> Vec<u8> {
    let response = &recording["response"];
    let body = match &response["body"] {
        Value::Null => Vec::new(),
        Value::String(text) => text.clone().into_bytes(),
        body => body.to_string().into_bytes(),
    };
    let kind = response["ct"].as_str().unwrap_or("application/json");
    let mut headers = vec![("content-type", kind)];
    for (name, value) in response["headers"].as_object().into_iter().flatten() {
        headers.push((name, value.as_str().unwrap()));
    }
    reply(
        u16::try_from(response["status"].as_u64().unwrap()).unwrap(),
        &headers,
        &body,
    )
}

#[test]
fn every_recording_is_replayed_or_says_why_not() {
    let mut listed: Vec<&str> = REPLAYED.iter().map(|(name, _)| *name).collect();
    listed.extend(cases().iter().map(|case| case.recording));
    listed.sort_unstable();
    listed.dedup();
    let mut found: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|file| file.unwrap().path())
        .map(|file| file.file_stem().unwrap().to_string_lossy().into_owned())
        .filter(|name| !name.contains("webhook"))
        .filter(|name| name.starts_with("messagebird-") || name.starts_with("twilio-"))
        .collect();
    found.sort_unstable();
    assert_eq!(found, listed);
    for (name, why) in REPLAYED {
        println!("{name}: not replayed by a call: {why}");
    }
}

#[test]
fn what_is_sent_and_what_is_made_of_the_reply() {
    for case in cases() {
        let recording = recording(case.recording);
        let (reply, target) = (recorded_reply(&recording), recording["request"]["path"].clone());
        let (api, steps) = (case.api, case.before.clone());
        let server = Server::answering(move |request| {
            let step = steps.iter().find(|step| request.target.contains(step.0));
            match step {
                Some((_, bytes)) if target != request.target.as_str() || api.is_creation(request) => bytes.clone(),
                _ => reply.clone(),
            }
        });
        let result = replay(&case, &server.url());
        let requests = server.seen.requests();
        let recorded = (
            recording["request"]["method"].as_str(),
            recording["request"]["path"].as_str(),
        );
        let is_it = |request: &&Request| (Some(request.method.as_str()), Some(request.target.as_str())) == recorded;
        let found = requests.iter().rev().find(is_it);
        compare(
            &case,
            found.unwrap_or_else(|| panic!("{}: {requests:?}", case.recording)),
            &recording,
        );
        assert_eq!(requests.len(), case.requests, "{}", case.recording);
        assert_eq!(result, case.result, "{}", case.recording);
        println!("{}: {result}", case.recording);
    }
}

/// Makes the calls of a case, and says what the last of them came to.
fn replay(case: &Case, url: &str) -> String {
    let mut settings = case.api.at(url);
    for (name, value) in case.settings.as_object().unwrap() {
        settings[name] = value.clone();
    }
    let policy = json!({"ttl_seconds": case.ttl, "resend_after_seconds": [0]});
    let more = json!({"policy": policy, "templates": {"en": case.template}});
    let desk = Desk::new(json!({"vendor": settings}), more);
    let mut start = Start::to(case.to);
    start.locale = case.locale.map(str::to_owned);
    for (name, value) in case.values {
        start = start.value(*name, *value);
    }
    let started = desk.start(start);
    match case.act {
        Act::Start => match started {
            Ok(_) => desk.sent().0.to_owned(),
            Err(error) => {
                let wait = error.retry_after().map(|wait| format!(" {}", wait.as_secs()));
                format!("{}{}", desk.sent().0, wait.unwrap_or_default())
            }
        },
        Act::Check(code) => desk.class(&started.unwrap(), code).to_owned(),
        Act::Cancel => {
            let id = started.unwrap().id;
            let canceled = desk
                .runtime
                .block_on(desk.otp.cancel(Cancel::new(id.as_str())))
                .unwrap();
            format!("canceled {}", canceled.canceled)
        }
    }
}

/// Method, target, semantic headers and the meaning of the body.
fn compare(case: &Case, request: &Request, recording: &Value) {
    let (name, recorded) = (case.recording, &recording["request"]);
    assert_eq!(request.method, recorded["method"].as_str().unwrap(), "{name}");
    assert_eq!(request.target, recorded["path"].as_str().unwrap(), "{name}");
    let header = |of: &str| recorded["headers"][of].as_str();
    assert_eq!(request.header("authorization"), header("Authorization"), "{name}");
    assert_eq!(request.header("content-type"), header("Content-Type"), "{name}");
    assert_eq!(request.header("accept"), Some("application/json"), "{name}");
    let (sent, expected) = match (recorded.get("body_json"), recorded.get("body_form")) {
        (Some(body), _) => {
            let sent: Value = serde_json::from_str(&request.body).unwrap();
            (pairs(&sent), pairs(body))
        }
        (None, Some(fields)) => {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let fields = fields.as_array().unwrap().iter();
            let sent = form(&request.body)
                .into_iter()
                .map(|(name, value)| (name, json!(value)));
            (
                sent.collect(),
                fields.map(|pair| (text(&pair[0]), pair[1].clone())).collect(),
            )
        }
        (None, None) => {
            assert_eq!(request.body, recorded["body"].as_str().unwrap(), "{name}");
            return;
        }
    };
    for (field, value) in &expected {
        if case.differs.contains(&field.as_str()) {
            continue;
        }
        let found = sent.iter().find(|(known, _)| known == field).map(|(_, value)| value);
        assert_eq!(found.map(meaning), Some(meaning(value)), "{name}: {field}");
    }
    for (field, _) in &sent {
        let known = expected.iter().any(|(known, _)| known == field) || case.adds.contains(&field.as_str());
        assert!(known, "{name}: {field} is sent, but not recorded");
    }
    for field in case.adds {
        assert!(
            sent.iter().any(|(known, _)| known == field),
            "{name}: {field} is not sent"
        );
    }
}

/// An object may be written in a text; the order of its names means nothing.
fn meaning(value: &Value) -> Value {
    let inner = value.as_str().filter(|text| text.starts_with('{'));
    inner.map_or_else(|| value.clone(), |text| serde_json::from_str(text).unwrap())
}

fn pairs(object: &Value) -> Vec<(String, Value)> {
    let fields = object.as_object().unwrap();
    fields
        .iter()
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

#[test]
fn the_reply_to_an_empty_code_is_no_yes() {
    // No code is empty, so the recorded reply answers a code that is not: no error, and `sent`.
    for name in [
        "messagebird-verify-check-empty-token",
        "messagebird-verify-check-special-token",
    ] {
        let reply = recorded_reply(&recording(name));
        let server = Server::answering(crate::support::service(Api::MessageBirdVerify, move |_| reply.clone()));
        let desk = Desk::of(Api::MessageBirdVerify, &server.url());
        let started = desk.start(Start::to("+31612345678")).unwrap();
        assert_eq!(desk.class(&started, "123456"), "wrong", "{name}");
    }
}
