//! A request to a vendor, parsed once.

use std::borrow::Cow;

use axum::http::request::Parts;
use axum::http::{Method, header};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::percent_decode_str;

pub(crate) struct Call {
    method: Method,
    path: String,
    segments: Vec<String>,
    query: String,
    host: String,
    authorization: String,
    content_type: String,
    body: Vec<u8>,
}

impl Call {
    pub(crate) fn new(head: &Parts, body: Vec<u8>) -> Self {
        let header = |name| {
            let value = head.headers.get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        let path = head.uri.path();
        Self {
            method: head.method.clone(),
            path: path.to_owned(),
            // A segment that is no UTF-8 names nothing here, and is answered as such.
            segments: path
                .trim_start_matches('/')
                .split('/')
                .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
                .collect(),
            query: head.uri.query().unwrap_or_default().to_owned(),
            host: header(header::HOST),
            authorization: header(header::AUTHORIZATION),
            content_type: header(header::CONTENT_TYPE),
            body,
        }
    }

    /// `HEAD` asks what `GET` asks; the server leaves the body out.
    pub(crate) fn method(&self) -> &str {
        match self.method.as_str() {
            "HEAD" => "GET",
            method => method,
        }
    }

    /// As it was sent, without the query.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The parts of the path, decoded.
    pub(crate) fn segments(&self) -> Vec<&str> {
        self.segments.iter().map(String::as_str).collect()
    }

    /// The first value of a name in the query.
    pub(crate) fn query(&self, name: &str) -> Option<Cow<'_, str>> {
        let mut pairs = form_urlencoded::parse(self.query.as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// A link to a path of this server, under the name by which the client reached it.
    pub(crate) fn link(&self, path: &str) -> String {
        format!("http://{}{path}", self.host)
    }

    /// What follows this scheme in the `Authorization` header. The name of a scheme has no case.
    pub(crate) fn credentials(&self, scheme: &str) -> Option<&str> {
        let (said, rest) = self.authorization.split_once(' ')?;
        said.eq_ignore_ascii_case(scheme).then(|| rest.trim())
    }

    /// User name and password of HTTP Basic.
    pub(crate) fn basic(&self) -> Option<(String, String)> {
        let decoded = BASE64_STANDARD.decode(self.credentials("Basic")?).ok()?;
        let (user, password) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
        Some((user.to_owned(), password.to_owned()))
    }

    pub(crate) fn is_form(&self) -> bool {
        let essence = self.content_type.split(';').next().unwrap_or("").trim();
        essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
    }

    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }
}
