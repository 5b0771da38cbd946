//! Messages of the SMS API, and those that carry the codes of Verify.

use std::time::{Duration, SystemTime};

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::{Failure, check_number, check_originator, numbers, params, reply, report, sent};
use crate::message::Content;
use crate::server::App;
use crate::vendors::params::{Params, Wrong};
use crate::vendors::reports::DELIVERY;
use crate::vendors::special::{Special, is_email};
use crate::vendors::{Call, Vendor, dates, ids, segments};

/// How long a message can be read.
const REMEMBERED: Duration = Duration::from_secs(24 * 3600);
const MAX_RECIPIENTS: usize = 50;
/// The most parts of one message.
const MAX_PARTS: usize = 9;
/// The route that the reply names.
const GATEWAY: u64 = 10;
/// The reason in a report of a failed delivery: the number is not known to its network.
const UNKNOWN_SUBSCRIBER: &str = "1";

/// A message, to one or more.
#[derive(Debug)]
pub(super) struct Sms {
    kind: &'static str,
    originator: String,
    body: String,
    reference: Option<String>,
    validity: Option<u64>,
    gateway: u64,
    type_details: Value,
    datacoding: &'static str,
    mclass: u64,
    scheduled: Option<SystemTime>,
    created: SystemTime,
    /// Numbers without a plus; the message of an e-mail verification has an address.
    recipients: Vec<String>,
}

impl Sms {
    pub(super) fn of_verification(
        originator: &str,
        text: String,
        recipient: &str,
        reference: Option<String>,
        now: SystemTime,
    ) -> Self {
        Self {
            kind: "sms",
            originator: originator.to_owned(),
            body: text,
            reference,
            validity: None,
            gateway: GATEWAY,
            type_details: json!({}),
            datacoding: "plain",
            mclass: 1,
            scheduled: None,
            created: now,
            recipients: vec![recipient.to_owned()],
        }
    }

    pub(super) fn recipients(&self) -> impl Iterator<Item = &str> {
        self.recipients.iter().map(String::as_str)
    }

    pub(super) fn is_email(&self) -> bool {
        self.recipients().any(is_email)
    }

    /// Whether what is sent to such a number shows up in the inbox. To the others it is accepted, and fails later.
    pub(super) fn arrives(special: Special) -> bool {
        !matches!(
            special,
            Special::Unroutable | Special::Region | Special::OptedOut | Special::Landline | Special::Undelivered
        )
    }

    /// The state of the message to its first recipient; messages of verifications have no other.
    pub(super) fn status(&self, now: SystemTime) -> &'static str {
        self.status_for(self.recipients().next().unwrap_or(""), now)
    }

    fn status_for(&self, recipient: &str, now: SystemTime) -> &'static str {
        if self.scheduled.is_some() {
            "scheduled"
        } else if now < self.created + DELIVERY {
            "sent"
        } else if Special::of(recipient).is_none_or(Self::arrives) {
            "delivered"
        } else {
            "delivery_failed"
        }
    }

    fn as_json(&self, id: &str, call: &Call, now: SystemTime) -> Value {
        let parts = segments::parts(&self.body);
        let statuses: Vec<_> = self.recipients().map(|one| self.status_for(one, now)).collect();
        let count = |status: &str| statuses.iter().filter(|one| **one == status).count();
        let items: Vec<_> = self
            .recipients()
            .zip(&statuses)
            .map(|(recipient, status)| {
                let since = match *status {
                    "delivered" | "delivery_failed" => self.created + DELIVERY,
                    _ => self.created,
                };
                json!({
                    "recipient": recipient.parse::<u64>().map_or_else(|_| json!(recipient), Value::from),
                    "status": status,
                    "statusDatetime": dates::with_offset(since),
                    "messagePartCount": parts,
                })
            })
            .collect();
        json!({
            "id": id,
            "href": call.link(&format!("/messages/{id}")),
            "direction": "mt",
            "type": self.kind,
            "originator": self.originator,
            "body": self.body,
            "reference": self.reference,
            "validity": self.validity,
            "gateway": self.gateway,
            "typeDetails": self.type_details,
            "datacoding": self.datacoding,
            "mclass": self.mclass,
            "scheduledDatetime": self.scheduled.map(dates::with_offset),
            "createdDatetime": dates::with_offset(self.created),
            "recipients": {
                "totalCount": statuses.len(),
                "totalSentCount": statuses.len() - count("scheduled"),
                "totalDeliveredCount": count("delivered"),
                "totalDeliveryFailedCount": count("delivery_failed"),
                "items": items,
            },
        })
    }
}

