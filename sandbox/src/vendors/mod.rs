//! The vendors' own APIs, under their own paths, so that an application runs offline against them.
//!
//! Nothing here waits for anything: each call is parsed once ([`Call`]), answered from memory, and every failure is
//! worded as the vendor words it.

mod call;
mod dates;
mod ids;
mod kept;
mod messagebird;
mod params;
mod reports;
mod segments;
mod signing;
mod special;
mod twilio;

pub(crate) use call::Call;
pub(crate) use reports::Reports;

use std::sync::Arc;
use std::time::SystemTime;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;

use crate::body;
use crate::refusal::{Refusal, json};
use crate::server::App;

/// A vendor whose APIs are here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Vendor {
    MessageBird,
    Twilio,
}

/// What the emulated vendors remember.
#[derive(Debug, Default)]
pub(crate) struct Vendors {
    messagebird: messagebird::MessageBird,
    twilio: twilio::Twilio,
}

impl Vendor {
    /// The vendor whose path this is.
    pub(crate) fn of(path: &str) -> Option<Self> {
        let first = path.trim_start_matches('/').split('/').next().unwrap_or("");
        match first {
            "verify" | "messages" | "balance" => Some(Self::MessageBird),
            "v2" | "2010-04-01" => Some(Self::Twilio),
            _ => None,
        }
    }

    /// As messages of the inbox name it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::MessageBird => "messagebird",
            Self::Twilio => "twilio",
        }
    }

    /// The answer to a body that could not be read.
    pub(crate) fn unreadable(self, refusal: &Refusal) -> Response {
        match self {
            Self::MessageBird => messagebird::unreadable(refusal),
            Self::Twilio => twilio::unreadable(refusal),
        }
    }

    /// The vendor's word for a failure of its own.
    pub(crate) fn server_error(self, status: StatusCode) -> Response {
        match self {
            Self::MessageBird => messagebird::server_error(status),
            Self::Twilio => twilio::server_error(status),
        }
    }

    /// The vendor's word for too many requests.
    pub(crate) fn too_many_requests(self) -> Response {
        match self {
            Self::MessageBird => messagebird::too_many_requests(),
            Self::Twilio => twilio::too_many_requests(),
        }
    }
}

impl Vendors {
    /// Whom a call is about: whom it names, and whom the verification or message was for that it names.
    pub(crate) fn recipients(&self, call: &Call) -> Vec<String> {
        match Vendor::of(call.path()) {
            Some(Vendor::MessageBird) => self.messagebird.recipients(call),
            Some(Vendor::Twilio) => self.twilio.recipients(call),
            None => {
                let body: serde_json::Value = serde_json::from_slice(call.body()).unwrap_or_default();
                body["to"].as_str().map(str::to_owned).into_iter().collect()
            }
        }
    }
}

/// Every request to a vendor's path.
pub(crate) async fn serve(State(app): State<Arc<App>>, request: Request) -> Response {
    let vendor = Vendor::of(request.uri().path()).expect("only vendors' paths are routed here");
    let (parts, body) = request.into_parts();
    let mut whole = Request::new(body);
    whole.headers_mut().clone_from(&parts.headers);
    let body = match body::read(whole).await {
        Ok(body) => body,
        Err(refusal) => return vendor.unreadable(&refusal),
    };
    let call = Call::new(&parts, body);
    let now = SystemTime::now();
    match vendor {
        Vendor::MessageBird => messagebird::answer(&app, &call, now),
        Vendor::Twilio => twilio::answer(&app, &call, now),
    }
}

/// A JSON answer of this status.
fn reply(status: StatusCode, body: &serde_json::Value) -> Response {
    let mut response = json(body);
    *response.status_mut() = status;
    response
}
