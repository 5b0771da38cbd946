//! The four APIs, and clients that use one of them.

use crate::server::{Request, reply};
use otpkit::testing::TestNames;
use otpkit::{Builder, Check, Checked, Client, Error, Event, Settings, Start, Started};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub(crate) const AC: &str = "AC00000000000000000000000000000001";
pub(crate) const VA: &str = "VA00000000000000000000000000000001";
pub(crate) const VE: &str = "VE00000000000000000000000000000001";
pub(crate) const TOKEN: &str = "0123456789abcdef0123456789abcdef";
pub(crate) const KEY: &str = "test_gshuPaZoeEG6ovbc8M79w0QyM";
pub(crate) const MB_ID: &str = "4e213b01155d1e35a9d9571v00162985";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Api {
    MessageBirdSms,
    MessageBirdVerify,
    TwilioSms,
    TwilioVerify,
}

impl Api {
    pub(crate) const ALL: [Api; 4] = [
        Api::MessageBirdSms,
        Api::MessageBirdVerify,
        Api::TwilioSms,
        Api::TwilioVerify,
    ];

    pub(crate) fn is_verifier(self) -> bool {
        matches!(self, Api::MessageBirdVerify | Api::TwilioVerify)
    }

    /// The least settings.
    pub(crate) fn settings(self) -> Value {
        match self {
            Api::MessageBirdSms => json!({"type": "messagebird-sms", "access_key": KEY, "originator": "Acme"}),
            Api::MessageBirdVerify => json!({"type": "messagebird-verify", "access_key": KEY}),
            Api::TwilioSms => {
                json!({"type": "twilio-sms", "account_sid": AC, "auth_token": TOKEN, "from": "+15557122661"})
            }
            Api::TwilioVerify => {
                json!({"type": "twilio-verify", "account_sid": AC, "auth_token": TOKEN, "service_sid": VA})
            }
        }
    }

    /// The settings for a server on this machine.
    pub(crate) fn at(self, url: &str) -> Value {
        let mut settings = self.settings();
        settings["base_url"] = json!(url);
        settings["allow_private"] = json!(true);
        settings
    }

    /// The body of a good answer to a send or a creation.
    pub(crate) fn good(self) -> Vec<u8> {
        let body = match self {
            Api::MessageBirdSms => json!({"id": "m1", "recipients": {"items": [{"recipient": 1, "status": "sent"}]}}),
            Api::MessageBirdVerify => json!({"id": MB_ID, "recipient": 31_612_345_678_u64, "status": "sent"}),
            Api::TwilioSms => {
                json!({"sid": "SM00000000000000000000000000000001", "status": "queued", "error_code": null})
            }
            Api::TwilioVerify => json!({"sid": VE, "to": "+31612345678", "status": "pending", "valid": false}),
        };
        body.to_string().into_bytes()
    }

    /// The body of a verifier's yes about this recipient.
    pub(crate) fn approved(self, to: &str) -> Vec<u8> {
        let body = match self {
            Api::MessageBirdVerify => {
                let number: u64 = to.trim_start_matches('+').parse().unwrap();
                json!({"id": MB_ID, "recipient": number, "status": "verified"})
            }
            _ => json!({"sid": VE, "to": to, "status": "approved", "valid": true}),
        };
        body.to_string().into_bytes()
    }

    /// Whether a request is the first one of a verification or message, and no check.
    pub(crate) fn is_creation(self, request: &Request) -> bool {
        let last = request.target.rsplit('/').next().unwrap();
        match self {
            Api::TwilioVerify => last == "Verifications",
            _ => request.method == "POST",
        }
    }
}

/// A good answer to creations; checks get what `check` says.
pub(crate) fn service(api: Api, check: impl Fn(&Request) -> Vec<u8>) -> impl Fn(&Request) -> Vec<u8> {
    move |request| match api.is_creation(request) {
        true => reply(201, &[("content-type", "application/json")], &api.good()),
        false => check(request),
    }
}