pub(super) fn create(app: &App, call: &Call, now: SystemTime) -> Result<Response, Failure> {
    let params = params(call)?;
    let sms = parse(&params, now)?;
    let report_url = params.short_text("reportUrl", 2_048)?.map(str::to_owned);
    let id = ids::hex(32);
    let body = sms.as_json(&id, call, now);
    let specials: Vec<_> = sms.recipients().filter_map(Special::of).collect();
    if sms.scheduled.is_none() {
        let arriving = sms.recipients().filter(|one| Special::of(one).is_none_or(Sms::arrives));
        for recipient in arriving {
            app.inbox.add(Content {
                to: format!("+{recipient}"),
                channel: "sms".to_owned(),
                text: sms.body.clone(),
                code: segments::code(&sms.body).map(str::to_owned),
                purpose: None,
                tenant: None,
                provider: Some(Vendor::MessageBird.name().to_owned()),
                locale: None,
                subject: None,
            });
        }
        if let Some(url) = report_url {
            deliver(app, &id, &sms, &url);
        }
    }
    let until = sms.scheduled.unwrap_or(now).max(now) + REMEMBERED;
    app.vendors.messagebird.lock().messages.insert(id, sms, until, now);
    Ok(sent(StatusCode::CREATED, &body, specials.into_iter()))
}

fn parse(params: &Params, now: SystemTime) -> Result<Sms, Failure> {
    let originator = params
        .text("originator")?
        .ok_or_else(|| Failure::missing("originator"))?;
    check_originator(originator)?;
    let recipients = numbers(params.value("recipients"));
    if recipients.is_empty() {
        return Err(Failure::no_recipients("recipients"));
    }
    if recipients.len() > MAX_RECIPIENTS {
        return Err(Wrong("recipients").into());
    }
    for recipient in &recipients {
        check_number(recipient, "recipients")?;
    }
    let body = params.text("body")?.ok_or_else(|| Failure::missing("body"))?;
    if segments::parts(body) > MAX_PARTS {
        return Err(Wrong("body").into());
    }
    let kind = params.word("type", &["sms", "binary", "flash"])?.unwrap_or("sms");
    let datacoding = match params.word("datacoding", &["plain", "unicode", "auto"])? {
        Some("auto") if segments::septets(body).is_none() => "unicode",
        Some("auto") | None => "plain",
        Some(datacoding) => datacoding,
    };
    let type_details = match params.value("typeDetails") {
        Value::Null => json!({}),
        details @ Value::Object(_) if details.to_string().len() <= 1_024 => details.clone(),
        _ => return Err(Wrong("typeDetails").into()),
    };
    let scheduled = match params.text("scheduledDatetime")? {
        None => None,
        Some(text) => Some(dates::parse(text).ok_or(Wrong("scheduledDatetime"))?).filter(|time| *time > now),
    };
    let default_class = if kind == "flash" { 0 } else { 1 };
    Ok(Sms {
        kind,
        originator: originator.to_owned(),
        body: body.to_owned(),
        reference: params.short_text("reference", 255)?.map(str::to_owned),
        validity: params.whole("validity", 1..=604_800)?,
        gateway: params.whole("gateway", 0..=100_000)?.unwrap_or(GATEWAY),
        type_details,
        datacoding,
        mclass: params.whole("mclass", 0..=3)?.unwrap_or(default_class),
        scheduled,
        created: now,
        recipients,
    })
}

pub(super) fn read(app: &App, call: &Call, id: &str, now: SystemTime) -> Result<Response, Failure> {
    let state = app.vendors.messagebird.lock();
    let sms = state.messages.get(id, now).filter(|message| !message.is_email());
    let sms = sms.ok_or_else(|| Failure::not_found("message"))?;
    Ok(reply(StatusCode::OK, &sms.as_json(id, call, now)))
}

/// Only what is still to be sent can be taken back.
pub(super) fn delete(app: &App, id: &str, now: SystemTime) -> Result<Response, Failure> {
    let mut state = app.vendors.messagebird.lock();
    let is_scheduled = state.messages.get(id, now).is_some_and(|sms| sms.scheduled.is_some());
    if !is_scheduled {
        return Err(Failure::not_found("message"));
    }
    state.messages.remove(id);
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Reports each delivery, or its failure, if the message has a reference: without one MessageBird sends nothing.
pub(super) fn deliver(app: &App, id: &str, sms: &Sms, url: &str) {
    let Some(reference) = &sms.reference else { return };
    for recipient in sms.recipients() {
        let arrived = sms.created + DELIVERY;
        let state = sms.status_for(recipient, arrived);
        let mut fields = super::Fields::from([
            ("id", id.to_owned()),
            ("reference", reference.clone()),
            ("recipient", recipient.to_owned()),
            ("status", state.to_owned()),
            ("statusDatetime", dates::with_offset(arrived)),
        ]);
        if state == "delivery_failed" {
            fields.insert("statusReason", "unknown subscriber".to_owned());
            fields.insert("statusErrorCode", UNKNOWN_SUBSCRIBER.to_owned());
        }
        let (id, url) = (id.to_owned(), url.to_owned());
        app.reports
            .send_after(DELIVERY, move |now| report(&url, &id, state, &fields, now));
    }
}
