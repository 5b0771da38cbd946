//! Verify: codes that MessageBird makes, sends and checks.

use std::time::{Duration, SystemTime};

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::messages::{Sms, deliver};
use super::{Failure, check_number, check_originator, numbers, params, reply, sent};
use crate::message::Content;
use crate::server::App;
use crate::vendors::params::{Params, Wrong};
use crate::vendors::special::{SHORT_LIFE, Special, is_email};
use crate::vendors::{Call, Vendor, dates, ids};

/// How long a verification can be read after its end.
const REMEMBERED: Duration = Duration::from_secs(3600);
/// Attempts unless said otherwise. One, indeed: a single wrong token ends the verification.
const MAX_ATTEMPTS: u64 = 1;
const TEMPLATE: &str = "Your code is: %token";

/// A verification.
#[derive(Debug)]
pub(super) struct Verify {
    /// A number without a plus, or an address.
    recipient: String,
    kind: &'static str,
    originator: String,
    reference: Option<String>,
    message: String,
    token: String,
    attempts_left: u64,
    state: State,
    created: SystemTime,
    valid_until: SystemTime,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Sent,
    Verified,
    Failed,
    Deleted,
}

/// What a check found.
#[derive(Debug, PartialEq, Eq)]
enum Checked {
    Verified,
    Invalid,
}

impl Verify {
    pub(super) fn recipient(&self) -> &str {
        &self.recipient
    }

    fn status(&self, now: SystemTime) -> &'static str {
        match self.state {
            State::Sent if now > self.valid_until => "expired",
            State::Sent => "sent",
            State::Verified => "verified",
            State::Failed => "failed",
            State::Deleted => "deleted",
        }
    }

    fn check(&mut self, token: &str, now: SystemTime) -> Checked {
        if self.status(now) != "sent" {
            return Checked::Invalid;
        }
        if token == self.token {
            self.state = State::Verified;
            return Checked::Verified;
        }
        self.attempts_left -= 1;
        if self.attempts_left == 0 {
            self.state = State::Failed;
        }
        Checked::Invalid
    }

    fn as_json(&self, id: &str, call: &Call, now: SystemTime) -> Value {
        let messages = match self.kind {
            "email" => "/verify/messages/email/",
            _ => "/messages/",
        };
        json!({
            "id": id,
            "href": call.link(&format!("/verify/{id}")),
            "recipient": recipient_value(&self.recipient),
            "originator": self.originator,
            "type": self.kind,
            "reference": self.reference,
            "messages": { "id": self.message, "href": call.link(&format!("{messages}{}", self.message)) },
            "status": self.status(now),
            "createdDatetime": dates::with_offset(self.created),
            "validUntilDatetime": dates::with_offset(self.valid_until),
        })
    }
}

/// A number for phones, a string for addresses.
fn recipient_value(recipient: &str) -> Value {
    recipient.parse::<u64>().map_or_else(|_| json!(recipient), Value::from)
}

pub(super) fn create(app: &App, call: &Call, now: SystemTime) -> Result<Response, Failure> {
    let params = params(call)?;
    let kind = params.word("type", &["sms", "flash", "tts", "email"])?.unwrap_or("sms");
    let recipient = recipient(&params, kind)?;
    let originator = originator(&params, kind)?;
    let template = params.text("template")?.unwrap_or(TEMPLATE);
    if !template.contains("%token") || template.chars().count() > 1_377 {
        return Err(Wrong("template").into());
    }
    params.word("datacoding", &["plain", "unicode", "auto"])?;
    params.word("voice", &["male", "female"])?;
    let language = params.short_text("language", 20)?;
    let subject = params.short_text("subject", 255)?;
    let timeout = params.whole("timeout", 1..=259_200)?.unwrap_or(30);
    let length = params.whole("tokenLength", 6..=10)?.unwrap_or(6);
    let attempts = params.whole("maxAttempts", 1..=10)?.unwrap_or(MAX_ATTEMPTS);
    let reference = params.short_text("reference", 255)?.map(str::to_owned);
    let report_url = params.short_text("reportUrl", 2_048)?.map(str::to_owned);

    let special = Special::of(&recipient);
    let lifetime = match special {
        Some(Special::ShortLived) => SHORT_LIFE,
        _ => Duration::from_secs(timeout),
    };
    let token = ids::digits(usize::try_from(length).expect("at most ten"));
    let text = template.replace("%token", &token);
    let verify = Verify {
        recipient,
        kind,
        originator,
        reference,
        message: ids::hex(32),
        token: token.clone(),
        attempts_left: attempts,
        state: State::Sent,
        created: now,
        valid_until: now + lifetime,
    };
    let id = format!("{}v{}", ids::hex(23), ids::digits(8));
    let body = verify.as_json(&id, call, now);
    let is_email = kind == "email";
    if special.is_none_or(Sms::arrives) {
        app.inbox.add(Content {
            to: if is_email {
                verify.recipient.clone()
            } else {
                format!("+{}", verify.recipient)
            },
            channel: channel(kind).to_owned(),
            text: text.clone(),
            code: Some(token),
            purpose: None,
            tenant: None,
            provider: Some(Vendor::MessageBird.name().to_owned()),
            locale: language.map(str::to_owned),
            subject: subject.filter(|_| is_email).map(str::to_owned),
        });
    }
    let sms = Sms::of_verification(
        &verify.originator,
        text,
        &verify.recipient,
        verify.reference.clone(),
        now,
    );
    let message = verify.message.clone();
    let until = verify.valid_until + REMEMBERED;
    let mut state = app.vendors.messagebird.lock();
    if let (false, Some(url)) = (is_email, report_url) {
        deliver(app, &message, &sms, &url);
    }
    state.messages.insert(message, sms, until, now);
    state.verifications.insert(id, verify, until, now);
    Ok(sent(StatusCode::CREATED, &body, special.into_iter()))
}

