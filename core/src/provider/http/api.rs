use super::address::{base_url, below};
use super::fields::Fields;
use super::{Answer, Failure, Limits, Request, Transport, Wires, answer_by};
use crate::error::Result;
use crate::provider::Message;
use reqwest::{Method, Url};
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

/// The most of a vendor's own words that an event repeats.
const WORDS_MAX: usize = 200;

/// One API of a vendor: where it is, how calls are authorised, and the transport to it.
pub(in crate::provider) struct Api {
    vendor: &'static str,
    base: Url,
    authorization: Zeroizing<String>,
    /// What must not be seen in any text, should the vendor repeat it.
    secrets: Vec<Zeroizing<String>>,
    transport: Transport,
}

/// What the settings of every vendor say about the way there.
pub(super) struct Way<'s> {
    pub(super) default: &'s str,
    pub(super) base_url: Option<&'s str>,
    pub(super) allow_private: bool,
    pub(super) timeout_ms: Option<u64>,
    pub(super) max_connections: Option<u32>,
}

impl Api {
    pub(super) fn new(
        vendor: &'static str,
        fields: &Fields<'_>,
        way: &Way<'_>,
        authorization: Zeroizing<String>,
        secrets: Vec<Zeroizing<String>>,
        wires: &Wires,
    ) -> Result<Api> {
        let timeout = fields.within("timeout_ms", way.timeout_ms, 1, 60_000)?;
        let connections = fields.within("max_connections", way.max_connections.map(u64::from), 1, 1000)?;
        let base = way.base_url.unwrap_or(way.default);
        let (base, reach) = base_url(&fields.path("base_url"), base, way.allow_private)?;
        let limits = Limits {
            reach,
            timeout: timeout.map(Duration::from_millis),
            connections: connections.map_or(100, |most| most as usize),
        };
        Ok(Api {
            vendor,
            base,
            authorization,
            secrets,
            transport: Transport::new(wires, limits)?,
        })
    }

    /// A URL of the API.
    pub(super) fn url(&self, path: &[&str]) -> Url {
        below(&self.base, path)
    }

    pub(super) fn post(&self, url: Url) -> Request {
        Request::new(Method::POST, url).authorization(&self.authorization)
    }

    pub(super) fn get(&self, url: Url) -> Request {
        Request::new(Method::GET, url).authorization(&self.authorization)
    }

    pub(super) fn delete(&self, url: Url) -> Request {
        Request::new(Method::DELETE, url).authorization(&self.authorization)
    }

    pub(super) async fn call(&self, request: Request, deadline: Instant) -> Result<Answer, Failure> {
        self.transport.call(request, deadline).await
    }

    /// By when the answer of a call about this message has to be here.
    pub(super) fn deadline(&self, message: &Message) -> Instant {
        answer_by(message.deadline)
    }

    /// What the operator is told of an answer: status, the vendor's number and words.
    pub(super) fn detail(&self, answer: &Answer, code: Option<u32>, words: &str) -> String {
        let mut detail = format!("{}: HTTP {}", self.vendor, answer.status);
        if let Some(code) = code {
            detail.push_str(&format!(", error {code}"));
        }
        if (300..400).contains(&answer.status) {
            detail.push_str(": a redirect, which is never followed; check `base_url`");
        }
        if !words.is_empty() {
            // Hidden first and cut afterwards, so that no part of a secret is left at the end.
            let hide = |words: String, secret: &Zeroizing<String>| words.replace(secret.as_str(), "[hidden]");
            let words = self.secrets.iter().fold(words.to_owned(), hide);
            detail.push_str(": ");
            detail.extend(words.chars().take(WORDS_MAX));
        }
        detail
    }

    /// What the operator is told of a success that cannot be read.
    pub(super) fn unreadable(&self, answer: &Answer) -> String {
        self.detail(answer, None, "the answer could not be read")
    }
}
