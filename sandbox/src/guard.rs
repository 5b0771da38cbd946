//! Who may ask: no web page from elsewhere, under no name of its own.
//!
//! A page on the internet can point its own host name at 127.0.0.1 (DNS rebinding) and then read what runs there as
//! if it were its own. The Host header still carries the page's name, so that name decides. A page can also send
//! requests across origins; the Origin header tells.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::options::Reach;
use crate::refusal::Refusal;
use crate::server::App;

const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Last labels that public DNS does not hold, so that nobody elsewhere can own such a name.
const PRIVATE_ENDINGS: [&str; 5] = [".localhost", ".local", ".internal", ".home.arpa", ".test"];

pub(crate) async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let mut response = match check(&request, app.reach) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    };
    harden(response.headers_mut());
    response
}

fn check(request: &Request, reach: Reach) -> Result<(), Refusal> {
    let host = the_host(request)
        .filter(|host| is_own_host(host, reach))
        .ok_or_else(|| {
            let message = match reach {
                Reach::Loopback => "the Host header must name this computer: use 127.0.0.1, [::1] or localhost",
                Reach::Remote => "the Host header must be an IP address, or a host name that public DNS cannot hold",
            };
            Refusal::new(StatusCode::FORBIDDEN, "host_refused", message)
        })?;
    let reads_only = matches!(*request.method(), Method::GET | Method::HEAD);
    if reads_only
        || request
            .headers()
            .get_all(header::ORIGIN)
            .iter()
            .all(|origin| is_own_origin(origin, host))
    {
        return Ok(());
    }
    let message = "a page of another origin may not change the inbox: send this from a program or the inbox page";
    Err(Refusal::new(StatusCode::FORBIDDEN, "origin_refused", message))
}

/// The one host a request names, if it names just one.
fn the_host(request: &Request) -> Option<&str> {
    let mut named = request.headers().get_all(header::HOST).iter();
    let host = named.next()?.to_str().ok()?;
    let once = named.next().is_none();
    // A request line may carry a host as well (as proxies are asked); it must not be another one.
    let agrees = request
        .uri()
        .authority()
        .is_none_or(|authority| authority.as_str().eq_ignore_ascii_case(host));
    (once && agrees).then_some(host)
}

fn is_own_host(host: &str, reach: Reach) -> bool {
    let Ok(authority) = host.parse::<Authority>() else {
        return false;
    };
    let name = authority.host();
    let port_is_sound = host.len() == name.len() || authority.port_u16().is_some();
    if host.contains('@') || !port_is_sound {
        return false;
    }
    let address = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'))
        .unwrap_or(name);
    match address.parse::<IpAddr>() {
        Ok(ip) => reach == Reach::Remote || ip.to_canonical().is_loopback(),
        Err(_) => name.eq_ignore_ascii_case("localhost") || (reach == Reach::Remote && is_private_name(name)),
    }
}

fn is_private_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    !name.is_empty() && (!name.contains('.') || PRIVATE_ENDINGS.iter().any(|ending| name.ends_with(ending)))
}

/// Https counts as well: a proxy in front may add it.
fn is_own_origin(origin: &HeaderValue, host: &str) -> bool {
    let origin = origin.to_str().unwrap_or("");
    let authority = origin
        .strip_prefix("http://")
        .or_else(|| origin.strip_prefix("https://"));
    authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host))
}

fn harden(headers: &mut HeaderMap) {
    let fixed: [(HeaderName, &'static str); 7] = [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        // Codes do not belong in a cache on disk.
        (header::CACHE_CONTROL, "no-store"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_computer_is_its_own_host() {
        for host in [
            "localhost",
            "LOCALHOST:4680",
            "127.0.0.1",
            "127.0.0.1:4680",
            "127.8.9.10:1",
            "[::1]",
            "[::1]:4680",
        ] {
            assert!(is_own_host(host, Reach::Loopback), "{host}");
            assert!(is_own_host(host, Reach::Remote), "{host}");
        }
    }

    #[test]
    fn public_names_are_never_own_hosts() {
        let public = [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.nip.io",
            "localhost@evil.example",
            "",
            "a b",
        ];
        let odd = [
            "localhost:x",
            "127.1.",
            "user@localhost",
            "localhost:99999",
            "/",
            "[::1",
            "localhost.",
        ];
        for host in public.into_iter().chain(odd) {
            assert!(!is_own_host(host, Reach::Loopback), "{host}");
        }
        for host in public {
            assert!(!is_own_host(host, Reach::Remote), "{host}");
        }
    }

    #[test]
    fn other_computers_only_when_said() {
        for host in [
            "192.168.1.5:4680",
            "0.0.0.0:4680",
            "[fe80::1]:4680",
            "sandbox:4680",
            "host.docker.internal:4680",
        ] {
            assert!(!is_own_host(host, Reach::Loopback), "{host}");
            assert!(is_own_host(host, Reach::Remote), "{host}");
        }
    }

    #[test]
    fn only_the_same_origin_is_own() {
        let is_own = |origin: &'static str| is_own_origin(&HeaderValue::from_static(origin), "localhost:4680");
        assert!(is_own("http://localhost:4680"));
        assert!(is_own("https://localhost:4680"));
        for origin in [
            "null",
            "",
            "localhost:4680",
            "http://localhost",
            "http://localhost:3000",
            "https://evil.example",
        ] {
            assert!(!is_own(origin), "{origin}");
        }
    }
}
