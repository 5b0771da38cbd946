//! Messages: texts that the application wrote.

use std::time::{Duration, SystemTime};

use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::{Caller, Failure, reply, sent};
use crate::message::Content;
use crate::server::App;
use crate::vendors::ids::{is_sid, sid};
use crate::vendors::params::Params;
use crate::vendors::reports::{DELIVERY, Report};
use crate::vendors::special::{Special, is_e164};
use crate::vendors::{Call, Vendor, dates, segments, signing};

/// How long a message can be fetched.
const REMEMBERED: Duration = Duration::from_secs(24 * 3600);
const MAX_BODY: usize = 1_600;
/// The error of a message that reaches nobody: the phone is off, or there is none.
const UNREACHABLE: u32 = 30003;

#[derive(Debug)]
pub(super) struct Message {
    sid: String,
    account: String,
    to: String,
    from: Option<String>,
    messaging_service: Option<String>,
    body: String,
    scheduled: bool,
    canceled: bool,
    created: SystemTime,
}

impl Message {
    pub(super) fn recipient(&self) -> &str {
        self.to.trim_start_matches("whatsapp:")
    }

    /// The state that a message comes to by itself; `created` is the moment of the call that made it.
    fn status(&self, now: SystemTime) -> &'static str {
        if self.canceled {
            "canceled"
        } else if self.scheduled {
            "scheduled"
        } else if now < self.created + DELIVERY {
            "sent"
        } else if Special::of(self.recipient()) == Some(Special::Undelivered) {
            "undelivered"
        } else {
            "delivered"
        }
    }

    fn first_status(&self) -> &'static str {
        match (self.scheduled, &self.messaging_service) {
            (true, _) => "scheduled",
            (false, Some(_)) => "accepted",
            (false, None) => "queued",
        }
    }

    fn as_json(&self, status: &str) -> Value {
        let uri = format!("/2010-04-01/Accounts/{}/Messages/{}", self.account, self.sid);
        let is_out = matches!(status, "sent" | "delivered" | "undelivered");
        let error = (status == "undelivered").then_some(UNREACHABLE);
        json!({
            "account_sid": self.account,
            "api_version": "2010-04-01",
            "body": self.body,
            "date_created": dates::as_in_mail(self.created),
            "date_sent": is_out.then(|| dates::as_in_mail(self.created)),
            "date_updated": dates::as_in_mail(self.created),
            "direction": "outbound-api",
            "error_code": error,
            "error_message": error.map(|_| "Unreachable destination handset"),
            "from": self.from,
            "num_media": "0",
            "num_segments": segments::parts(&self.body).to_string(),
            "price": null,
            "price_unit": null,
            "messaging_service_sid": self.messaging_service,
            "sid": self.sid,
            "status": status,
            "subresource_uris": { "media": format!("{uri}/Media.json") },
            "to": self.to,
            "uri": format!("{uri}.json"),
        })
    }

    /// The form of a status callback.
    fn callback(&self, status: &str) -> Vec<(&'static str, String)> {
        let mut form = vec![
            ("MessageSid", self.sid.clone()),
            ("MessageStatus", status.to_owned()),
            ("SmsSid", self.sid.clone()),
            ("SmsStatus", status.to_owned()),
            ("To", self.to.clone()),
            ("AccountSid", self.account.clone()),
            ("ApiVersion", "2010-04-01".to_owned()),
        ];
        form.extend(self.from.clone().map(|from| ("From", from)));
        form.extend(self.messaging_service.clone().map(|sid| ("MessagingServiceSid", sid)));
        if status == "undelivered" {
            form.push(("ErrorCode", UNREACHABLE.to_string()));
        }
        form
    }
}

pub(super) fn create(app: &App, caller: &Caller, form: &Params, now: SystemTime) -> Result<Response, Failure> {
    let message = parse(caller, form, now)?;
    let callback = callback_url(form)?;
    let special = Special::of(message.recipient());
    if let Some(refused) = special.and_then(|special| refuse(special, &message.to)) {
        return Err(refused);
    }
    if !message.scheduled {
        if special != Some(Special::Undelivered) {
            app.inbox.add(content(&message));
        }
        if let Some(url) = callback {
            report(app, caller, &message, url);
        }
    }
    let body = message.as_json(message.first_status());
    let mut state = app.vendors.twilio.lock();
    let sid = message.sid.clone();
    state.messages.insert(sid, message, now + REMEMBERED, now);
    Ok(sent(StatusCode::CREATED, &body, special))
}

