//! The vendors' own vectors, and what is made of them: every bit counts, and so does every word of a URL.

mod messagebird;
mod twilio;

use super::*;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::hmac;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

fn receiver(vendor: Vendor, keys: &[&str]) -> Receiver {
    let keys: Vec<_> = keys.iter().map(|key| SecretText::new(*key)).collect();
    Receiver::new(vendor, &keys, Asks::Theirs)
}

fn vectors(text: &str) -> Vec<Value> {
    match serde_json::from_str(text).unwrap() {
        Value::Array(vectors) => vectors,
        Value::Object(mut file) => file.remove("vectors").unwrap().as_array().unwrap().clone(),
        _ => panic!("a file of vectors"),
    }
}

fn text<'v>(vector: &'v Value, name: &str) -> &'v str {
    vector[name].as_str().unwrap_or("")
}

/// Milliseconds of an RFC 3339 text.
fn millis(text: &str) -> Millis {
    crate::clock::millis_of(time(text).unwrap())
}

/// Why it was refused.
fn refusal(read: Result<Vec<Said>>) -> String {
    let error = read.expect_err("it was taken");
    assert_eq!(error.kind(), ErrorKind::InvalidSignature);
    error.message().to_owned()
}

const NOW: Millis = 1_767_323_045_000;
const KEY: &str = "PlLrKaqvZNRR5zAjm42ZT6q1SQxgbbGd";
const HS256: (&str, hmac::Algorithm) = ("HS256", hmac::HMAC_SHA256);

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A token as MessageBird makes one.
fn token(algorithm: (&str, hmac::Algorithm), key: &str, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&json!({"alg": algorithm.0, "typ": "JWT"})), part(claims));
    let signature = hmac::sign(&hmac::Key::new(algorithm.1, key.as_bytes()), signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn claims(url: &str, body: &[u8]) -> Value {
    let seconds = NOW / 1000;
    let mut claims = json!({
        "iss": "MessageBird", "nbf": seconds, "exp": seconds + 60, "jti": "1", "url_hash": hex(url.as_bytes()),
    });
    if !body.is_empty() {
        claims["payload_hash"] = hex(body).into();
    }
    claims
}

fn messagebird(url: &str, body: &[u8], token: &str) -> WebhookRequest {
    WebhookRequest::new("GET", url)
        .header("MessageBird-Signature-JWT", token)
        .body(body)
}

fn read_messagebird(request: &WebhookRequest) -> Result<Vec<Said>> {
    receiver(Vendor::MessageBird, &[KEY]).read(request, NOW)
}

fn twilio(url: &str, body: &[u8], signature: &str) -> WebhookRequest {
    WebhookRequest::new("POST", url)
        .header("x-twilio-signature", signature)
        .body(body)
}

/// Signs as Twilio does; `row` is what the sorted parameters give.
fn sign(key: &str, url: &str, row: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key.as_bytes());
    STANDARD.encode(hmac::sign(&key, format!("{url}{row}").as_bytes()))
}

#[test]
fn while_a_key_is_changed_either_may_sign() {
    let url = "https://example.com/?id=1&status=sent";
    for key in ["older key", "newer key"] {
        let request = messagebird(url, b"", &token(HS256, key, &claims(url, b"")));
        let both = receiver(Vendor::MessageBird, &["newer key", "older key"]);
        assert_eq!(both.read(&request, NOW).unwrap().len(), 1);
        refusal(receiver(Vendor::MessageBird, &["another key"]).read(&request, NOW));
        let request = twilio(url, b"", &sign(key, url, ""));
        assert!(
            receiver(Vendor::Twilio, &["newer key", "older key"])
                .read(&request, NOW)
                .is_ok()
        );
        refusal(receiver(Vendor::Twilio, &["another key"]).read(&request, NOW));
    }
}

#[test]
fn an_empty_key_is_no_key() {
    for vendor in [Vendor::MessageBird, Vendor::Twilio] {
        assert!(!receiver(vendor, &[]).has_key());
        assert!(!receiver(vendor, &[""]).has_key());
        let url = "https://example.com/?id=1&status=sent";
        let forged =
            messagebird(url, b"", &token(HS256, "", &claims(url, b""))).header("X-Twilio-Signature", sign("", url, ""));
        refusal(receiver(vendor, &[""]).read(&forged, NOW));
    }
}

#[test]
fn what_is_odd_in_a_signed_report_is_left_out_and_never_an_error() {
    let read = |query: &str| {
        let url = format!("https://example.com/?{query}");
        read_messagebird(&messagebird(&url, b"", &token(HS256, KEY, &claims(&url, b"")))).unwrap()
    };
    assert_eq!(read(""), []);
    assert_eq!(read("id=1"), []);
    assert_eq!(read("status=delivered"), []);
    assert_eq!(read("id=&status=delivered"), []);
    assert_eq!(read(&format!("id={}&status=delivered", "a".repeat(129))), []);
    assert_eq!(read("id=a%0Ab&status=delivered"), []);
    let said = &read("id=1&status=delivered&recipient=nobody%0A&statusDatetime=yesterday&statusErrorCode=0")[0];
    assert_eq!((&said.to_masked, &said.at, &said.error_code), (&None, &None, &None));
    let said = &read("id=1&status=%FF&recipient=%FF&statusErrorCode=%3Cscript%3E")[0];
    assert_eq!(
        (said.status, &said.to_masked, &said.error_code),
        (ReportStatus::Unknown, &None, &None)
    );
}

#[test]
fn times_are_read_with_any_offset() {
    let utc = millis("2026-01-02T03:04:05Z");
    for same in [
        "2026-01-02T03:04:05+00:00",
        "2026-01-02T04:04:05+01:00",
        "2026-01-01T21:34:05-05:30",
        "2026-01-02T04:04:05 01:00",
        "2026-01-02T03:04:05.000Z",
    ] {
        assert_eq!(time(same).map(crate::clock::millis_of), Some(utc), "{same}");
    }
    for odd in [
        "",
        "2026-01-02",
        "2026-01-02T03:04:05",
        "2026-01-02T03:04:05+1:00",
        "2026-01-02T03:04:05+01:00x",
        "2026-13-02T03:04:05Z",
        "2026-01-02T03:04:05*01:00",
        "日本語日本語日本語日本語",
    ] {
        assert_eq!(time(odd), None, "{odd}");
    }
}
