//! Twilio: Verify v2 and Messages.

mod checks;
mod messages;
mod pending;
mod services;
mod verifications;

use std::sync::{Mutex, MutexGuard};
use std::time::SystemTime;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::call::Call;
use super::ids::is_sid;
use super::kept::Kept;
use super::params::{Params, Wrong};
use super::special::Special;
use super::{Vendor, reply};
use crate::faults::Fault;
use crate::refusal::Refusal;
use crate::server::App;
use messages::Message;
use pending::Verifications;
use services::Service;

/// How many services and messages are remembered.
const SERVICES: usize = 1_000;
const MESSAGES: usize = 5_000;
/// The secret that is refused, of an account or of an API key, as one that was revoked.
const REFUSED_SECRET: &str = "ffffffffffffffffffffffffffffffff";

#[derive(Debug)]
pub(super) struct Twilio(Mutex<State>);

#[derive(Debug)]
struct State {
    services: Kept<Service>,
    verifications: Verifications,
    messages: Kept<Message>,
}

impl Default for Twilio {
    fn default() -> Self {
        Self(Mutex::new(State {
            services: Kept::new(SERVICES),
            verifications: Verifications::default(),
            messages: Kept::new(MESSAGES),
        }))
    }
}

impl Twilio {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change under the lock is whole before anything can panic, so a poisoned lock guards a sound state.
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Whom a call is about.
    pub(super) fn recipients(&self, call: &Call) -> Vec<String> {
        let now = SystemTime::now();
        let form = Params::form(call);
        let segments = call.segments();
        let last = segments.last().copied().unwrap_or_default();
        let said = form.value("VerificationSid").as_str().unwrap_or(last);
        let state = self.lock();
        let mut found: Vec<String> = form.value("To").as_str().map(str::to_owned).into_iter().collect();
        found.extend(state.verifications.recipient(said, now));
        let message = state.messages.get(last.trim_end_matches(".json"), now);
        found.extend(message.map(|message| message.recipient().to_owned()));
        // A verification can be named by its recipient.
        found.push(last.to_owned());
        found
    }
}

/// Who asks: an account, by its own token or by the secret of an API key.
struct Caller {
    account: String,
    secret: String,
}

pub(super) fn answer(app: &App, call: &Call, now: SystemTime) -> Response {
    let answer = authorize(call).and_then(|caller| route(app, call, &caller, now));
    answer.unwrap_or_else(IntoResponse::into_response)
}

fn route(app: &App, call: &Call, caller: &Caller, now: SystemTime) -> Result<Response, Failure> {
    let form = Params::form(call);
    match (call.method(), call.segments().as_slice()) {
        ("POST", ["v2", "Services"]) => services::create(app, call, caller, &form, now),
        ("GET", ["v2", "Services", sid]) => services::fetch(app, call, caller, sid, now),
        ("POST", ["v2", "Services", sid]) => services::update(app, call, caller, sid, &form, now),
        ("DELETE", ["v2", "Services", sid]) => services::delete(app, call, caller, sid, now),
        ("POST", ["v2", "Services", sid, "Verifications"]) => verifications::create(app, call, caller, sid, &form, now),
        ("GET", ["v2", "Services", sid, "Verifications", one]) => {
            verifications::fetch(app, call, caller, (sid, one), now)
        }
        ("POST", ["v2", "Services", sid, "Verifications", one]) => {
            verifications::update(app, call, caller, (sid, one), &form, now)
        }
        ("POST", ["v2", "Services", sid, "VerificationCheck"]) => checks::create(app, call, caller, sid, &form, now),
        (method, ["2010-04-01", "Accounts", account, rest @ ..]) => {
            if *account != caller.account {
                return Err(Failure::authenticate());
            }
            match (method, rest) {
                ("POST", ["Messages.json"]) => messages::create(app, caller, &form, now),
                (method, ["Messages", file]) => {
                    let sid = file.strip_suffix(".json").ok_or_else(|| Failure::not_found(call))?;
                    match method {
                        "GET" => messages::fetch(app, call, sid, now),
                        "POST" => messages::update(app, call, sid, &form, now),
                        "DELETE" => messages::delete(app, call, sid, now),
                        _ => Err(Failure::method()),
                    }
                }
                (_, ["Messages.json"]) => Err(Failure::method()),
                _ => Err(Failure::not_found(call)),
            }
        }
        (
            _,
            ["v2", "Services"] | ["v2", "Services", _] | ["v2", "Services", _, "Verifications" | "VerificationCheck"],
        ) => Err(Failure::method()),
        (_, ["v2", "Services", _, "Verifications", _]) => Err(Failure::method()),
        _ => Err(Failure::not_found(call)),
    }
}

