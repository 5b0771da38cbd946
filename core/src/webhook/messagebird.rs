//! MessageBird signs with the account's signing key: a JSON Web Token over the URL and the body or, on old accounts, an
//! HMAC over time, query and body.

use super::fields::{Fields, encoded, pairs, query};
use super::{Said, error_code, header, masked, reference, refused, time};
use crate::clock::Millis;
use crate::error::Result;
use crate::settings::SecretText;
use crate::types::{ReportStatus, WebhookRequest};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::hmac;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;

const TOKEN: &str = "MessageBird-Signature-JWT";
const SIGNATURE: &str = "MessageBird-Signature";
const TIMESTAMP: &str = "MessageBird-Request-Timestamp";

/// The longest token that is looked at. A real one has about 500 characters.
const TOKEN_MAX: usize = 8 * 1024;
/// How far the vendor's clock and ours may be apart: what the vendor's own library for Node allows.
const SKEW_SECONDS: f64 = 5.0;
/// The older scheme has no end of its own, so that a replay must be bounded here.
const LEGACY_SECONDS: u64 = 300;

pub(super) fn read(keys: &[SecretText], request: &WebhookRequest, now: Millis) -> Result<Vec<Said>> {
    match header(request, TOKEN)? {
        Some(token) => check_token(keys, request, token, now)?,
        None => check_legacy(keys, request, now)?,
    }
    Ok(said(&Fields::of(request)).into_iter().collect())
}

fn said(fields: &Fields) -> Option<Said> {
    Some(Said {
        reference: reference(fields.get(&["id"])?)?,
        ours: fields.get(&["reference"]).and_then(reference),
        status: status(fields.get(&["status"])?),
        error_code: fields.get(&["statusErrorCode"]).and_then(error_code),
        to_masked: fields.get(&["recipient"]).and_then(masked),
        at: fields.get(&["statusDatetime"]).and_then(time),
    })
}

fn status(word: &str) -> ReportStatus {
    match word {
        "scheduled" => ReportStatus::Queued,
        // Buffered: the carrier has it and waits for the phone.
        "sent" | "buffered" => ReportStatus::Sent,
        "delivered" => ReportStatus::Delivered,
        "expired" => ReportStatus::Expired,
        "delivery_failed" => ReportStatus::Undelivered,
        "failed" => ReportStatus::Failed,
        "deleted" => ReportStatus::Canceled,
        // `verified` is among them: a report approves nothing.
        _ => ReportStatus::Unknown,
    }
}

#[derive(Deserialize)]
struct Head {
    alg: String,
    /// What a token says must be understood is not.
    crit: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    nbf: f64,
    exp: f64,
    url_hash: String,
    payload_hash: Option<String>,
}

/// The signature first: what it does not cover is not read.
fn check_token(keys: &[SecretText], request: &WebhookRequest, token: &str, now: Millis) -> Result<()> {
    let unreadable = || refused(format!("the header {TOKEN} holds no token that can be read"));
    if token.len() > TOKEN_MAX {
        return Err(unreadable());
    }
    let (signed, signature) = token.rsplit_once('.').ok_or_else(unreadable)?;
    let (head, claims) = signed.split_once('.').ok_or_else(unreadable)?;
    let decoded = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| unreadable());
    let head: Head = serde_json::from_slice(&decoded(head)?).map_err(|_| unreadable())?;
    let algorithm = match (head.alg.as_str(), head.crit) {
        ("HS256", None) => hmac::HMAC_SHA256,
        ("HS384", None) => hmac::HMAC_SHA384,
        ("HS512", None) => hmac::HMAC_SHA512,
        _ => return Err(refused("the token is not signed by HS256, HS384 or HS512")),
    };
    let signature = decoded(signature)?;
    if !signed_by_any(keys, algorithm, signed.as_bytes(), &signature) {
        return Err(refused(
            "the signature does not fit; is `signing_key` that of this account?",
        ));
    }
    let claims: Claims = serde_json::from_slice(&decoded(claims)?).map_err(|_| unreadable())?;
    check_claims(&claims, request, now)
}

