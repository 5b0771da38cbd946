//! Replies. The typed reply of the core is kept as it is; texts are made when they are asked for.

use crate::boundary;
use crate::error::Failure;
use crate::lent::{LazyText, lend};
use crate::raw::Text;
use crate::registry::{Guard, Handle, Kind, Slab};
use crate::status::{OTPKIT_INTERNAL, OTPKIT_NOT_APPROVED, OTPKIT_OK, OTPKIT_STALE_HANDLE};
use otpkit::{Canceled, Checked, Delivered, Reported, Started, StatusReply, Unlocked};
use std::ffi::{CStr, c_char};
use std::time::{SystemTime, UNIX_EPOCH};

/// What a call answered. Functions write one where they return OTPKIT_OK, or OTPKIT_NOT_APPROVED for a check. The
/// reply is yours: end it with otpkit_reply_free. It never changes, so many threads may read it at once. Texts are
/// lent: they are good until otpkit_reply_free.
pub struct otpkit_reply;

static REPLIES: Slab<Reply> = Slab::new(Kind::Reply);

/// The reply of any verb.
pub(crate) enum Body {
    Started(Started),
    Checked(Checked),
    Canceled(Canceled),
    Status(StatusReply),
    Delivered(Delivered),
    Unlocked(Unlocked),
    Reported(Reported),
}

pub(crate) struct Reply {
    body: Body,
    texts: [LazyText; FIELDS.len()],
    /// Those of each report; none for another reply.
    reports: Vec<[LazyText; REPORT_FIELDS.len()]>,
    json: LazyText,
}

/// Every field of every reply. (A test holds this against the JSON of each reply.)
const FIELDS: [&str; 18] = [
    "id",
    "to",
    "to_masked",
    "provider",
    "channel",
    "delivery",
    "status",
    "reason",
    "attempts_left",
    "expires_at",
    "resend_at",
    "approved",
    "canceled",
    "created_at",
    "reference",
    "unlocked",
    "delivery_report",
    "reports",
];

/// Every field of a report.
const REPORT_FIELDS: [&str; 8] = [
    "id",
    "provider",
    "reference",
    "status",
    "changed",
    "error_code",
    "to_masked",
    "at",
];

impl Body {
    /// What a function with this reply returns.
    pub(crate) fn status(&self) -> u32 {
        match self {
            Body::Checked(checked) if !checked.approved => OTPKIT_NOT_APPROVED,
            _ => OTPKIT_OK,
        }
    }

    fn text(&self, field: &str) -> Option<String> {
        // The two that almost every program asks for; the rest comes by way of the wire form, the one spelling of it.
        match (self, field) {
            (Body::Started(started), "id") => return Some(started.id.as_str().to_owned()),
            (Body::Checked(checked), "to") => return checked.to.clone(),
            _ => {}
        }
        shown(self.wire()?.get(field)?)
    }

    fn report_text(&self, at: usize, field: &str) -> Option<String> {
        let Body::Reported(reported) = self else { return None };
        shown(serde_json::to_value(reported.reports.get(at)?).ok()?.get(field)?)
    }

    fn reports(&self) -> usize {
        match self {
            Body::Reported(reported) => reported.reports.len(),
            _ => 0,
        }
    }

    fn wire(&self) -> Option<serde_json::Value> {
        match self {
            Body::Started(reply) => serde_json::to_value(reply),
            Body::Checked(reply) => serde_json::to_value(reply),
            Body::Canceled(reply) => serde_json::to_value(reply),
            Body::Status(reply) => serde_json::to_value(reply),
            Body::Delivered(reply) => serde_json::to_value(reply),
            Body::Unlocked(reply) => serde_json::to_value(reply),
            Body::Reported(reply) => serde_json::to_value(reply),
        }
        .ok()
    }
}

/// A value of the wire form as text.
fn shown(value: &serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::Null => None,
        serde_json::Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

impl Reply {
    fn text(&self, field: &str) -> Option<&CStr> {
        let at = FIELDS.iter().position(|known| *known == field)?;
        self.texts[at].get(|| self.body.text(field))
    }

    fn report_text(&self, report: usize, field: &str) -> Option<&CStr> {
        let at = REPORT_FIELDS.iter().position(|known| *known == field)?;
        self.reports.get(report)?[at].get(|| self.body.report_text(report, field))
    }
}

/// Fails if a reply could not be kept, before anything is done for it.
pub(crate) fn make_room() -> Result<(), Failure> {
    if REPLIES.has_room() {
        Ok(())
    } else {
        Err(Failure::full("otpkit_reply"))
    }
}

pub(crate) fn keep(body: Body) -> Result<*mut otpkit_reply, Failure> {
    let reply = Reply {
        reports: (0..body.reports()).map(|_| Default::default()).collect(),
        body,
        texts: Default::default(),
        json: LazyText::default(),
    };
    REPLIES
        .insert(reply)
        .map(Handle::into_pointer)
        .map_err(|_| Failure::full("otpkit_reply"))
}

fn find(reply: *const otpkit_reply) -> Option<Guard<Reply>> {
    REPLIES.get(Handle::from_pointer(reply))
}

fn field(name: &'static str, reply: *const otpkit_reply, field: &str) -> *const c_char {
    boundary::accessor(name, std::ptr::null(), || Some(lend(find(reply)?.text(field))))
}

fn millis(time: SystemTime) -> Option<i64> {
    i64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()
}

/// The id of the verification, for the calls that follow (start, resend). NULL if the reply has none.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_reply_id(reply: *const otpkit_reply) -> *const c_char {
    field("otpkit_reply_id", reply, "id")
}