/// Any pair of the right shape is good, but the one secret that never is.
fn authorize(call: &Call) -> Result<Caller, Failure> {
    let (user, secret) = call.basic().ok_or_else(Failure::authenticate)?;
    if secret.is_empty() || secret == REFUSED_SECRET {
        return Err(Failure::authenticate());
    }
    if is_sid(&user, "AC") {
        return Ok(Caller { account: user, secret });
    }
    if !is_sid(&user, "SK") {
        return Err(Failure::authenticate());
    }
    // An API key belongs to an account. The path names it where there is one; else it has the key's own digits.
    let account = match call.segments().as_slice() {
        ["2010-04-01", "Accounts", account, ..] if is_sid(account, "AC") => (*account).to_owned(),
        _ => user.replacen("SK", "AC", 1),
    };
    Ok(Caller { account, secret })
}

/// Why there is no success.
#[derive(Debug)]
enum Failure {
    Api {
        status: StatusCode,
        code: u32,
        message: String,
        retry_after: Option<u64>,
    },
    /// A special number asks for it.
    Fault(Fault),
}

impl Failure {
    fn api(status: u16, code: u32, message: impl Into<String>) -> Self {
        Self::Api {
            status: StatusCode::from_u16(status).expect("a status of this file's own callers"),
            code,
            message: message.into(),
            retry_after: None,
        }
    }

    fn bad(code: u32, message: impl Into<String>) -> Self {
        Self::api(400, code, message)
    }

    fn authenticate() -> Self {
        Self::api(401, 20003, "Authenticate")
    }

    /// The resource as Verify names it: without the version.
    fn not_found(call: &Call) -> Self {
        let path = call.path();
        let path = path.strip_prefix("/v2").unwrap_or(path);
        Self::api(404, 20404, format!("The requested resource {path} was not found"))
    }

    fn method() -> Self {
        Self::api(405, 20004, "Method not allowed")
    }

    /// What both APIs answer for the special numbers that are about the account or the service as a whole.
    fn of_special(special: Special) -> Option<Self> {
        match special {
            Special::NoFunds => Some(Self::api(403, 20005, "Account not active")),
            _ => special.instead().map(Self::Fault),
        }
    }
}

impl From<Wrong> for Failure {
    fn from(Wrong(parameter): Wrong) -> Self {
        Self::bad(60200, format!("Invalid parameter: {parameter}"))
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Self::Api {
                status,
                code,
                message,
                retry_after,
            } => {
                let more_info = format!("https://www.twilio.com/docs/errors/{code}");
                let body =
                    json!({ "code": code, "message": message, "more_info": more_info, "status": status.as_u16() });
                let mut response = reply(status, &body);
                if let Some(seconds) = retry_after {
                    response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
                }
                if status == StatusCode::UNAUTHORIZED {
                    let challenge = HeaderValue::from_static("Basic realm=\"Twilio API\"");
                    response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
                }
                response
            }
            Self::Fault(fault) => fault
                .answer(Some(Vendor::Twilio))
                .unwrap_or_else(|| server_error(StatusCode::INTERNAL_SERVER_ERROR)),
        }
    }
}

pub(super) fn unreadable(refusal: &Refusal) -> Response {
    Failure::api(refusal.status().as_u16(), 20001, refusal.message()).into_response()
}

/// Twilio numbers these as HTTP does, from 20,000 up.
pub(super) fn server_error(status: StatusCode) -> Response {
    let code = 20_000 + u32::from(status.as_u16());
    let reason = status.canonical_reason().unwrap_or("Internal Server Error");
    Failure::api(status.as_u16(), code, reason).into_response()
}

pub(super) fn too_many_requests() -> Response {
    Failure::api(429, 20429, "Too Many Requests").into_response()
}

/// An answer that a special number may keep back.
fn sent(status: StatusCode, body: &serde_json::Value, special: Option<Special>) -> Response {
    let mut response = reply(status, body);
    if let Some(fault) = special.and_then(Special::afterwards) {
        response.extensions_mut().insert(fault);
    }
    response
}
