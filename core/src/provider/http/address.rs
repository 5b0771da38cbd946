//! Where a provider is, and how what is sent there is written.

use super::names::{Reach, is_public};
use crate::error::{Error, Result};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Url;
use std::net::IpAddr;

/// What RFC 3986 calls unreserved stays as it is.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A text within a query or a form. Blanks are `%20`, which both understand.
pub(super) fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// `application/x-www-form-urlencoded`.
pub(super) fn form(fields: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    pairs.join("&")
}

/// The URL of a path below a base. A part of the path never becomes two, nor a step up.
pub(super) fn below(base: &Url, path: &[&str]) -> Url {
    let mut url = base.clone();
    url.path_segments_mut()
        .expect("a base URL has a host, and so a path")
        .pop_if_empty()
        .extend(path);
    url
}

/// Parses the base URL of a service: `https` to public hosts, and with `allow_private` to any, then also `http` to
/// private ones. Names are judged again when they are resolved.
pub(super) fn base_url(field: &str, text: &str, allow_private: bool) -> Result<(Url, Reach)> {
    let wrong = |sentence: &str| Err(Error::invalid_settings(field, sentence));
    let url = match plain_url(field, text)? {
        url if url.query().is_some() || url.fragment().is_some() => {
            return wrong("a base URL has no query and no fragment");
        }
        url => url,
    };
    let reach = match (url.scheme(), allow_private) {
        ("https", false) => Reach::Public,
        ("https", true) => Reach::Any,
        (_, true) => Reach::Private,
        (_, false) => return wrong("use https; `allow_private` permits http to private hosts"),
    };
    match address(&url) {
        Some(address) if reach == Reach::Private && is_public(address) => {
            wrong("http is for private hosts only; use https")
        }
        Some(address) if !reach.holds(address) => {
            wrong("this host is on a private network or this machine; if that is meant, set `allow_private`")
        }
        _ => Ok((url, reach)),
    }
}

/// Parses an absolute `http` or `https` URL without user info and without a character that parsers pass over.
pub(super) fn plain_url(field: &str, text: &str) -> Result<Url> {
    let wrong = |sentence: &str| Err(Error::invalid_settings(field, sentence));
    if text.is_empty() {
        return wrong("it is empty; give an address such as \"https://example.com\", or leave it out");
    }
    if text.len() > 2048 || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return wrong("a URL has at most 2048 characters, and no blanks, line ends or control characters");
    }
    let Ok(url) = Url::parse(text) else {
        return wrong("this is no URL; write it as \"https://example.com\"");
    };
    match url.scheme() {
        "http" | "https" if url.host_str().is_some_and(|host| !host.is_empty()) => {}
        _ => return wrong("this is no http or https URL"),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return wrong("a URL with a user name or password in it is not taken: it would be seen in logs");
    }
    Ok(url)
}

/// The address, where the host is one (in any spelling: the parser has made it canonical) or is this machine's name.
fn address(url: &Url) -> Option<IpAddr> {
    let host = url.host_str()?.trim_start_matches('[').trim_end_matches(']');
    let name = host.trim_end_matches('.');
    if name == "localhost" || name.ends_with(".localhost") {
        return Some(IpAddr::from([127, 0, 0, 1]));
    }
    host.parse().ok()
}

/// Parses the address of a server on this machine. Public addresses are refused here.
pub(in crate::provider) fn loopback_url(field: &str, text: &str) -> Result<Url> {
    let wrong = || Error::invalid_settings(field, "an address of this machine, such as \"http://127.0.0.1:4680\"");
    let url = plain_url(field, text).map_err(|_| wrong())?;
    let host = url
        .host_str()
        .ok_or_else(wrong)?
        .trim_start_matches('[')
        .trim_end_matches(']');
    let is_loopback = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    match (url.scheme(), is_loopback, url.query().is_none() && url.path() == "/") {
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

    #[test]
    fn a_private_base_url_needs_leave_in_any_spelling() {
        for private in [
            "https://127.0.0.1",
            "https://localhost",
            "https://LOCALHOST.",
            "https://a.localhost",
            "https://10.1.2.3:8443/x",
            "https://169.254.169.254",
            "https://2130706433",
            "https://0x7f000001",
            "https://0177.0.0.1",
            "https://127.1",
            "https://[::1]",
            "https://[::ffff:127.0.0.1]",
            "https://[fd00::1]",
            "https://[fe80::1]",
            "https://１２７.0.0.1",
        ] {
            assert!(base_url("f", private, false).is_err(), "{private}");
            assert_eq!(base_url("f", private, true).unwrap().1, Reach::Any, "{private}");
        }
        assert_eq!(
            base_url("f", "https://rest.messagebird.com", false).unwrap().1,
            Reach::Public
        );
        assert_eq!(base_url("f", "http://10.0.0.1:80/mb", true).unwrap().1, Reach::Private);
        assert!(base_url("f", "http://example.com", false).is_err());
        assert!(base_url("f", "http://8.8.8.8", true).is_err());
    }

    #[test]
    fn what_parsers_pass_over_is_refused() {
        for bad in [
            "",
            " https://example.com",
            "https://exa\nmple.com",
            "https://example.com\0",
            "https://example.com\t/",
            "https://u@example.com",
            "https://u:p@example.com",
            "https://:p@example.com",
            "https://example.com/?a=1",
            "https://example.com/#a",
            "example.com",
            "ftp://example.com",
            "https://",
            "file:///etc/passwd",
        ] {
            assert!(base_url("f", bad, true).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_part_of_a_path_stays_one_part() {
        let base = Url::parse("https://example.com/mb/").unwrap();
        assert_eq!(
            below(&base, &["verify", "a/b?c#d"]).as_str(),
            "https://example.com/mb/verify/a%2Fb%3Fc%23d"
        );
        assert_eq!(
            below(&base, &["V", "+15017122661"]).as_str(),
            "https://example.com/mb/V/+15017122661"
        );
        let bare = Url::parse("https://example.com").unwrap();
        assert_eq!(below(&bare, &["verify"]).as_str(), "https://example.com/verify");
    }

    #[test]
    fn a_form_keeps_every_character() {
        assert_eq!(
            form(&[("To", "+1 5"), ("Body", "码 1&x=ü")]),
            "To=%2B1%205&Body=%E7%A0%81%201%26x%3D%C3%BC"
        );
    }
}
