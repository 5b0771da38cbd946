use crate::error::{Error, ErrorKind, Result};
use std::net::IpAddr;
use std::time::Duration;

/// The most of a reply that is read. A vendor's answer to a send is far below it.
const BODY_MAX: usize = 64 * 1024;

/// An HTTP client that does what it is told: no retries, no redirects, no proxies from the environment, a deadline.
#[derive(Clone)]
pub(in crate::provider) struct Transport {
    client: reqwest::Client,
}

/// What came back.
pub(in crate::provider) struct Answer {
    pub(in crate::provider) status: u16,
    pub(in crate::provider) body: Vec<u8>,
}

/// Why nothing came back. The texts hold no URL, no header and no body.
pub(in crate::provider) enum Failure {
    /// The request was never written: safe to try elsewhere.
    NotSent(String),
    /// The request may have been read.
    Ambiguous(String),
}

impl Transport {
    pub(in crate::provider) fn new(connect: Duration) -> Result<Transport> {
        let client = reqwest::Client::builder()
            .connect_timeout(connect)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .http1_only()
            .user_agent(concat!("otpkit/", env!("CARGO_PKG_VERSION")))
            .tls_backend_preconfigured(tls()?)
            .build()
            .map_err(|_| Error::new(ErrorKind::Internal, "the HTTP client could not be built"))?;
        Ok(Transport { client })
    }

    pub(in crate::provider) async fn post_json(
        &self,
        url: &str,
        body: Vec<u8>,
        limit: Duration,
    ) -> Result<Answer, Failure> {
        let request = self
            .client
            .post(url)
            .timeout(limit)
            .header("content-type", "application/json")
            .body(body);
        let mut response = request.send().await.map_err(|error| failure(&error))?;
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while body.len() < BODY_MAX {
            match response.chunk().await {
                Ok(Some(chunk)) => body.extend_from_slice(&chunk[..chunk.len().min(BODY_MAX - body.len())]),
                Ok(None) => break,
                Err(_) => return Err(Failure::Ambiguous("the answer broke off".into())),
            }
        }
        Ok(Answer { status, body })
    }
}

/// Rustls over ring, with the system's roots; nothing is installed for the whole process.
fn tls() -> Result<rustls::ClientConfig> {
    use rustls_platform_verifier::BuilderVerifierExt;
    let internal = |_| Error::new(ErrorKind::Internal, "TLS could not be set up");
    let config =
        rustls::ClientConfig::builder_with_provider(std::sync::Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(internal)?
            .with_platform_verifier()
            .map_err(internal)?
            .with_no_client_auth();
    Ok(config)
}

fn failure(error: &reqwest::Error) -> Failure {
    if error.is_connect() {
        Failure::NotSent("no connection to the provider".into())
    } else if error.is_timeout() {
        Failure::Ambiguous("no answer within the deadline".into())
    } else if error.is_builder() {
        Failure::NotSent("the request could not be made".into())
    } else {
        Failure::Ambiguous("the connection broke".into())
    }
}

/// Parses the address of a server on this machine. Public addresses are refused here.
pub(in crate::provider) fn loopback_url(field: &str, text: &str) -> Result<reqwest::Url> {
    let sentence = "an address of this machine, such as \"http://127.0.0.1:4680\"";
    let wrong = || Error::invalid_settings(field, sentence);
    let url = reqwest::Url::parse(text).map_err(|_| wrong())?;
    let host = url
        .host_str()
        .ok_or_else(wrong)?
        .trim_start_matches('[')
        .trim_end_matches(']');
    let is_loopback = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    let is_plain = url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.path() == "/";
    match (url.scheme(), is_loopback, is_plain) {
        ("http", true, true) => Ok(url),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_addresses_of_this_machine() {
        for good in ["http://127.0.0.1:4680", "http://localhost:1/", "http://[::1]:80"] {
            assert!(loopback_url("url", good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "127.0.0.1",
            "http://example.com",
            "http://10.0.0.1",
            "http://127.0.0.1@evil.com/",
            "ftp://127.0.0.1",
            "http://127.0.0.1/x",
            "http://u:p@127.0.0.1",
            "http://127.0.0.1.evil.com",
            "http://localhost.evil.com",
        ] {
            assert!(loopback_url("url", bad).is_err(), "{bad}");
        }
    }
}
