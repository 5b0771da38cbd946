//! What reaches the recipient. A [`Sender`] delivers a code that otpkit made; a [`Verifier`] makes, sends and checks
//! a code of its own. The caller of otpkit cannot tell which kind served.

mod console;
mod detail;
pub(crate) mod dispatch;

mod http;
mod outbox;
mod registry;
mod reports;
mod sandbox;

pub(crate) use detail::hide;
#[doc(hidden)]
pub use http::{ErrorRow, ErrorTable, provider_errors};
pub(crate) use http::{Names, SystemNames, Wires};
pub use outbox::{Outbox, OutboxMessage};
pub(crate) use registry::{Entry, Registry};

use crate::types::{Channel, Code, Recipient};
use async_trait::async_trait;
use std::sync::Arc;
use std::time::Duration;

/// What a provider has to deliver. `Debug` hides the recipient, the code and the text.
#[derive(Clone)]
#[non_exhaustive]
pub struct Message {
    /// Whom it goes to.
    pub to: Recipient,
    /// The channel.
    pub channel: Channel,
    /// What the code is for.
    pub purpose: String,
    /// Whose user this is.
    pub tenant: String,
    /// The language that the caller asked for.
    pub locale: Option<String>,
    /// The values that the caller gave for the template.
    pub values: std::collections::BTreeMap<String, String>,
    /// How long the code lives.
    pub ttl: Duration,
    /// How many codes may be tried: for a service that counts them too.
    pub attempts: u32,
    /// Stable over repeats of the same send: an idempotency key for providers that take one.
    pub idempotency_key: String,
    /// How long the provider may take. The call is given up then, and a late answer is dropped.
    pub deadline: Duration,
}

/// What a sender gets: the message, the code and the text that holds it.
#[derive(Clone)]
#[non_exhaustive]
pub struct Outgoing {
    /// Whom, how and what for.
    pub message: Message,
    /// The code.
    pub code: Code,
    /// The rendered text; it holds the code.
    pub text: String,
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("Message");
        shown
            .field("to", &self.to)
            .field("channel", &self.channel)
            .field("purpose", &self.purpose)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outgoing")
            .field("message", &self.message)
            .finish_non_exhaustive()
    }
}

/// How a send went.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendResult {
    /// The provider took the message.
    Sent {
        /// The provider's own name of the message.
        reference: Option<String>,
    },
    /// Nothing was sent; another provider may be tried. The text is for the operator.
    NotSent(String),
    /// The provider refuses this message for good. The text is for the operator.
    Rejected(String),
    /// The provider takes no more for now.
    Limited {
        /// When it will, if it said so: brought to between 1 second and 1 hour, and 30 seconds if it did not.
        retry_after: Option<Duration>,
    },
    /// The message may have been sent; it is never sent again by itself. The text is for the operator.
    Ambiguous(String),
}

impl SendResult {
    /// Taken, without a reference.
    pub const SENT: SendResult = SendResult::Sent { reference: None };
}

/// How a verifier's `create` or `resend` went.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CreateResult {
    /// The service sent its code.
    Created {
        /// The service's own name of it, needed to check it. May be empty where it checks by recipient.
        reference: String,
    },
    /// Nothing was sent; another provider may be tried. The text is for the operator.
    NotSent(String),
    /// The service refuses for good. The text is for the operator.
    Rejected(String),
    /// The service takes no more for now.
    Limited {
        /// When it will, if it said so: brought to between 1 second and 1 hour, and 30 seconds if it did not.
        retry_after: Option<Duration>,
    },
    /// The service may have begun. The text is for the operator.
    Ambiguous(String),
}

/// How a verifier's `check` went.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CheckResult {
    /// The code is right.
    Approved,
    /// The code is wrong.
    Wrong,
    /// The service has nothing to check any more (expired, used, locked there).
    Ended,
    /// It could not be found out. Never a yes. The text is for the operator.
    CannotTell(String),
}

/// What a verifier is asked to check.
#[derive(Clone)]
#[non_exhaustive]
pub struct VerifierCheck {
    /// The message that `create` got.
    pub message: Message,
    /// What `create` returned; empty if its answer never came and the verifier checks by recipient.
    pub reference: String,
    /// What the person typed.
    pub code: Code,
}

/// A provider that delivers a code that otpkit made.
#[async_trait]
pub trait Sender: Send + Sync + 'static {
    /// Sends one message. It is called once a send; it must not retry by itself.
    async fn send(&self, outgoing: Outgoing) -> SendResult;
}

/// A provider that makes, sends and checks a code of its own.
#[async_trait]
pub trait Verifier: Send + Sync + 'static {
    /// Has the service send a code.
    async fn create(&self, message: Message) -> CreateResult;

    /// Asks the service whether a code is right.
    async fn check(&self, check: VerifierCheck) -> CheckResult;

    /// Has the service send again. By default that is another `create`.
    async fn resend(&self, message: Message, reference: String) -> CreateResult {
        drop(reference);
        self.create(message).await
    }

    /// Tells the service that the verification is over. By default nothing is told.
    async fn cancel(&self, message: Message, reference: String) {
        drop((message, reference));
    }

    /// Whether a code can be checked without a reference, by the recipient alone. Then a verification stays
    /// checkable although the answer to `create` never came.
    fn checks_by_recipient(&self) -> bool {
        false
    }
}

/// A live provider of either kind.
#[derive(Clone)]
#[non_exhaustive]
pub enum Provider {
    /// Delivers otpkit's codes.
    Sender(Arc<dyn Sender>),
    /// Has codes of its own.
    Verifier(Arc<dyn Verifier>),
}