fn parse(caller: &Caller, form: &Params, now: SystemTime) -> Result<Message, Failure> {
    let to = form
        .text("To")?
        .ok_or_else(|| Failure::bad(21604, "A 'To' phone number is required."))?;
    if !is_e164(to.trim_start_matches("whatsapp:")) {
        return Err(invalid_to(to));
    }
    let from = form.text("From")?;
    let service = form.text("MessagingServiceSid")?;
    match (from, service) {
        (None, None) => return Err(Failure::bad(21603, "A 'From' phone number is required.")),
        (Some(from), _) => check_from(from)?,
        (None, Some(_)) => {}
    }
    if service.is_some_and(|sid| !is_sid(sid, "MG")) {
        return Err(Failure::bad(21701, "The Messaging Service does not exist."));
    }
    let body = form.text("Body")?.unwrap_or("");
    if body.is_empty() && form.text("ContentSid")?.is_none() && form.text("MediaUrl")?.is_none() {
        return Err(Failure::bad(21602, "Message body is required."));
    }
    if body.chars().count() > MAX_BODY {
        let message = "The concatenated message body exceeds the 1600 character limit.";
        return Err(Failure::bad(21617, message));
    }
    let validity = form.whole("ValidityPeriod", 1..=36_000);
    validity.map_err(|_| Failure::bad(20001, "Invalid parameter: ValidityPeriod must be from 1 to 36000"))?;
    let scheduled = form.text("SendAt")?.is_some();
    if scheduled && service.is_none() {
        return Err(Failure::bad(
            35118,
            "MessagingServiceSid is required to schedule a message",
        ));
    }
    Ok(Message {
        sid: sid("SM"),
        account: caller.account.clone(),
        to: to.to_owned(),
        from: from.map(str::to_owned),
        messaging_service: service.map(str::to_owned),
        body: body.to_owned(),
        scheduled,
        canceled: false,
        created: now,
    })
}

fn invalid_to(to: &str) -> Failure {
    Failure::bad(21211, format!("The 'To' number {to} is not a valid phone number."))
}

/// A number, a short code, or up to 11 letters, digits and blanks with a letter among them.
fn check_from(from: &str) -> Result<(), Failure> {
    let number = from.trim_start_matches("whatsapp:");
    let is_short = (3..=8).contains(&from.len()) && from.bytes().all(|byte| byte.is_ascii_digit());
    let is_word = from.len() <= 11
        && from.chars().all(|c| c.is_ascii_alphanumeric() || " +-_&.".contains(c))
        && from.chars().any(|c| c.is_ascii_alphabetic());
    let what = format!("The 'From' number {from} is not a");
    match Special::of(number) {
        Some(Special::Invalid) => {
            return Err(Failure::bad(
                21212,
                format!("{what} valid phone number, shortcode, or alphanumeric sender ID."),
            ));
        }
        Some(Special::Limited) => {
            return Err(Failure::bad(
                21611,
                format!("This 'From' number {from} has exceeded the maximum number of queued messages."),
            ));
        }
        _ if number == "+15005550007" => {
            return Err(Failure::bad(
                21606,
                format!("{what} Twilio phone number that can send messages."),
            ));
        }
        _ => {}
    }
    if is_e164(number) || is_short || is_word {
        return Ok(());
    }
    Err(Failure::bad(
        21212,
        format!("{what} valid phone number, shortcode, or alphanumeric sender ID."),
    ))
}

