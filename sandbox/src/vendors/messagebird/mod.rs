//! MessageBird's classic REST API: Verify and SMS.

mod messages;
mod verify;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};
use std::time::SystemTime;

use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::call::Call;
use super::kept::Kept;
use super::params::{Params, Wrong};
use super::reports::Report;
use super::special::{Special, is_international};
use super::{Vendor, dates, ids, reply, signing};
use crate::faults::{Fault, page};
use crate::refusal::Refusal;
use crate::server::App;
use messages::Sms;
use verify::Verify;

/// How many verifications are remembered, and how many messages.
const VERIFICATIONS: usize = 50_000;
const MESSAGES: usize = 5_000;
/// The access key that is refused, as one that was revoked.
const REFUSED_KEY: &str = "test_wrongwrongwrongwrongwrong";
/// What delivery reports are signed with. MessageBird shows each account its own; a sandbox has one that is known.
const SIGNING_KEY: &str = "OtpkitSandboxSigningKey000000000";

#[derive(Debug)]
pub(super) struct MessageBird(Mutex<State>);

#[derive(Debug)]
struct State {
    verifications: Kept<Verify>,
    /// Messages of the SMS API, and those that carried codes.
    messages: Kept<Sms>,
}

impl Default for MessageBird {
    fn default() -> Self {
        Self(Mutex::new(State {
            verifications: Kept::new(VERIFICATIONS),
            messages: Kept::new(MESSAGES),
        }))
    }
}

impl MessageBird {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change under the lock is whole before anything can panic, so a poisoned lock guards a sound state.
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Whom a call is about.
    pub(super) fn recipients(&self, call: &Call) -> Vec<String> {
        let now = SystemTime::now();
        let state = self.lock();
        let mut found = Vec::new();
        if let Some(id) = call.segments().get(1) {
            found.extend(
                state
                    .verifications
                    .get(id, now)
                    .map(|verify| verify.recipient().to_owned()),
            );
            let sms = state.messages.get(id, now);
            found.extend(sms.into_iter().flat_map(Sms::recipients).map(str::to_owned));
        }
        let params = params(call).unwrap_or_default();
        found.extend(numbers(params.value("recipient")));
        found.extend(numbers(params.value("recipients")));
        found
    }
}

pub(super) fn answer(app: &App, call: &Call, now: SystemTime) -> Response {
    let answer = authorize(call).and_then(|()| route(app, call, now));
    answer.unwrap_or_else(IntoResponse::into_response)
}

fn route(app: &App, call: &Call, now: SystemTime) -> Result<Response, Failure> {
    match (call.method(), call.segments().as_slice()) {
        ("POST", ["verify"]) => verify::create(app, call, now),
        ("GET", ["verify", "messages", "email", id]) => verify::email(app, id, now),
        ("GET", ["verify", id]) => verify::read(app, call, id, now),
        ("DELETE", ["verify", id]) => verify::delete(app, id, now),
        ("POST", ["messages"]) => messages::create(app, call, now),
        ("GET", ["messages", id]) => messages::read(app, call, id, now),
        ("DELETE", ["messages", id]) => messages::delete(app, id, now),
        ("GET", ["balance"]) => Ok(reply(
            StatusCode::OK,
            &json!({ "payment": "prepaid", "type": "credits", "amount": 42.5 }),
        )),
        (_, ["verify" | "messages" | "balance"] | ["verify" | "messages", _] | ["verify", "messages", "email", _]) => {
            Err(Failure::api(StatusCode::METHOD_NOT_ALLOWED, 98, "Method not allowed"))
        }
        _ => Err(Failure::api(StatusCode::NOT_FOUND, 98, "API not found")),
    }
}

/// Any key that could be one is good, but the one that never is.
fn authorize(call: &Call) -> Result<(), Failure> {
    let is_key = |key: &&str| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        !key.is_empty() && key.bytes().all(is_plain) && *key != REFUSED_KEY
    };
    match call.credentials("AccessKey").filter(is_key) {
        Some(_) => Ok(()),
        None => Err(Failure::Api {
            status: StatusCode::UNAUTHORIZED,
            code: 2,
            description: "Request not allowed (incorrect access_key)".to_owned(),
            parameter: Some("access_key"),
        }),
    }
}

/// Why there is no success.
#[derive(Debug)]
enum Failure {
    Api {
        status: StatusCode,
        code: u32,
        description: String,
        parameter: Option<&'static str>,
    },
    /// A special number asks for it.
    Fault(Fault),
}

impl Failure {
    fn api(status: StatusCode, code: u32, description: &str) -> Self {
        Self::Api {
            status,
            code,
            description: description.to_owned(),
            parameter: None,
        }
    }

