//! The messages of an `outbox` provider.

use pyo3::prelude::*;
use std::time::SystemTime;

/// The messages that an `outbox` provider kept.
#[pyclass(frozen, module = "otpkit")]
pub(crate) struct Outbox(pub(crate) otpkit::Outbox);

#[pymethods]
impl Outbox {
    /// All messages, the oldest first.
    fn messages(&self) -> Vec<OutboxMessage> {
        self.0.messages().into_iter().map(OutboxMessage).collect()
    }

    /// The newest message, or None.
    fn last(&self) -> Option<OutboxMessage> {
        self.0.last().map(OutboxMessage)
    }

    /// Forgets all messages.
    fn clear(&self) {
        self.0.clear();
    }
}

/// A message that an `outbox` provider kept.
#[pyclass(frozen, module = "otpkit")]
pub(crate) struct OutboxMessage(otpkit::OutboxMessage);

#[pymethods]
impl OutboxMessage {
    /// The recipient.
    #[getter]
    fn to(&self) -> &str {
        &self.0.to
    }

    /// The channel.
    #[getter]
    fn channel(&self) -> &str {
        &self.0.channel
    }

    /// The purpose.
    #[getter]
    fn purpose(&self) -> &str {
        &self.0.purpose
    }

    /// The code.
    #[getter]
    fn code(&self) -> &str {
        &self.0.code
    }

    /// The text; it holds the code.
    #[getter]
    fn text(&self) -> &str {
        &self.0.text
    }

    /// The language that was asked for.
    #[getter]
    fn locale(&self) -> Option<&str> {
        self.0.locale.as_deref()
    }

    /// When it was sent.
    #[getter]
    fn at(&self) -> SystemTime {
        self.0.at
    }

    // Recipient, code and text stay out of logs.
    fn __repr__(&self) -> String {
        format!(
            "OutboxMessage(channel='{}', purpose='{}')",
            self.0.channel, self.0.purpose
        )
    }
}