/// Whether this check proved control of the address; false for every other reply, and for a handle that is not good.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_reply_approved(reply: *const otpkit_reply) -> bool {
    boundary::accessor("otpkit_reply_approved", false, || match &find(reply)?.body {
        Body::Checked(checked) => Some(checked.approved),
        _ => None,
    })
}

/// Attempts that are left (check, status); -1 if the reply does not say.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_reply_attempts_left(reply: *const otpkit_reply) -> i32 {
    boundary::accessor("otpkit_reply_attempts_left", -1, || match &find(reply)?.body {
        Body::Checked(checked) => i32::try_from(checked.attempts_left?).ok(),
        Body::Status(status) => i32::try_from(status.attempts_left?).ok(),
        _ => None,
    })
}

/// How the verification stands (check, status): "approved", "pending" or "ended". NULL if the reply does not say.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_reply_status(reply: *const otpkit_reply) -> *const c_char {
    field("otpkit_reply_status", reply, "status")
}

/// Why a check did not approve, for the operator and never for the end user. NULL if the reply does not say.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_reply_reason(reply: *const otpkit_reply) -> *const c_char {
    field("otpkit_reply_reason", reply, "reason")
}

/// The full recipient, in its one form. Only an approval has it; else NULL.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_reply_to(reply: *const otpkit_reply) -> *const c_char {
    field("otpkit_reply_to", reply, "to")
}

/// The recipient, masked (start, resend, status, deliver). NULL if the reply has none.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_reply_to_masked(reply: *const otpkit_reply) -> *const c_char {
    field("otpkit_reply_to_masked", reply, "to_masked")
}

/// The name of the provider that served. NULL if the reply does not say.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_reply_provider(reply: *const otpkit_reply) -> *const c_char {
    field("otpkit_reply_provider", reply, "provider")
}

/// When the code ends, as RFC 3339 in UTC. NULL if the reply does not say.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_reply_expires_at(reply: *const otpkit_reply) -> *const c_char {
    field("otpkit_reply_expires_at", reply, "expires_at")
}

/// When otpkit_resend may be called, as RFC 3339 in UTC. NULL if the reply does not say.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_reply_resend_at(reply: *const otpkit_reply) -> *const c_char {
    field("otpkit_reply_resend_at", reply, "resend_at")
}

/// When the code ends, in milliseconds since 1970 in UTC; -1 if the reply does not say.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_reply_expires_at_ms(reply: *const otpkit_reply) -> i64 {
    boundary::accessor("otpkit_reply_expires_at_ms", -1, || match &find(reply)?.body {
        Body::Started(started) => millis(started.expires_at),
        Body::Status(status) => millis(status.expires_at?),
        _ => None,
    })
}

/// When otpkit_resend may be called, in milliseconds since 1970 in UTC; -1 if the reply does not say.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_reply_resend_at_ms(reply: *const otpkit_reply) -> i64 {
    boundary::accessor("otpkit_reply_resend_at_ms", -1, || match &find(reply)?.body {
        Body::Started(started) => millis(started.resend_at),
        Body::Status(status) => millis(status.resend_at?),
        _ => None,
    })
}

/// Any field by the name that it has in the JSON form, as text: "channel", "delivery", "created_at", "reference",
/// "canceled", "unlocked", "delivery_report", "reports" and those above; numbers and booleans are written out, and
/// "reports" is a JSON array. NULL if the reply has no such field.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_reply_get(reply: *const otpkit_reply, name: Text) -> *const c_char {
    boundary::accessor("otpkit_reply_get", std::ptr::null(), || {
        Some(lend(find(reply)?.text(name.optional("name").ok()??)))
    })
}

/// How many delivery reports the reply of otpkit_webhook has; 0 for every other reply.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_reply_report_count(reply: *const otpkit_reply) -> usize {
    boundary::accessor("otpkit_reply_report_count", 0, || Some(find(reply)?.body.reports()))
}

/// A field of the delivery report at `index` (from 0), as text: "provider", "reference", "status", "changed", and where
/// known "id", "error_code", "to_masked" and "at". NULL if there is no such report or field.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_reply_report_get(reply: *const otpkit_reply, index: usize, name: Text) -> *const c_char {
    boundary::accessor("otpkit_reply_report_get", std::ptr::null(), || {
        Some(lend(find(reply)?.report_text(index, name.optional("name").ok()??)))
    })
}

/// The whole reply as a JSON object; NULL for NULL or a freed reply.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_reply_json(reply: *const otpkit_reply) -> *const c_char {
    boundary::accessor("otpkit_reply_json", std::ptr::null(), || {
        let reply = find(reply)?;
        Some(lend(reply.json.get(|| reply.body.wire().map(|wire| wire.to_string()))))
    })
}

/// Ends a reply and the texts that it lent. NULL is fine. Any thread.
/// Returns OTPKIT_OK, or OTPKIT_STALE_HANDLE if it was freed before or is no reply.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_reply_free(reply: *mut otpkit_reply) -> u32 {
    boundary::accessor("otpkit_reply_free", OTPKIT_INTERNAL, || {
        let freed = reply.is_null() || REPLIES.take(Handle::from_pointer(reply)).is_some();
        Some(if freed { OTPKIT_OK } else { OTPKIT_STALE_HANDLE })
    })
}

#[cfg(feature = "testing")]
pub(crate) fn open() -> usize {
    REPLIES.count()
}
