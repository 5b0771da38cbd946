//! What a provider is asked, as the fields of the Python classes in `otpkit.providers`.

use otpkit::{Message, Outgoing, VerifierCheck};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::time::Duration;

/// One question to a provider of the host.
pub(crate) enum Ask {
    Send(Outgoing),
    Create(Message),
    Check(VerifierCheck),
    Resend(Message, String),
    Cancel(Message, String),
}

impl Ask {
    /// The method that answers it.
    pub(crate) fn verb(&self) -> Verb {
        match self {
            Ask::Send(_) => Verb::Send,
            Ask::Create(_) => Verb::Create,
            Ask::Check(_) => Verb::Check,
            Ask::Resend(..) => Verb::Resend,
            Ask::Cancel(..) => Verb::Cancel,
        }
    }

    /// The fields of the message.
    pub(crate) fn fields<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let fields = PyDict::new(py);
        let message = match self {
            Ask::Send(outgoing) => {
                fields.set_item("code", outgoing.code.expose())?;
                fields.set_item("text", &outgoing.text)?;
                &outgoing.message
            }
            Ask::Check(check) => {
                fields.set_item("code", check.code.expose())?;
                fields.set_item("reference", &check.reference)?;
                &check.message
            }
            Ask::Create(message) => message,
            Ask::Resend(message, reference) | Ask::Cancel(message, reference) => {
                fields.set_item("reference", reference)?;
                message
            }
        };
        fields.set_item("to", message.to.as_str())?;
        fields.set_item("channel", message.channel.as_str())?;
        fields.set_item("purpose", &message.purpose)?;
        fields.set_item("tenant", &message.tenant)?;
        fields.set_item("locale", message.locale.as_deref())?;
        let values = PyDict::new(py);
        for (name, value) in &message.values {
            values.set_item(name, value)?;
        }
        fields.set_item("values", values)?;
        fields.set_item("ttl_ms", millis(message.ttl))?;
        fields.set_item("idempotency_key", &message.idempotency_key)?;
        fields.set_item("deadline_ms", millis(message.deadline))?;
        Ok(fields)
    }
}

/// The methods of providers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Send,
    Create,
    Check,
    Resend,
    Cancel,
}

impl Verb {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Verb::Send => "send",
            Verb::Create => "create",
            Verb::Check => "check",
            Verb::Resend => "resend",
            Verb::Cancel => "cancel",
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
