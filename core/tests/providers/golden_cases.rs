//! Which call replays which recording, and where otpkit means to differ from it.

use crate::server::reply;
use crate::support::{Api, MB_ID};
use serde_json::{Value, json};

/// Recordings that no call of otpkit makes, and those that other tests use.
pub(crate) const REPLAYED: &[(&str, &str)] = &[
    ("messagebird-balance", "otpkit asks for no balance"),
    (
        "messagebird-verify-email-message",
        "otpkit asks for no state of a single e-mail",
    ),
    (
        "messagebird-verify-check-empty-token",
        "no code is empty; its reply is used in the_reply_to_an_empty_code_is_no_yes",
    ),
    (
        "messagebird-verify-check-special-token",
        "no code has such characters; its encoding is held by a unit test, its reply here",
    ),
    (
        "twilio-verify-approve",
        "custom codes are not used, so nothing is approved by hand",
    ),
    ("twilio-verify-fetch", "a check says all that is needed"),
    ("twilio-verify-service-create", "the operator makes the service"),
];

#[derive(Clone, Copy)]
pub(crate) enum Act {
    Start,
    Check(&'static str),
    Cancel,
}

pub(crate) struct Case {
    pub(crate) recording: &'static str,
    pub(crate) api: Api,
    pub(crate) settings: Value,
    pub(crate) to: &'static str,
    pub(crate) locale: Option<&'static str>,
    pub(crate) values: &'static [(&'static str, &'static str)],
    pub(crate) template: &'static str,
    pub(crate) ttl: u32,
    pub(crate) act: Act,
    /// Answers to the requests before the recorded one: part of the target, and what it gets.
    pub(crate) before: Vec<(&'static str, Vec<u8>)>,
    pub(crate) requests: usize,
    /// Recorded fields whose values are otpkit's own, or that it does not send.
    pub(crate) differs: &'static [&'static str],
    /// Fields that otpkit sends beyond the recording.
    pub(crate) adds: &'static [&'static str],
    pub(crate) result: &'static str,
}

/// What every creation of MessageBird Verify says, asked or not.
const ALWAYS: &[&str] = &["type", "maxAttempts", "reference"];

fn case(recording: &'static str, api: Api, settings: Value, to: &'static str, result: &'static str) -> Case {
    Case {
        recording,
        api,
        settings,
        to,
        locale: None,
        values: &[],
        template: "Your code is {code}",
        ttl: 300,
        act: Act::Start,
        before: Vec::new(),
        requests: 1,
        differs: &[],
        adds: &[],
        result,
    }
}

fn json_reply(status: u16, body: &Value) -> Vec<u8> {
    reply(
        status,
        &[("content-type", "application/json")],
        body.to_string().as_bytes(),
    )
}

fn wrong_token() -> Vec<u8> {
    let error = json!({"code": 10, "description": "The token is invalid.", "parameter": "token"});
    json_reply(422, &json!({"errors": [error]}))
}

pub(crate) fn cases() -> Vec<Case> {
    [verify(), messages(), twilio_verify(), twilio_messages()]
        .into_iter()
        .flatten()
        .collect()
}

fn verify() -> Vec<Case> {
    let api = Api::MessageBirdVerify;
    let created = |id: &str| {
        json_reply(
            201,
            &json!({"id": id, "recipient": 31_612_345_678_u64, "status": "sent"}),
        )
    };
    let check = |recording, code, result| Case {
        act: Act::Check(code),
        before: vec![("/verify", created(MB_ID))],
        requests: 2,
        ..case(recording, api, json!({}), "+31612345678", result)
    };
    vec![
        Case {
            differs: &["reference"],
            adds: &["maxAttempts"],
            ..case(
                "messagebird-verify-create",
                api,
                json!({"originator": "Code", "template": "Your code is: %token", "token_length": 6, "datacoding": "plain"}),
                "+31612345678",
                "sent",
            )
        },
        Case {
            ttl: 60,
            adds: ALWAYS,
            ..case(
                "messagebird-verify-create-minimal",
                api,
                json!({"originator": "Code"}),
                "+31612345678",
                "sent",
            )
        },
        Case {
            ttl: 600,
            adds: &["maxAttempts", "reference"],
            ..case(
                "messagebird-verify-create-email",
                api,
                json!({
                    "originator": "Company <verify@company.com>",
                    "subject": "Your verification code",
                    "template": "Your code is: %token",
                }),
                "client@example.com",
                "sent",
            )
        },
        check("messagebird-verify-check", "123456", "approved"),
        Case {
            requests: 3,
            ..check("messagebird-verify-check-wrong", "000000", "wrong")
        },
        Case {
            // The wrong code, and then the read that tells whether more can be tried.
            before: vec![("token=", wrong_token()), ("/verify", created(MB_ID))],
            requests: 3,
            ..check("messagebird-verify-read", "000000", "wrong")
        },
        Case {
            before: vec![("token=", wrong_token()), ("/verify", created("nope"))],
            requests: 3,
            ..check("messagebird-verify-read-notfound", "000000", "ended")
        },
        Case {
            act: Act::Cancel,
            ..check("messagebird-verify-delete", "", "canceled true")
        },
    ]
}

