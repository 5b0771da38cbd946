//! Delivery reports in. A vendor's request is held against the vendor's signature and brought to one shape. Nothing
//! here can approve anything: a report tells of a message, not of a person.

mod fields;
mod messagebird;
mod twilio;

use crate::clock::Millis;
use crate::error::{Error, ErrorKind, Result};
use crate::settings::SecretText;
use crate::types::{Recipient, ReportStatus, WebhookRequest};
use std::time::SystemTime;

/// Whose reports they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Vendor {
    MessageBird,
    Twilio,
}

/// What a provider needs to read its vendor's reports.
pub(crate) struct Receiver {
    vendor: Vendor,
    /// Any of them may have signed, so that a key can be changed without losing a report.
    keys: Vec<SecretText>,
    /// Whether the vendor is asked for reports with every message, and what a report is found by.
    pub(crate) asks: Asks,
}

/// What a message is kept under, so that the reports about it are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asks {
    /// Nothing: the vendor is asked for no reports.
    No,
    /// The vendor's name of the message, which the answer to the send told.
    Theirs,
    /// The name that we sent with it, because the answer tells another one than reports do.
    Ours,
}

/// Our name of a send as it stands in requests to MessageBird and in its reports: the key without what is no letter and
/// no digit, which that API refuses.
pub(crate) fn messagebird_reference(send_key: &str) -> String {
    send_key.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// What one report says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) reference: String,
    /// Our own name of the message, where the vendor tells it too.
    pub(crate) ours: Option<String>,
    pub(crate) status: ReportStatus,
    pub(crate) error_code: Option<String>,
    pub(crate) to_masked: Option<String>,
    pub(crate) at: Option<SystemTime>,
}

impl Receiver {
    pub(crate) fn new<'s>(vendor: Vendor, keys: impl IntoIterator<Item = &'s SecretText>, asks: Asks) -> Receiver {
        // HMAC takes an empty key, and then everybody has it.
        let keys = keys.into_iter().filter(|key| !key.expose().is_empty()).cloned();
        Receiver {
            vendor,
            keys: keys.collect(),
            asks,
        }
    }

    /// Whether a signature can be checked at all.
    pub(crate) fn has_key(&self) -> bool {
        !self.keys.is_empty()
    }

    /// The setting that holds the key.
    pub(crate) fn key_setting(&self) -> &'static str {
        match self.vendor {
            Vendor::MessageBird => "signing_key",
            Vendor::Twilio => "auth_token",
        }
    }

    /// Checks the signature, then reads. A request that is signed well and reports nothing is an empty list.
    pub(crate) fn read(&self, request: &WebhookRequest, now: Millis) -> Result<Vec<Said>> {
        match self.vendor {
            Vendor::MessageBird => messagebird::read(&self.keys, request, now),
            Vendor::Twilio => twilio::read(&self.keys, request),
        }
    }
}

fn refused(sentence: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidSignature, sentence)
}

/// The one value of a header; `None` if there is none. Two would leave open which one counts.
fn header<'r>(request: &'r WebhookRequest, name: &str) -> Result<Option<&'r str>> {
    let mut found = request
        .headers
        .iter()
        .filter(|header| header.0.eq_ignore_ascii_case(name))
        .map(|header| header.1.trim_matches([' ', '\t']));
    match (found.next(), found.next()) {
        (_, Some(_)) => Err(refused(format!("the header {name} stands there twice"))),
        (one, None) => Ok(one),
    }
}

/// A vendor's name of a message; what does not look like one names nothing.
fn reference(text: &str) -> Option<String> {
    let fits = (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    fits.then(|| text.to_owned())
}

/// A vendor's or carrier's number of an error; `0` says that there is none.
fn error_code(text: &str) -> Option<String> {
    let fits = (1..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
    (fits && text != "0").then(|| text.to_owned())
}

/// A recipient as vendors write it: with or without the `+`, or behind the name of a channel.
fn masked(text: &str) -> Option<String> {
    let bare = text.rsplit(':').next().unwrap_or_default().trim();
    let text = match bare.bytes().all(|b| b.is_ascii_digit()) {
        true => format!("+{bare}"),
        false => bare.to_owned(),
    };
    Recipient::parse(&text, None).ok().map(|to| to.masked())
}

/// A time of RFC 3339, with any offset.
fn time(text: &str) -> Option<SystemTime> {
    let head = text.get(..19)?;
    let tail = text.get(19..)?;
    let fraction = tail.len() - tail.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit()).len();
    let (fraction, offset) = tail.split_at(fraction);
    let local = humantime::parse_rfc3339(&format!("{head}{fraction}Z")).ok()?;
    if offset.eq_ignore_ascii_case("z") {
        return Some(local);
    }
    let (hours, minutes) = offset.get(1..)?.split_once(':')?;
    let two = |digits: &str| (digits.len() == 2).then(|| digits.parse::<u64>().ok()).flatten();
    let by = std::time::Duration::from_secs(two(hours)? * 3600 + two(minutes)? * 60);
    // Ahead of UTC means that it was earlier in UTC. A blank is a `+` that a form's decoding took away.
    match offset.get(..1)? {
        "+" | " " => local.checked_sub(by),
        "-" => local.checked_add(by),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
