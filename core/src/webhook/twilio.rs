//! Twilio signs with the account's auth token: HMAC-SHA1 over the URL and the sorted parameters. There is no time in it,
//! so that only the idempotence of reports bounds a replay.

use super::fields::{Fields, encoded, pairs, query};
use super::{Said, error_code, header, masked, reference, refused, time};
use crate::error::Result;
use crate::settings::SecretText;
use crate::types::{ReportStatus, WebhookRequest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;

const SIGNATURE: &str = "X-Twilio-Signature";
/// Where the hash of a body stands that is no form.
const BODY_HASH: &[u8] = b"bodySHA256";
/// The most parameters of a form that are sorted for somebody who is not known yet. A vendor's has about twenty.
const PARAMETERS_MAX: usize = 1_000;

pub(super) fn read(keys: &[SecretText], request: &WebhookRequest) -> Result<Vec<Said>> {
    let Some(signature) = header(request, SIGNATURE)? else {
        return Err(refused(format!(
            "the request has no header {SIGNATURE}: it is not signed"
        )));
    };
    let unreadable = |_| refused(format!("the header {SIGNATURE} cannot be read"));
    let signature = STANDARD.decode(signature).map_err(unreadable)?;
    let body_hash = pairs(query(&request.url).as_bytes())
        .into_iter()
        .find(|(name, _)| name == BODY_HASH)
        .map(|(_, hash)| hash);
    // Either way the whole body is covered: as sorted parameters, or by its hash in the URL, which is signed.
    let parameters = match &body_hash {
        Some(_) => Vec::new(),
        None if request.body.split(|byte| *byte == b'&').count() > PARAMETERS_MAX => {
            return Err(refused(format!("a report has at most {PARAMETERS_MAX} parameters")));
        }
        None => parameters(&request.body),
    };
    if !signed_by_any(keys, &request.url, &parameters, &signature) {
        let sentence = "the signature does not fit; give `url` exactly as Twilio called it and `body` as the bytes that \
                        came, and the account's primary auth token in the settings";
        return Err(refused(sentence));
    }
    match body_hash {
        None => Ok(said(&Fields::of(request)).into_iter().collect()),
        Some(hash) if is_hash(&hash, &request.body) => Ok(of_json(&request.body)),
        Some(_) => Err(refused(
            "the body is another one than Twilio signed; give `body` as the bytes that came",
        )),
    }
}

fn said(fields: &Fields) -> Option<Said> {
    Some(Said {
        reference: reference(fields.get(&["MessageSid", "SmsSid", "messageSid"])?)?,
        ours: None,
        status: status(fields.get(&["MessageStatus", "SmsStatus", "messageStatus"])?),
        error_code: fields.get(&["ErrorCode", "errorCode"]).and_then(error_code),
        to_masked: fields.get(&["To", "to"]).and_then(masked),
        at: fields.get(&["timestamp"]).and_then(time),
    })
}

/// One report, or a list of them, each alone or as the `data` of an event. What is no report of a message is passed by.
fn of_json(body: &[u8]) -> Vec<Said> {
    let events = match serde_json::from_slice(body) {
        Ok(Value::Array(events)) => events,
        Ok(event) => vec![event],
        Err(_) => Vec::new(),
    };
    let report = |event: &Value| {
        let data = event.get("data").unwrap_or(event);
        let said = said(&Fields::of_json(data.as_object()?))?;
        let at = said.at.or_else(|| event.get("time")?.as_str().and_then(time));
        Some(Said { at, ..said })
    };
    events.iter().filter_map(report).collect()
}

fn status(word: &str) -> ReportStatus {
    match word.to_ascii_lowercase().as_str() {
        "accepted" | "scheduled" | "queued" | "sending" => ReportStatus::Queued,
        "sent" => ReportStatus::Sent,
        "delivered" => ReportStatus::Delivered,
        // A part of a code is no code.
        "undelivered" | "partially_delivered" => ReportStatus::Undelivered,
        "failed" => ReportStatus::Failed,
        "read" => ReportStatus::Read,
        "canceled" => ReportStatus::Canceled,
        // `receiving` and `received` are of messages that come in.
        _ => ReportStatus::Unknown,
    }
}

/// Name and value of each parameter in a row, sorted; one that stands twice with the same value counts once.
fn parameters(form: &[u8]) -> Vec<u8> {
    let mut pairs = pairs(form);
    pairs.sort();
    pairs.dedup();
    let mut row = Vec::with_capacity(form.len());
    for (name, value) in pairs {
        row.extend(name);
        row.extend(value);
    }
    row
}

fn signed_by_any(keys: &[SecretText], url: &str, parameters: &[u8], signature: &[u8]) -> bool {
    let urls = spellings(url);
    keys.iter().any(|key| {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key.expose().as_bytes());
        urls.iter().any(|url| {
            let mut signed = hmac::Context::with_key(&key);
            signed.update(url.as_bytes());
            signed.update(parameters);
            signed.sign().as_ref().ct_eq(signature).into()
        })
    })
}

/// The URLs that Twilio may have signed for the one that was called: it has signed with and without the port, and
/// after bringing the URL or its query to another spelling. Host and path are the same in all of them.
fn spellings(url: &str) -> Vec<String> {
    let url = url.split('#').next().unwrap_or_default();
    let mut found = Vec::with_capacity(6);
    let mut add = |url: String| {
        if !found.contains(&url) {
            found.push(url);
        }
    };
    let normal = reqwest::Url::parse(url).map(String::from).ok();
    for base in [Some(url.to_owned()), normal, requoted(url)].into_iter().flatten() {
        let (bare, default) = ported(&base);
        // As it is first; then as if its port had been left out, or written though it is the default.
        add(base);
        add(bare);
        add(default);
    }
    found
}

/// A URL without its port, and with the default one where it had none.
fn ported(url: &str) -> (String, String) {
    let Some((scheme, rest)) = url.split_once("://") else {
        return (url.to_owned(), url.to_owned());
    };
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let port = match authority.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => Some(host),
        _ => None,
    };
    let number = match scheme.eq_ignore_ascii_case("https") {
        true => 443,
        false => 80,
    };
    match port {
        Some(host) => (format!("{scheme}://{host}{path}"), url.to_owned()),
        None => (url.to_owned(), format!("{scheme}://{authority}:{number}{path}")),
    }
}

/// The URL with its query decoded and encoded anew.
fn requoted(url: &str) -> Option<String> {
    let (base, query) = url.split_once('?')?;
    let mut text = format!("{base}?");
    for (at, (name, value)) in pairs(query.as_bytes()).iter().enumerate() {
        if at > 0 {
            text.push('&');
        }
        encoded(name, b"!'()*", &mut text);
        text.push('=');
        encoded(value, b"!'()*", &mut text);
    }
    Some(text)
}

fn is_hash(hex: &[u8], of: &[u8]) -> bool {
    let mut expected = String::with_capacity(64);
    for byte in Sha256::digest(of) {
        expected.push_str(&format!("{byte:02x}"));
    }
    expected.as_bytes().ct_eq(hex).into()
}