    fn not_found(what: &str) -> Self {
        Self::api(StatusCode::NOT_FOUND, 20, &format!("{what} not found"))
    }

    fn of_parameter(code: u32, description: &str, parameter: &'static str) -> Self {
        Self::Api {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            code,
            description: description.to_owned(),
            parameter: Some(parameter),
        }
    }

    fn no_recipients(parameter: &'static str) -> Self {
        Self::of_parameter(9, "no (correct) recipients found", parameter)
    }

    fn missing(parameter: &'static str) -> Self {
        Self::of_parameter(9, &format!("{parameter} is required"), parameter)
    }
}

impl From<Wrong> for Failure {
    fn from(Wrong(parameter): Wrong) -> Self {
        Self::of_parameter(10, &format!("{parameter} is invalid"), parameter)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Self::Api {
                status,
                code,
                description,
                parameter,
            } => {
                let error = json!({ "code": code, "description": description, "parameter": parameter });
                reply(status, &json!({ "errors": [error] }))
            }
            Self::Fault(fault) => fault
                .answer(Some(Vendor::MessageBird))
                .unwrap_or_else(|| server_error(StatusCode::INTERNAL_SERVER_ERROR)),
        }
    }
}

pub(super) fn unreadable(refusal: &Refusal) -> Response {
    Failure::api(refusal.status(), 10, refusal.message()).into_response()
}

pub(super) fn server_error(status: StatusCode) -> Response {
    Failure::api(status, 99, "Internal error").into_response()
}

/// No JSON: what answers is a gateway.
pub(super) fn too_many_requests() -> Response {
    page(StatusCode::TOO_MANY_REQUESTS)
}

/// The parameters of a call: JSON, or a form as in the vendor's examples with curl.
fn params(call: &Call) -> Result<Params, Failure> {
    if call.is_form() {
        return Ok(Params::form(call));
    }
    Params::json(call).ok_or_else(|| Failure::api(StatusCode::BAD_REQUEST, 10, "The request body is no JSON object"))
}

/// The numbers in a parameter, whichever way it is written: a string, several of them between commas, a number, a list.
/// What is no number at all stays as it is written, so that it is refused and not overlooked.
fn numbers(value: &Value) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::String(text) => text
            .split(',')
            .map(|number| number.trim().trim_start_matches('+').to_owned())
            .filter(|number| !number.is_empty())
            .collect(),
        Value::Array(values) => values
            .iter()
            .filter(|value| !value.is_array())
            .flat_map(numbers)
            .collect(),
        other => vec![other.to_string()],
    }
}

/// Refuses what is no number, and does what a special one asks for instead of sending.
fn check_number(number: &str, parameter: &'static str) -> Result<(), Failure> {
    let special = Special::of(number);
    if !is_international(number) || special == Some(Special::Invalid) {
        return Err(Failure::no_recipients(parameter));
    }
    if special == Some(Special::NoFunds) {
        return Err(Failure::api(StatusCode::PAYMENT_REQUIRED, 25, "Not enough balance"));
    }
    match special.and_then(Special::instead) {
        Some(fault) => Err(Failure::Fault(fault)),
        None => Ok(()),
    }
}

/// A sender: a number, or up to 11 printable characters of ASCII.
fn check_originator(originator: &str) -> Result<(), Failure> {
    let is_number = is_international(originator.trim_start_matches('+'));
    let is_word = (1..=11).contains(&originator.len()) && originator.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if is_number || is_word {
        Ok(())
    } else {
        Err(Wrong("originator").into())
    }
}

/// The answer to something that was sent; a special number may keep it back.
fn sent(status: StatusCode, body: &Value, specials: impl Iterator<Item = Special>) -> Response {
    let mut response = reply(status, body);
    for fault in specials.filter_map(Special::afterwards) {
        response.extensions_mut().insert(fault);
    }
    response
}

/// What a report says of one recipient.
type Fields = BTreeMap<&'static str, String>;

/// A delivery report: a `GET` whose query says it all.
fn report(url: &str, message: &str, state: &'static str, fields: &Fields, now: SystemTime) -> Report {
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let base = url.split('#').next().unwrap_or(url);
    let joint = if base.contains('?') { '&' } else { '?' };
    // A bare host gets the slash that a request sends, so that what is signed is what arrives.
    let slash = if base.matches('/').count() == 2 && joint == '?' {
        "/"
    } else {
        ""
    };
    let url = format!("{base}{slash}{joint}{query}");
    let jwt = signing::messagebird_jwt(SIGNING_KEY, &url, &ids::hex(32), dates::epoch(now));
    Report {
        vendor: Vendor::MessageBird,
        message: message.to_owned(),
        state,
        method: Method::GET,
        url,
        signature: ("MessageBird-Signature-JWT", jwt),
        form: None,
    }
}