fn messages() -> Vec<Case> {
    let api = Api::MessageBirdSms;
    // A test of the error needs no text: what was recorded there is `x`.
    let sms = |recording, settings, result| Case {
        differs: &["body", "reference", "recipients"],
        adds: &["type", "datacoding", "reference", "validity"],
        ..case(recording, api, settings, "+31612345678", result)
    };
    let name = json!({"originator": "TestName"});
    vec![
        Case {
            differs: &["body", "reference"],
            adds: &["type"],
            ..sms(
                "messagebird-message-create",
                json!({"originator": "TestName", "report_url": "https://example.com/dlr"}),
                "sent",
            )
        },
        sms("messagebird-message-create-401", name.clone(), "rejected"),
        sms("messagebird-message-create-422", name.clone(), "rejected"),
        sms("messagebird-html-502", name, "ambiguous"),
    ]
}

fn twilio_verify() -> Vec<Case> {
    let api = Api::TwilioVerify;
    let us = "+15017122661";
    let by_recipient = |recording, result| Case {
        act: Act::Check("123456"),
        // A creation without a body leaves no sid, so the recipient is all that there is to check by.
        before: vec![("/Verifications", reply(204, &[], b""))],
        requests: 2,
        ..case(recording, api, json!({}), us, result)
    };
    let created = json_reply(
        201,
        &json!({"sid": crate::support::VE, "to": us, "status": "pending", "valid": false}),
    );
    let by_sid = |recording, act, result| Case {
        act,
        before: vec![("/Verifications", created.clone())],
        requests: 2,
        ..case(recording, api, json!({}), us, result)
    };
    vec![
        case("twilio-verify-create", api, json!({}), us, "sent"),
        Case {
            locale: Some("zh-CN"),
            values: &[("name", "A B")],
            differs: &["CustomCode"],
            ..case(
                "twilio-verify-create-custom-code",
                api,
                json!({
                    "rate_limits": {"end_user_ip": "127.0.0.1"},
                    "template_sid": "HJ00000000000000000000000000000001",
                    "risk_check": "enable",
                    "tags": {"k": "v"},
                }),
                us,
                "sent",
            )
        },
        case(
            "twilio-verify-create-email",
            api,
            json!({"channel_configuration": {"template_id": "d-1", "from": "otp@example.com", "from_name": "Ex"}}),
            "a+b@example.com",
            "sent",
        ),
        // The host is held by a unit test; here a server on this machine takes its place.
        case("twilio-verify-create-region", api, key(), us, "sent"),
        Case {
            differs: &["To"],
            ..case("twilio-verify-create-60200", api, json!({}), us, "rejected")
        },
        case("twilio-verify-create-60203", api, json!({}), us, "limited 17"),
        by_recipient("twilio-verify-check", "approved"),
        by_recipient("twilio-verify-check-404", "ended"),
        by_recipient("twilio-verify-check-60202", "ended"),
        by_sid("twilio-verify-check-by-sid-wrong", Act::Check("000000"), "wrong"),
        by_sid("twilio-verify-cancel", Act::Cancel, "canceled true"),
    ]
}

/// An API key in the place of the account's token.
fn key() -> Value {
    json!({
        "auth_token": null,
        "api_key": "SK00000000000000000000000000000001",
        "api_key_secret": "secretsecretsecretsecretsecret00",
    })
}

fn twilio_messages() -> Vec<Case> {
    let sms = |recording, settings, result| Case {
        // Nobody has the recorded number, and otpkit refuses it.
        differs: &["To", "Body"],
        adds: &["ValidityPeriod"],
        ..case(recording, Api::TwilioSms, settings, "+15017122661", result)
    };
    vec![
        Case {
            adds: &[],
            ..sms(
                "twilio-message-create",
                json!({"status_callback": "https://example.com/status"}),
                "sent",
            )
        },
        Case {
            template: "码 {code}",
            ..sms(
                "twilio-message-create-messaging-service",
                json!({"from": null, "messaging_service_sid": "MG00000000000000000000000000000001"}),
                "sent",
            )
        },
        sms("twilio-message-create-apikey-region", key(), "sent"),
        sms("twilio-message-21211", json!({}), "rejected"),
        sms("twilio-401", json!({}), "rejected"),
        // Its reply says no time to wait, so it is the one of otpkit.
        sms("twilio-429", json!({}), "limited 30"),
    ]
}
