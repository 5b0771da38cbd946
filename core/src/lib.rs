//! otpkit sends a code and checks a code: one-time-password verification as a library.
//!
//! Start with [`Client`]: `start` sends a code, `check` checks it. Everything else (how long a code lives, how often
//! it may be tried, which provider serves whom) is [`Settings`].
//!
//! A call that has to wait (for a provider, or for a store that is not in this process) waits in the caller's tokio
//! runtime, which needs time enabled.

#![forbid(unsafe_code)]

mod builder;
mod client;
mod clock;
mod engine;
mod error;
mod flow;
mod guard;
mod message;
mod observe;
mod provider;
mod random;
mod secret;
pub mod settings;
mod store;
#[cfg(feature = "testing")]
pub mod testing;
pub mod types;
mod webhook;

pub use builder::Builder;
pub use client::Client;
pub use error::{Error, ErrorGroup, ErrorKind, Result};
pub use observe::{Event, Observer};
pub use provider::{
    CheckResult, CreateResult, Message, Outbox, OutboxMessage, Outgoing, Provider, SendResult, Sender, Verifier,
    VerifierCheck,
};
#[doc(hidden)]
pub use provider::{ErrorRow, ErrorTable, provider_errors};
pub use secret::Secret;
pub use settings::{
    CallbackSettings, ConsoleSettings, MessageBirdDatacoding, MessageBirdSmsSettings, MessageBirdType,
    MessageBirdVerifySettings, MessageBirdVoice, OnError, OutboxSettings, PolicySettings, ProviderSettings, ReportsOf,
    RouteSettings, SandboxSettings, SecretText, Settings, TwilioRiskCheck, TwilioSmsSettings, TwilioVerifySettings,
    Window, settings_schema,
};
#[cfg(feature = "testing")]
#[doc(hidden)]
pub use store::conformance;
pub use store::{AnyStore, CallbackStore, HostStore, MemoryStore, SqliteStore, StoreFaults, Stored, check_host_store};
pub use types::{
    Cancel, Canceled, Channel, Check, CheckStatus, Checked, Code, Country, Deliver, Delivered, Delivery, Reason,
    Recipient, Report, ReportStatus, Reported, Resend, Start, Started, Status, StatusReply, Unlock, Unlocked,
    VerificationId, WebhookRequest,
};

/// The version of this library.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The example of the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