fn check_claims(claims: &Claims, request: &WebhookRequest, now: Millis) -> Result<()> {
    if claims.iss != "MessageBird" {
        return Err(refused("the token is not MessageBird's"));
    }
    let now = now as f64 / 1000.0;
    if claims.nbf > now + SKEW_SECONDS {
        return Err(refused("the token is of the future; is this machine's clock right?"));
    }
    if claims.exp <= now - SKEW_SECONDS {
        return Err(refused(
            "the token has expired: a replay, or this machine's clock is wrong",
        ));
    }
    if !is_hash(&claims.url_hash, request.url.as_bytes()) {
        let sentence =
            "the signature is of another URL; give `url` exactly as the vendor called it, with host, port and query";
        return Err(refused(sentence));
    }
    let body = "the signature is of another body; give `body` as the bytes that came";
    match (&claims.payload_hash, request.body.is_empty()) {
        (None, true) => Ok(()),
        (Some(hash), false) if is_hash(hash, &request.body) => Ok(()),
        _ => Err(refused(body)),
    }
}

fn check_legacy(keys: &[SecretText], request: &WebhookRequest, now: Millis) -> Result<()> {
    let (Some(signature), Some(timestamp)) = (header(request, SIGNATURE)?, header(request, TIMESTAMP)?) else {
        return Err(refused(format!("the request has no header {TOKEN}: it is not signed")));
    };
    let unreadable = || refused(format!("the headers {SIGNATURE} and {TIMESTAMP} cannot be read"));
    let signature = STANDARD.decode(signature).map_err(|_| unreadable())?;
    let seconds: u64 = match timestamp.bytes().all(|b| b.is_ascii_digit()) {
        true => timestamp.parse().map_err(|_| unreadable())?,
        false => return Err(unreadable()),
    };
    let mut signed = format!("{timestamp}\n{}\n", sorted(query(&request.url))).into_bytes();
    signed.extend_from_slice(&Sha256::digest(&request.body));
    if !signed_by_any(keys, hmac::HMAC_SHA256, &signed, &signature) {
        let sentence =
            "the signature does not fit: `signing_key` is not that of this account, or query or body changed";
        return Err(refused(sentence));
    }
    match (now / 1000).abs_diff(seconds) > LEGACY_SECONDS {
        true => Err(refused(
            "the request is too old: a replay, or this machine's clock is wrong",
        )),
        false => Ok(()),
    }
}

/// The query sorted by name, in the one encoding that is signed.
fn sorted(query: &str) -> String {
    let mut pairs = pairs(query.as_bytes());
    pairs.sort_by(|a, b| a.0.cmp(&b.0));
    let mut text = String::new();
    for (name, value) in &mut pairs {
        if name == b"statusDatetime" {
            // The `+` of the offset stands there as it is, so that decoding made it a blank.
            value
                .iter_mut()
                .filter(|byte| **byte == b' ')
                .for_each(|byte| *byte = b'+');
        }
        if !text.is_empty() {
            text.push('&');
        }
        encoded(name, b"", &mut text);
        text.push('=');
        encoded(value, b"", &mut text);
    }
    text
}

fn signed_by_any(keys: &[SecretText], algorithm: hmac::Algorithm, signed: &[u8], signature: &[u8]) -> bool {
    keys.iter().any(|key| {
        let key = hmac::Key::new(algorithm, key.expose().as_bytes());
        hmac::verify(&key, signed, signature).is_ok()
    })
}

fn is_hash(hex: &str, of: &[u8]) -> bool {
    let mut expected = String::with_capacity(64);
    for byte in Sha256::digest(of) {
        expected.push_str(&format!("{byte:02x}"));
    }
    expected.as_bytes().ct_eq(hex.as_bytes()).into()
}
