//! Verifications: codes that Twilio makes and sends.

use std::time::SystemTime;

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;

use super::pending::{LIFETIME, Verification};
use super::services::Service;
use super::{Caller, Failure, reply, sent};
use crate::message::Content;
use crate::server::App;
use crate::vendors::ids::{self, sid};
use crate::vendors::params::{Params, Wrong};
use crate::vendors::special::{SHORT_LIFE, Special, is_e164, is_email};
use crate::vendors::{Call, Vendor};

/// How often a code is sent.
const MAX_SENDS: usize = 5;

/// Each channel that a code can be sent by, and the inbox's word for it.
const CHANNELS: [(&str, &str); 6] = [
    ("sms", "sms"),
    ("call", "voice"),
    ("email", "email"),
    ("whatsapp", "whatsapp"),
    ("rcs", "rcs"),
    ("auto", "sms"),
];

/// What a client asks for.
struct Wanted<'a> {
    to: &'a str,
    channel: &'static str,
    custom_code: Option<&'a str>,
    custom_name: Option<&'a str>,
    locale: Option<&'a str>,
    amount: Option<&'a str>,
    payee: Option<&'a str>,
}

pub(super) fn create(
    app: &App,
    call: &Call,
    caller: &Caller,
    service_sid: &str,
    form: &Params,
    now: SystemTime,
) -> Result<Response, Failure> {
    let mut state = app.vendors.twilio.lock();
    let service = Service::of(&state, caller, service_sid, now).ok_or_else(|| Failure::not_found(call))?;
    let wanted = parse(form)?;
    if wanted.custom_code.is_some() && !service.takes_custom_codes {
        return Err(Failure::api(403, 60204, "Service does not allow custom code"));
    }
    let special = Special::of(wanted.to);
    special.map_or(Ok(()), |special| refuse(special, wanted.to))?;

    let attempt = (now, wanted.channel, sid("VL"));
    let verification = match state.verifications.find(service_sid, wanted.to, now) {
        // The same code again, and the same end.
        Some(pending) => {
            if pending.sends.len() >= MAX_SENDS {
                return Err(sent_too_often(pending.until, now));
            }
            pending.sends.push(attempt);
            pending.channel = wanted.channel;
            pending.updated = now;
            if let Some(code) = wanted.custom_code {
                pending.code = code.to_owned();
            }
            pending
        }
        None => {
            let lifetime = if special == Some(Special::ShortLived) {
                SHORT_LIFE
            } else {
                LIFETIME
            };
            let drawn = || ids::digits(service.code_length);
            let verification = Verification {
                sid: sid("VE"),
                service: service_sid.to_owned(),
                account: caller.account.clone(),
                to: wanted.to.to_owned(),
                channel: wanted.channel,
                code: wanted.custom_code.map_or_else(drawn, str::to_owned),
                sends: vec![attempt],
                checks: 0,
                amount: wanted.amount.map(str::to_owned),
                payee: wanted.payee.map(str::to_owned),
                created: now,
                updated: now,
                until: now + lifetime,
            };
            state.verifications.add(verification, now);
            let added = state.verifications.find(service_sid, wanted.to, now);
            added.expect("it was added under this lock")
        }
    };
    if special != Some(Special::Undelivered) {
        app.inbox.add(content(&service, &wanted, &verification.code));
    }
    let body = verification.as_json(verification.status(), call);
    Ok(sent(StatusCode::CREATED, &body, special))
}

fn parse(form: &Params) -> Result<Wanted<'_>, Failure> {
    let to = form.text("To")?.unwrap_or("");
    let channel = form.text("Channel")?.unwrap_or("");
    if channel == "sna" {
        return Err(Failure::api(403, 60223, "Delivery channel disabled: SNA"));
    }
    let known = CHANNELS.iter().find(|(name, _)| *name == channel);
    let (channel, _) = known.ok_or_else(|| Failure::bad(60200, format!("Invalid parameter `Channel`: {channel}")))?;
    let is_sound = if *channel == "email" { is_email(to) } else { is_e164(to) };
    if !is_sound {
        return Err(invalid_to(to));
    }
    let custom_code = form.text("CustomCode")?;
    let is_code = |code: &str| (4..=10).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit());
    if custom_code.is_some_and(|code| !is_code(code)) {
        return Err(Wrong("CustomCode").into());
    }
    let locale = form.text("Locale")?;
    let is_locale = |locale: &str| {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        (2..=10).contains(&locale.len()) && locale.chars().all(is_plain)
    };
    if locale.is_some_and(|locale| !is_locale(locale)) {
        return Err(Wrong("Locale").into());
    }
    for name in [
        "RateLimits",
        "ChannelConfiguration",
        "TemplateCustomSubstitutions",
        "Tags",
    ] {
        let is_object = |text| serde_json::from_str::<Value>(text).is_ok_and(|value| value.is_object());
        if form.text(name)?.is_some_and(|text| !is_object(text)) {
            return Err(Wrong(name).into());
        }
    }
    form.word("RiskCheck", &["enable", "disable"])?;
    Ok(Wanted {
        to,
        channel,
        custom_code,
        custom_name: form.short_text("CustomFriendlyName", 64)?,
        locale,
        amount: form.short_text("Amount", 64)?,
        payee: form.short_text("Payee", 64)?,
    })
}

