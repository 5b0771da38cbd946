//! What crosses the boundary, as text: fields joined by line ends. No field but the last can hold a line end, and the
//! last one is taken as it is. `!` begins an error, `{` begins JSON, which serves where speed does not matter.

use otpkit::{Checked, Code, Error, Message, Started};
use otpkit_bindings_common::{Outcome, millis_up};
use serde::Serialize;
use std::fmt::Write;
use std::time::{SystemTime, UNIX_EPOCH};

/// `id, channel, toMasked, delivery, expiresAt, resendAt, provider`; times in milliseconds since 1970.
pub(crate) fn started(reply: &Started) -> String {
    let mut text = String::with_capacity(128);
    let _ = write!(
        text,
        "{}\n{}\n{}\n{}\n{}\n{}\n{}",
        reply.id.as_str(),
        reply.channel,
        reply.to_masked,
        reply.delivery.as_str(),
        millis(reply.expires_at),
        millis(reply.resend_at),
        reply.provider
    );
    text
}

/// `status, attemptsLeft, reason, to`; what is absent is empty.
pub(crate) fn checked(reply: &Checked) -> String {
    let mut text = String::with_capacity(48);
    text.push_str(reply.status.as_str());
    text.push('\n');
    if let Some(left) = reply.attempts_left {
        let _ = write!(text, "{left}");
    }
    text.push('\n');
    text.push_str(reply.reason.map_or("", |reason| reason.as_str()));
    text.push('\n');
    text.push_str(reply.to.as_deref().unwrap_or(""));
    text
}

/// Any other reply.
pub(crate) fn json<T: Serialize>(reply: &T) -> String {
    serde_json::to_string(reply).unwrap_or_else(|_| internal())
}

/// `!code, retryAfterMs, field, message`.
pub(crate) fn error(error: &Error) -> String {
    let after = error
        .retry_after()
        .map(|after| millis_up(after).to_string())
        .unwrap_or_default();
    // A path holds names that a user typed, so a line end is possible in theory.
    let field = error.field().unwrap_or("").replace('\n', " ");
    format!("!{}\n{after}\n{field}\n{}", error.kind().code(), error.message())
}

/// The answer where a future ended without one.
pub(crate) fn internal() -> String {
    "!internal\n\n\na call ended without an answer; please report this".into()
}

/// `to, channel, purpose, tenant, locale, values, ttlMs, idempotencyKey, deadlineMs, code, rest`, where `rest` is a
/// sender's text or a verifier's reference.
pub(crate) fn message(message: &Message, code: Option<&Code>, rest: &str) -> String {
    let values = if message.values.is_empty() {
        String::new()
    } else {
        json(&message.values)
    };
    let mut text = String::with_capacity(192 + rest.len());
    let _ = write!(
        text,
        "{}\n{}\n{}\n{}\n{}\n{values}\n{}\n{}\n{}\n{}\n{rest}",
        message.to.as_str(),
        message.channel,
        message.purpose,
        message.tenant,
        message.locale.as_deref().unwrap_or(""),
        message.ttl.as_millis(),
        message.idempotency_key,
        message.deadline.as_millis(),
        code.map_or("", |code| code.expose()),
    );
    text
}

/// What a provider said: a word, JSON of an [`Outcome`], or `!` and what it threw.
pub(crate) fn outcome(text: &str) -> Result<Outcome, String> {
    match text.as_bytes().first() {
        Some(b'!') => Err(text[1..].to_owned()),
        Some(b'{') => Ok(serde_json::from_str(text).unwrap_or_default()),
        _ => Ok(Outcome::of(text)),
    }
}

fn millis(time: SystemTime) -> u128 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()
}
