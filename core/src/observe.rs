//! What happened, for logs, metrics and audit. Recipients are masked; there is never a code or a key in an event.

use serde::Serialize;

/// One thing that happened. It serialises to the one wire form: `{"event": "...", ...}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// A provider was asked to send.
    Send {
        /// The id, if the message belongs to a verification.
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// The recipient, masked.
        to_masked: String,
        /// The channel.
        channel: String,
        /// The purpose.
        purpose: String,
        /// The name of the provider.
        provider: String,
        /// `sent`, `not_sent`, `rejected`, `limited` or `ambiguous`.
        result: &'static str,
        /// The provider's own words, for the operator.
        #[serde(skip_serializing_if = "Option::is_none")]
        detail: Option<String>,
        /// How long it took, in milliseconds.
        took_ms: u64,
    },
    /// A code was checked.
    Check {
        /// The id.
        id: String,
        /// The purpose.
        purpose: String,
        /// `approved`, `pending` or `ended`.
        status: &'static str,
        /// Why it was not approved.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<&'static str>,
    },
    /// A verifier's service was asked and gave no clear answer.
    CannotTell {
        /// The id.
        id: String,
        /// The name of the provider.
        provider: String,
        /// The provider's own words, for the operator.
        detail: String,
    },
    /// A provider reported what became of a message.
    Report {
        /// The id, if the message belongs to a verification that is known.
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// The name of the provider.
        provider: String,
        /// The provider's own name of the message.
        reference: String,
        /// `unknown`, `queued`, `sent`, `canceled`, `expired`, `failed`, `undelivered`, `delivered` or `read`.
        status: &'static str,
        /// Whether it changed what `status` tells; false for a repeat.
        changed: bool,
        /// The vendor's or carrier's number for what went wrong.
        #[serde(skip_serializing_if = "Option::is_none")]
        error_code: Option<String>,
        /// The recipient, masked.
        #[serde(skip_serializing_if = "Option::is_none")]
        to_masked: Option<String>,
    },
    /// A call ended in an error.
    Error {
        /// The verb.
        call: &'static str,
        /// The stable kind.
        kind: &'static str,
        /// The field that was wrong.
        #[serde(skip_serializing_if = "Option::is_none")]
        field: Option<String>,
        /// The sentence.
        message: String,
    },
}

/// Is told what happened.
pub trait Observer: Send + Sync + 'static {
    /// Called on the thread of the call, without any lock held; it must return soon and must not block.
    fn event(&self, event: &Event);
}

impl<F: Fn(&Event) + Send + Sync + 'static> Observer for F {
    fn event(&self, event: &Event) {
        self(event);
    }
}