fn invalid_to(to: &str) -> Failure {
    Failure::bad(60200, format!("Invalid parameter `To`: {to}"))
}

/// What Verify answers for a special number.
fn refuse(special: Special, to: &str) -> Result<(), Failure> {
    let landline = "SMS is not supported by landline phone number";
    Err(match special {
        Special::Invalid => invalid_to(to),
        Special::Unroutable => Failure::api(403, 60410, "The destination phone number has been temporarily blocked"),
        Special::Region => Failure::api(403, 60605, "The destination country is not permitted by the service"),
        Special::OptedOut => Failure::api(403, 60238, "Verification delivery to the number was blocked"),
        Special::Landline => Failure::bad(60205, landline),
        Special::SentTooOften => Failure::api(429, 60203, "Max send attempts reached"),
        other => return Failure::of_special(other).map_or(Ok(()), Err),
    })
}

fn sent_too_often(until: SystemTime, now: SystemTime) -> Failure {
    let left = until.duration_since(now).unwrap_or_default();
    Failure::Api {
        status: StatusCode::TOO_MANY_REQUESTS,
        code: 60203,
        message: "Max send attempts reached".to_owned(),
        retry_after: Some(left.as_secs().max(1)),
    }
}

fn content(service: &Service, wanted: &Wanted<'_>, code: &str) -> Content {
    let name = wanted.custom_name.unwrap_or(&service.friendly_name);
    let warning = if service.warns {
        ". Don't share this code with anyone; our employees will never ask for the code."
    } else {
        ""
    };
    let known = CHANNELS.iter().find(|(channel, _)| *channel == wanted.channel);
    Content {
        to: wanted.to.to_owned(),
        channel: known.map_or(wanted.channel, |(_, word)| word).to_owned(),
        text: format!("Your {name} verification code is: {code}{warning}"),
        code: Some(code.to_owned()),
        purpose: None,
        tenant: None,
        provider: Some(Vendor::Twilio.name().to_owned()),
        locale: wanted.locale.map(str::to_owned),
        subject: (wanted.channel == "email").then(|| format!("Your {name} verification code")),
    }
}

pub(super) fn fetch(
    app: &App,
    call: &Call,
    caller: &Caller,
    (service, name): (&str, &str),
    now: SystemTime,
) -> Result<Response, Failure> {
    let mut state = app.vendors.twilio.lock();
    Service::of(&state, caller, service, now).ok_or_else(|| Failure::not_found(call))?;
    let verification = state.verifications.find(service, name, now);
    let verification = verification.ok_or_else(|| Failure::not_found(call))?;
    Ok(reply(
        StatusCode::OK,
        &verification.as_json(verification.status(), call),
    ))
}

/// Ends a verification: canceled, or approved by an application that checked a custom code itself.
pub(super) fn update(
    app: &App,
    call: &Call,
    caller: &Caller,
    (service, name): (&str, &str),
    form: &Params,
    now: SystemTime,
) -> Result<Response, Failure> {
    let mut state = app.vendors.twilio.lock();
    Service::of(&state, caller, service, now).ok_or_else(|| Failure::not_found(call))?;
    let status = form.word("Status", &["canceled", "approved"])?.ok_or(Wrong("Status"))?;
    let found = state.verifications.find(service, name, now);
    let found = found.ok_or_else(|| Failure::not_found(call))?;
    found.updated = now;
    let body = found.as_json(status, call);
    let sid = found.sid.clone();
    state.verifications.remove(&sid);
    Ok(reply(StatusCode::OK, &body))
}