fn channel(kind: &str) -> &'static str {
    match kind {
        "tts" => "voice",
        "email" => "email",
        _ => "sms",
    }
}

/// One recipient: an address for e-mail, else a number.
fn recipient(params: &Params, kind: &str) -> Result<String, Failure> {
    let wrong = || Failure::no_recipients("recipient");
    let value = params.value("recipient");
    if kind == "email" {
        let address = value.as_str().filter(|address| is_email(address)).ok_or_else(wrong)?;
        return Ok(address.to_owned());
    }
    // A list or several numbers in one string are no recipient here.
    let mut found = if value.is_array() { Vec::new() } else { numbers(value) };
    let number = found.pop().filter(|_| found.is_empty()).ok_or_else(wrong)?;
    check_number(&number, "recipient")?;
    Ok(number)
}

/// The sender as the reply names it: of `Name <address>` only the address.
fn originator(params: &Params, kind: &str) -> Result<String, Failure> {
    let originator = params.short_text("originator", 255)?;
    if kind != "email" {
        let originator = originator.unwrap_or("Code");
        check_originator(originator)?;
        return Ok(originator.to_owned());
    }
    let originator = originator.ok_or_else(|| Failure::missing("originator"))?;
    let bare = originator
        .split_once('<')
        .map_or(originator, |(_, rest)| rest.trim_end_matches('>'));
    if is_email(bare) {
        Ok(bare.to_owned())
    } else {
        Err(Wrong("originator").into())
    }
}

/// A read; with a token, a check. An empty token is none, and so an empty check is a read that succeeds.
pub(super) fn read(app: &App, call: &Call, id: &str, now: SystemTime) -> Result<Response, Failure> {
    let mut state = app.vendors.messagebird.lock();
    let verify = state
        .verifications
        .get_mut(id, now)
        .ok_or_else(|| Failure::not_found("verify"))?;
    if let Some(token) = call.query("token").filter(|token| !token.is_empty())
        && verify.check(&token, now) == Checked::Invalid
    {
        return Err(Failure::of_parameter(10, "The token is invalid.", "token"));
    }
    Ok(reply(StatusCode::OK, &verify.as_json(id, call, now)))
}

pub(super) fn delete(app: &App, id: &str, now: SystemTime) -> Result<Response, Failure> {
    let mut state = app.vendors.messagebird.lock();
    match state.verifications.get_mut(id, now) {
        Some(verify) if verify.state != State::Deleted => {
            verify.state = State::Deleted;
            Ok(StatusCode::NO_CONTENT.into_response())
        }
        _ => Err(Failure::not_found("verify")),
    }
}

/// The state of an e-mail that carried a code.
pub(super) fn email(app: &App, id: &str, now: SystemTime) -> Result<Response, Failure> {
    let state = app.vendors.messagebird.lock();
    let email = state.messages.get(id, now).filter(|message| message.is_email());
    let email = email.ok_or_else(|| Failure::not_found("message"))?;
    Ok(reply(StatusCode::OK, &json!({ "id": id, "status": email.status(now) })))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000 + seconds)
    }

    fn verify(attempts_left: u64) -> Verify {
        Verify {
            recipient: "31612345678".to_owned(),
            kind: "sms",
            originator: "Code".to_owned(),
            reference: None,
            message: "m".to_owned(),
            token: "042424".to_owned(),
            attempts_left,
            state: State::Sent,
            created: at(0),
            valid_until: at(30),
        }
    }

    #[test]
    fn one_wrong_token_ends_a_verification_unless_more_are_allowed() {
        let mut once = verify(1);
        assert_eq!(once.check("000000", at(1)), Checked::Invalid);
        assert_eq!(once.status(at(1)), "failed");
        assert_eq!(once.check("042424", at(1)), Checked::Invalid);
        let mut thrice = verify(3);
        assert_eq!(thrice.check("000000", at(1)), Checked::Invalid);
        assert_eq!(thrice.check("42424", at(1)), Checked::Invalid);
        assert_eq!(thrice.status(at(1)), "sent");
        assert_eq!(thrice.check("042424", at(1)), Checked::Verified);
        assert_eq!(thrice.check("042424", at(1)), Checked::Invalid);
        assert_eq!(thrice.status(at(100)), "verified");
    }

    #[test]
    fn a_token_is_good_up_to_its_last_second() {
        let mut verify = verify(1);
        assert_eq!(verify.status(at(30)), "sent");
        assert_eq!(verify.status(at(31)), "expired");
        assert_eq!(verify.check("042424", at(31)), Checked::Invalid);
        assert_eq!(verify.status(at(31)), "expired");
        assert_eq!(verify.check("042424", at(30)), Checked::Verified);
    }
}
