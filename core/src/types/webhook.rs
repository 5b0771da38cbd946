//! Delivery reports: the request that a vendor makes, and what it says in one shape for every vendor.

use super::VerificationId;
use super::reply::{as_rfc3339_opt, as_text_opt};
use crate::error::{Error, Result};
use serde::Serialize;
use std::time::SystemTime;

/// The longest body of a report that is looked at, in bytes. A vendor's is far below it.
const BODY_MAX: usize = 1024 * 1024;
const URL_MAX: usize = 16 * 1024;
const HEADERS_MAX: usize = 256;
const HEADERS_BYTES_MAX: usize = 64 * 1024;

/// A vendor's request, as your web server got it: see [`Client::webhook`](crate::Client::webhook).
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct WebhookRequest {
    /// The method, such as `POST`.
    pub method: String,
    /// The whole URL exactly as the vendor called it: scheme, host, port if it named one, path and query.
    pub url: String,
    /// The headers by name, in either case. A name may stand more than once.
    pub headers: Vec<(String, String)>,
    /// The raw body: the bytes as they came, not parsed and written again.
    pub body: Vec<u8>,
}

impl WebhookRequest {
    /// A request with this method and URL.
    pub fn new(method: impl Into<String>, url: impl Into<String>) -> Self {
        Self {
            method: method.into(),
            url: url.into(),
            ..Self::default()
        }
    }

    /// With this header too.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// With this body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Refuses what is too large or too odd to be looked at, before anything is hashed.
    pub(crate) fn check(&self) -> Result<()> {
        let is_method = (1..=32).contains(&self.method.len()) && self.method.bytes().all(|b| b.is_ascii_alphabetic());
        if !is_method {
            return Err(Error::invalid_input("method", "a method is a word such as GET or POST"));
        }
        let scheme = self.url.split_once("://").map(|(scheme, _)| scheme);
        let is_web =
            scheme.is_some_and(|scheme| ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)));
        if !is_web || self.url.len() > URL_MAX {
            let sentence = format!(
                "the whole URL that the vendor called, from https:// to the end of the query, at most {URL_MAX} bytes"
            );
            return Err(Error::invalid_input("url", sentence));
        }
        let bytes: usize = self.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
        if self.headers.len() > HEADERS_MAX || bytes > HEADERS_BYTES_MAX {
            let sentence = format!("at most {HEADERS_MAX} headers of {HEADERS_BYTES_MAX} bytes in all");
            return Err(Error::invalid_input("headers", sentence));
        }
        if self.body.len() > BODY_MAX {
            return Err(Error::invalid_input(
                "body",
                format!("a report has at most {BODY_MAX} bytes; it was not looked at"),
            ));
        }
        Ok(())
    }
}

/// What became of a message, in one word for every vendor. The order is that of progress: of two reports about one
/// message the later word stands, whichever comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReportStatus {
    /// The vendor used a word that otpkit does not know.
    Unknown,
    /// The vendor has it and has not sent it yet.
    Queued,
    /// It is with the carrier.
    Sent,
    /// It was canceled before it was sent.
    Canceled,
    /// It could not be delivered in its time.
    Expired,
    /// The vendor could not send it.
    Failed,
    /// The carrier could not deliver it.
    Undelivered,
    /// The recipient's device has it.
    Delivered,
    /// The recipient has opened it. That is no proof of who read it.
    Read,
}

impl ReportStatus {
    /// Every status, in the order of progress.
    pub const ALL: &'static [ReportStatus] = &[
        ReportStatus::Unknown,
        ReportStatus::Queued,
        ReportStatus::Sent,
        ReportStatus::Canceled,
        ReportStatus::Expired,
        ReportStatus::Failed,
        ReportStatus::Undelivered,
        ReportStatus::Delivered,
        ReportStatus::Read,
    ];

    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            ReportStatus::Unknown => "unknown",
            ReportStatus::Queued => "queued",
            ReportStatus::Sent => "sent",
            ReportStatus::Canceled => "canceled",
            ReportStatus::Expired => "expired",
            ReportStatus::Failed => "failed",
            ReportStatus::Undelivered => "undelivered",
            ReportStatus::Delivered => "delivered",
            ReportStatus::Read => "read",
        }
    }
}

/// One delivery report. It tells of a message and never of a person: it approves nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// The verification that the message belongs to, where that is known.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_text_opt")]
    pub id: Option<VerificationId>,
    /// The name of the provider.
    pub provider: String,
    /// The vendor's own name of the message.
    pub reference: String,
    /// What became of the message.
    pub status: ReportStatus,
    /// Whether this report changed what `status` tells operators. A repeat does not, nor one that comes behind a later
    /// one, nor one about a message of no verification that is known.
    pub changed: bool,
    /// The vendor's or carrier's number for what went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_code: Option<String>,
    /// The recipient, masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_masked: Option<String>,
    /// When it happened, where the vendor says.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_rfc3339_opt")]
    pub at: Option<SystemTime>,
}

/// The reply of `webhook`: what a request with a good signature reported, which may be nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Reported {
    /// The reports, in the vendor's order.
    pub reports: Vec<Report>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_statuses_is_whole_and_in_order() {
        assert!(ReportStatus::ALL.windows(2).all(|pair| pair[0] < pair[1]));
        for status in ReportStatus::ALL {
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        }
        assert_eq!(*ReportStatus::ALL.last().unwrap() as usize, ReportStatus::ALL.len() - 1);
    }

    #[test]
    fn what_is_too_large_or_no_request_is_refused_before_anything_is_done() {
        let good = || WebhookRequest::new("POST", "https://example.com/r?a=1").header("a", "b");
        assert!(good().check().is_ok());
        let field = |request: WebhookRequest| request.check().unwrap_err().field().unwrap().to_owned();
        assert_eq!(field(WebhookRequest::new("", "https://example.com/")), "method");
        assert_eq!(field(WebhookRequest::new("GET /", "https://example.com/")), "method");
        for url in ["", "/r?a=1", "example.com/r", "ftp://example.com/", "://x"] {
            assert_eq!(field(WebhookRequest::new("GET", url)), "url", "{url}");
        }
        let long = format!("https://example.com/{}", "a".repeat(URL_MAX));
        assert_eq!(field(WebhookRequest::new("GET", long)), "url");
        assert!(good().body(vec![b'a'; BODY_MAX]).check().is_ok());
        assert_eq!(field(good().body(vec![b'a'; BODY_MAX + 1])), "body");
        assert_eq!(field(good().header("b", "c".repeat(HEADERS_BYTES_MAX))), "headers");
        let many = (0..HEADERS_MAX).fold(good(), |request, _| request.header("x", ""));
        assert_eq!(field(many), "headers");
    }
}