/// What Messages answers for a special number.
fn refuse(special: Special, to: &str) -> Option<Failure> {
    match special {
        Special::Invalid => Some(invalid_to(to)),
        Special::Unroutable => {
            let message = format!(
                "The 'To' phone number: {to}, is not currently reachable using the 'From' phone number via SMS."
            );
            Some(Failure::bad(21612, message))
        }
        Special::Region => {
            let message = format!(
                "Permission to send an SMS has not been enabled for the region indicated by the 'To' number: {to}."
            );
            Some(Failure::bad(21408, message))
        }
        Special::OptedOut => Some(Failure::bad(21610, "Attempt to send to unsubscribed recipient")),
        Special::Landline => Some(Failure::bad(
            21614,
            format!("'To' number {to} is not a valid mobile number"),
        )),
        other => Failure::of_special(other),
    }
}

fn content(message: &Message) -> Content {
    let is_whatsapp = message.to.starts_with("whatsapp:");
    Content {
        to: message.recipient().to_owned(),
        channel: if is_whatsapp { "whatsapp" } else { "sms" }.to_owned(),
        text: message.body.clone(),
        code: segments::code(&message.body).map(str::to_owned),
        purpose: None,
        tenant: None,
        provider: Some(Vendor::Twilio.name().to_owned()),
        locale: None,
        subject: None,
    }
}

fn callback_url(form: &Params) -> Result<Option<&str>, Failure> {
    let wrong = || Failure::bad(21609, "The 'StatusCallback' URL is not a valid URL.");
    let Some(url) = form.text("StatusCallback")? else {
        return Ok(None);
    };
    let is_web = |uri: &Uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some();
    let parsed: Uri = url.parse().map_err(|_| wrong())?;
    if is_web(&parsed) && url.len() <= 4_096 {
        Ok(Some(url))
    } else {
        Err(wrong())
    }
}

/// One callback when the message is out, one when it has arrived, or has not.
fn report(app: &App, caller: &Caller, message: &Message, url: &str) {
    let last = message.status(message.created + DELIVERY);
    for (delay, state) in [(DELIVERY / 2, "sent"), (DELIVERY, last)] {
        let form = message.callback(state);
        let (sid, url, secret) = (message.sid.clone(), url.to_owned(), caller.secret.clone());
        app.reports.send_after(delay, move |_| Report {
            vendor: Vendor::Twilio,
            message: sid,
            state,
            method: Method::POST,
            signature: ("X-Twilio-Signature", signing::twilio_signature(&secret, &url, &form)),
            form: Some(
                form_urlencoded::Serializer::new(String::new())
                    .extend_pairs(&form)
                    .finish(),
            ),
            url,
        });
    }
}

pub(super) fn fetch(app: &App, call: &Call, sid: &str, now: SystemTime) -> Result<Response, Failure> {
    let mut state = app.vendors.twilio.lock();
    let message = find(&mut state, call, sid, now)?;
    Ok(reply(StatusCode::OK, &message.as_json(message.status(now))))
}

/// Takes a scheduled message back, or a text out of the records.
pub(super) fn update(app: &App, call: &Call, sid: &str, form: &Params, now: SystemTime) -> Result<Response, Failure> {
    let mut state = app.vendors.twilio.lock();
    let message = find(&mut state, call, sid, now)?;
    match form.text("Status").map(|status| status.unwrap_or("")) {
        Ok("canceled") if message.scheduled => message.canceled = true,
        Ok("canceled") => return Err(Failure::bad(30409, "The message can no longer be canceled")),
        Ok("") if form.value("Body").as_str() == Some("") => message.body.clear(),
        _ => {
            return Err(Failure::bad(
                20001,
                "Invalid parameter: Status is canceled, or Body is empty",
            ));
        }
    }
    Ok(reply(StatusCode::OK, &message.as_json(message.status(now))))
}

pub(super) fn delete(app: &App, call: &Call, sid: &str, now: SystemTime) -> Result<Response, Failure> {
    let mut state = app.vendors.twilio.lock();
    find(&mut state, call, sid, now)?;
    state.messages.remove(sid);
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The message of this SID, if it is of the account that the path names.
fn find<'a>(state: &'a mut super::State, call: &Call, sid: &str, now: SystemTime) -> Result<&'a mut Message, Failure> {
    let account = call.segments().get(2).map(|account| (*account).to_owned());
    let found = state.messages.get_mut(sid, now);
    found
        .filter(|message| Some(&message.account) == account.as_ref())
        .ok_or_else(|| Failure::not_found(call))
}
