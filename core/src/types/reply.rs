//! What calls answer. Every reply serialises to the one wire form: snake_case, RFC 3339 times in UTC.

use super::{Channel, ReportStatus, VerificationId};
use serde::{Serialize, Serializer};
use std::time::SystemTime;

/// What is known about the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// A provider took the message.
    Sent,
    /// A provider may have taken the message; it was not sent a second time.
    Unknown,
}

impl Delivery {
    /// `sent` or `unknown`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Delivery::Sent => "sent",
            Delivery::Unknown => "unknown",
        }
    }
}

/// The reply of `start` and `resend`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Started {
    /// The name of the verification, for `check`.
    #[serde(serialize_with = "as_text")]
    pub id: VerificationId,
    /// The channel that was used.
    pub channel: Channel,
    /// The recipient, masked.
    pub to_masked: String,
    /// The name of the provider that served.
    pub provider: String,
    /// What is known about the message.
    pub delivery: Delivery,
    /// When the code ends.
    #[serde(serialize_with = "as_rfc3339")]
    pub expires_at: SystemTime,
    /// When `resend` may be called.
    #[serde(serialize_with = "as_rfc3339")]
    pub resend_at: SystemTime,
}

/// How a verification stands after a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckStatus {
    /// The code was right, and this call used it.
    Approved,
    /// The code was wrong; more attempts are left.
    Pending,
    /// There is nothing to check any more: unknown, expired, used, canceled or locked, which look alike.
    Ended,
}

impl CheckStatus {
    /// `approved`, `pending` or `ended`.
    pub const fn as_str(self) -> &'static str {
        match self {
            CheckStatus::Approved => "approved",
            CheckStatus::Pending => "pending",
            CheckStatus::Ended => "ended",
        }
    }
}

/// Why a check did not approve: for the operator's eyes, not for the end user's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// The code was wrong.
    WrongCode,
    /// No such verification: never made, long gone, or of another purpose, tenant or recipient.
    Unknown,
    /// Its time is over.
    Expired,
    /// It was approved before.
    Used,
    /// It was canceled.
    Canceled,
    /// Its attempts are used up.
    Locked,
    /// Its message was never sent.
    Failed,
}

impl Reason {
    /// The reason in snake_case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Reason::WrongCode => "wrong_code",
            Reason::Unknown => "unknown",
            Reason::Expired => "expired",
            Reason::Used => "used",
            Reason::Canceled => "canceled",
            Reason::Locked => "locked",
            Reason::Failed => "failed",
        }
    }
}

/// The reply of `check`.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Checked {
    /// Whether this call proved control of the address.
    pub approved: bool,
    /// How the verification stands.
    pub status: CheckStatus,
    /// The full recipient; only with an approval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Attempts that are left; only while pending.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempts_left: Option<u32>,
    /// For the operator: why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

impl Checked {
    pub(crate) fn approved(to: String) -> Self {
        Self {
            approved: true,
            status: CheckStatus::Approved,
            to: Some(to),
            attempts_left: None,
            reason: None,
        }
    }

    pub(crate) fn wrong(attempts_left: u32) -> Self {
        match attempts_left {
            0 => Self::ended(Reason::Locked),
            left => Self {
                approved: false,
                status: CheckStatus::Pending,
                to: None,
                attempts_left: Some(left),
                reason: Some(Reason::WrongCode),
            },
        }
    }

    pub(crate) fn ended(reason: Reason) -> Self {
        Self {
            approved: false,
            status: CheckStatus::Ended,
            to: None,
            attempts_left: None,
            reason: Some(reason),
        }
    }
}

impl std::fmt::Debug for Checked {
    // `to` is a full recipient, so it does not reach a log by way of Debug.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Checked")
            .field("status", &self.status)
            .field("attempts_left", &self.attempts_left)
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}

/// The reply of `cancel`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Canceled {
    /// Whether this call ended a pending verification.
    pub canceled: bool,
}

/// The reply of `status`: for operators, masked, and never proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StatusReply {
    /// `pending` or `ended`; an approved verification has ended.
    pub status: CheckStatus,
    /// Why it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// The channel of the last message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// The recipient, masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_masked: Option<String>,
    /// The name of the provider that served last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// Attempts that are left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempts_left: Option<u32>,
    /// When it was started.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_rfc3339_opt")]
    pub created_at: Option<SystemTime>,
    /// When the code ends.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_rfc3339_opt")]
    pub expires_at: Option<SystemTime>,
    /// When `resend` may be called.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_rfc3339_opt")]
    pub resend_at: Option<SystemTime>,
    /// What the provider reported last of the last message, where it was asked to (see `docs/webhooks.md`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery_report: Option<ReportStatus>,
}

impl StatusReply {
    pub(crate) fn unknown() -> Self {
        Self {
            status: CheckStatus::Ended,
            reason: Some(Reason::Unknown),
            channel: None,
            to_masked: None,
            provider: None,
            attempts_left: None,
            created_at: None,
            expires_at: None,
            resend_at: None,
            delivery_report: None,
        }
    }
}

/// The reply of `deliver`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Delivered {
    /// The channel that was used.
    pub channel: Channel,
    /// The recipient, masked.
    pub to_masked: String,
    /// The name of the provider that served.
    pub provider: String,
    /// What is known about the message.
    pub delivery: Delivery,
    /// The provider's own name of the message, if it gave one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// The reply of `unlock`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Unlocked {
    /// Whether there was a lock or a failure to forget.
    pub unlocked: bool,
}

fn as_text<S: Serializer>(id: &VerificationId, s: S) -> Result<S::Ok, S::Error> {
    s.serialize_str(id.as_str())
}

pub(super) fn as_text_opt<S: Serializer>(id: &Option<VerificationId>, s: S) -> Result<S::Ok, S::Error> {
    match id {
        Some(id) => as_text(id, s),
        None => s.serialize_none(),
    }
}

pub(crate) fn as_rfc3339<S: Serializer>(time: &SystemTime, s: S) -> Result<S::Ok, S::Error> {
    s.collect_str(&humantime::format_rfc3339_millis(*time))
}

pub(super) fn as_rfc3339_opt<S: Serializer>(time: &Option<SystemTime>, s: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => as_rfc3339(time, s),
        None => s.serialize_none(),
    }
}