/// A client, the events that it told, and a runtime for its calls.
pub(crate) struct Desk {
    pub(crate) otp: Client,
    pub(crate) runtime: tokio::runtime::Runtime,
    events: Arc<Mutex<Vec<Event>>>,
}

impl Desk {
    /// A client with these providers and a policy without waits.
    pub(crate) fn new(providers: Value, more: Value) -> Desk {
        Desk::with_names(providers, more, |_| (Duration::ZERO, None))
    }

    pub(crate) fn with_names(
        providers: Value,
        more: Value,
        names: impl Fn(&str) -> (Duration, Option<Vec<std::net::IpAddr>>) + Send + Sync + 'static,
    ) -> Desk {
        let mut settings = json!({
            "providers": providers,
            "templates": {"en": "Your code is {code}"},
            "policy": {"resend_after_seconds": [0], "per_recipient": [{"max": 10_000, "per_seconds": 60}]},
        });
        for (name, value) in more.as_object().unwrap() {
            settings[name] = value.clone();
        }
        let events: Arc<Mutex<Vec<Event>>> = Arc::default();
        let told = events.clone();
        let otp = builder(&settings)
            .names(TestNames::new(names))
            .observer(move |event: &Event| told.lock().unwrap().push(event.clone()))
            .build()
            .unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        Desk { otp, runtime, events }
    }

    /// A client of one API at a server, which answers soon or not at all.
    pub(crate) fn of(api: Api, url: &str) -> Desk {
        Desk::new(
            json!({"vendor": api.at(url)}),
            json!({"deadline_ms": 900, "connect_ms": 300}),
        )
    }

    pub(crate) fn start(&self, start: Start) -> Result<Started, Error> {
        self.runtime.block_on(self.otp.start(start))
    }

    pub(crate) fn check(&self, started: &Started, code: &str) -> Result<Checked, Error> {
        self.runtime
            .block_on(self.otp.check(Check::new(started.id.as_str(), code)))
    }

    /// The result and detail of the newest send.
    pub(crate) fn sent(&self) -> (&'static str, String) {
        let events = self.events.lock().unwrap();
        let newest = events.iter().rev().find_map(|event| match event {
            Event::Send { result, detail, .. } => Some((*result, detail.clone().unwrap_or_default())),
            _ => None,
        });
        newest.unwrap()
    }

    /// How a send goes: its class, and the words for the operator.
    pub(crate) fn send(&self, to: &str) -> (&'static str, String) {
        let _ = self.start(Start::to(to));
        self.sent()
    }

    /// What a check of a verifier comes to: `approved`, `wrong`, `ended` or `cannot_tell`.
    pub(crate) fn class(&self, started: &Started, code: &str) -> &'static str {
        match self.check(started, code) {
            Ok(checked) if checked.approved => "approved",
            Ok(checked) if checked.status == otpkit::CheckStatus::Pending => "wrong",
            Ok(_) => "ended",
            Err(error) => error.kind().code(),
        }
    }

    /// Everything that was told, as text.
    pub(crate) fn told(&self) -> String {
        format!("{:?}", self.events.lock().unwrap())
    }
}

pub(crate) fn builder(settings: &Value) -> Builder {
    Builder::from_settings(Settings::from_json(&settings.to_string()).unwrap())
}

/// A Dutch mobile number for each number below 1,000,000.
pub(crate) fn mobile(number: usize) -> String {
    format!("+316{:08}", 12_000_000 + number)
}

/// The code in a text that ends with it.
pub(crate) fn code_of(text: &str) -> String {
    text.chars().rev().take(6).collect::<String>().chars().rev().collect()
}

/// The fields of a form, decoded.
pub(crate) fn form(body: &str) -> Vec<(String, String)> {
    let pairs = body.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap())
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let hex = [rest.next().unwrap(), rest.next().unwrap()];
                bytes.push(u8::from_str_radix(std::str::from_utf8(&hex).unwrap(), 16).unwrap());
            }
            b'+' => bytes.push(b' '),
            byte => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).unwrap()
}
