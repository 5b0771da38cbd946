//! Faults by request: what a vendor, or the network on the way to it, does on a bad day.

mod api;
mod apply;
mod rules;

pub(crate) use api::{add_fault, clear_faults, list_faults};
pub(crate) use apply::apply;
pub(crate) use rules::Rules;

use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use crate::refusal::Refusal;
use crate::vendors::Vendor;

/// One way to fail. It is written as it is in JSON: `"reset_after"`, `{"latency": {"ms": 2000}}`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Fault {
    /// Waits, then handles the request. A client that gives up meanwhile has sent nothing.
    Latency { ms: u64 },
    /// Handles the request, then waits. A client that gives up meanwhile has sent a message all the same.
    LateReply { ms: u64 },
    /// 429, with `Retry-After` if it is said. The request is not handled; nor is it by the next three kinds.
    TooManyRequests { retry_after: Option<u32> },
    /// A failure as the vendor words it.
    ServerError {
        #[serde(default = "internal")]
        status: u16,
    },
    /// A page where JSON should be, as gateways in front of vendors answer.
    Html {
        #[serde(default = "bad_gateway")]
        status: u16,
    },
    /// Points elsewhere.
    Redirect {
        location: String,
        #[serde(default = "temporary")]
        status: u16,
    },
    /// Cuts the connection. The request was not handled.
    ResetBefore,
    /// Handles the request, then cuts the connection instead of answering.
    ResetAfter,
    /// Handles the request and lets the body of the answer trickle.
    Drip { bytes_per_second: u32 },
}

fn internal() -> u16 {
    500
}

fn bad_gateway() -> u16 {
    502
}

fn temporary() -> u16 {
    307
}

/// The longest that a fault waits, and so a request can hang: ten minutes.
const MAX_WAIT_MS: u64 = 600_000;

impl Fault {
    /// Refuses what could not be done, so that no fault is silently another one.
    fn check(&self) -> Result<(), Refusal> {
        let wrong = |field: &str, message: &str| Err(Refusal::invalid_input(message).of_field(field));
        match self {
            Fault::Latency { ms } | Fault::LateReply { ms } if *ms > MAX_WAIT_MS => {
                wrong("fault.ms", "`ms` may be at most 600,000 (ten minutes)")
            }
            Fault::ServerError { status } if !(500..=599).contains(status) => {
                wrong("fault.status", "`status` of a server error is from 500 to 599")
            }
            Fault::Html { status } if !(200..=599).contains(status) || *status == 204 || *status == 304 => wrong(
                "fault.status",
                "`status` of a page is from 200 to 599, and one that has a body",
            ),
            Fault::Redirect { status, .. } if ![301, 302, 303, 307, 308].contains(status) => {
                wrong("fault.status", "`status` of a redirect is 301, 302, 303, 307 or 308")
            }
            Fault::Redirect { location, .. } if header::HeaderValue::from_str(location).is_err() => {
                wrong("fault.location", "`location` is no header value: leave out line breaks")
            }
            Fault::Drip { bytes_per_second } if !(1..=1_000_000).contains(bytes_per_second) => {
                wrong("fault.bytes_per_second", "`bytes_per_second` is from 1 to 1,000,000")
            }
            _ => Ok(()),
        }
    }

    /// The answer of a fault that answers instead of the handler.
    pub(crate) fn answer(&self, vendor: Option<Vendor>) -> Option<Response> {
        Some(match self {
            Fault::TooManyRequests { retry_after } => {
                let mut response = too_many_requests(vendor);
                if let Some(seconds) = retry_after {
                    response.headers_mut().insert(header::RETRY_AFTER, (*seconds).into());
                }
                response
            }
            Fault::ServerError { status } => {
                let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                match vendor {
                    Some(vendor) => vendor.server_error(status),
                    None => Refusal::new(status, "server_error", "a fault that was asked for").into_response(),
                }
            }
            Fault::Html { status } => page(StatusCode::from_u16(*status).unwrap_or(StatusCode::BAD_GATEWAY)),
            Fault::Redirect { location, status } => {
                let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::TEMPORARY_REDIRECT);
                let mut response = (status, Body::empty()).into_response();
                let location =
                    header::HeaderValue::from_str(location).expect("it was checked when the fault was added");
                response.headers_mut().insert(header::LOCATION, location);
                response
            }
            Fault::Latency { .. }
            | Fault::LateReply { .. }
            | Fault::ResetBefore
            | Fault::ResetAfter
            | Fault::Drip { .. } => return None,
        })
    }
}

fn too_many_requests(vendor: Option<Vendor>) -> Response {
    match vendor {
        Some(vendor) => vendor.too_many_requests(),
        None => Refusal::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_requests",
            "a fault that was asked for",
        )
        .into_response(),
    }
}

/// A page as gateways write it.
pub(crate) fn page(status: StatusCode) -> Response {
    let title = format!("{} {}", status.as_str(), status.canonical_reason().unwrap_or("Unknown"));
    let body = format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
    );
    (status, [(header::CONTENT_TYPE, "text/html")], body).into_response()
}
