//! Replies: small, immutable, their fields made into Python objects when they are asked for.

use crate::report::{self, Report, Reported};
use otpkit::{CheckStatus, Delivery, Reason};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyString;
use std::time::SystemTime;

/// A reply of any verb.
pub(crate) enum Reply {
    Started(otpkit::Started),
    Checked(otpkit::Checked),
    Canceled(otpkit::Canceled),
    Status(otpkit::StatusReply),
    Delivered(otpkit::Delivered),
    Unlocked(otpkit::Unlocked),
    Reported(otpkit::Reported),
}

impl Reply {
    pub(crate) fn into_python(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        #[cfg(feature = "testing")]
        if let Err(payload) = std::panic::catch_unwind(|| crate::testing::Fault::Reply.strike()) {
            return Err(crate::error::exception(py, &crate::error::of_panic(payload)));
        }
        Ok(match self {
            Reply::Started(reply) => Bound::new(py, Started(reply))?.into_any(),
            Reply::Checked(reply) => Bound::new(py, Checked(reply))?.into_any(),
            Reply::Canceled(reply) => Bound::new(py, Canceled(reply))?.into_any(),
            Reply::Status(reply) => Bound::new(py, StatusReply(reply))?.into_any(),
            Reply::Delivered(reply) => Bound::new(py, Delivered(reply))?.into_any(),
            Reply::Unlocked(reply) => Bound::new(py, Unlocked(reply))?.into_any(),
            Reply::Reported(reply) => Bound::new(py, Reported(reply))?.into_any(),
        })
    }
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Started>()?;
    module.add_class::<Checked>()?;
    module.add_class::<Canceled>()?;
    module.add_class::<StatusReply>()?;
    module.add_class::<Delivered>()?;
    module.add_class::<Unlocked>()?;
    module.add_class::<Report>()?;
    module.add_class::<Reported>()
}

/// The reply of `start` and `resend`.
#[pyclass(frozen, eq, module = "otpkit")]
#[derive(PartialEq)]
struct Started(otpkit::Started);

#[pymethods]
impl Started {
    /// The name of the verification, for `check`.
    #[getter]
    fn id(&self) -> &str {
        self.0.id.as_str()
    }

    /// The channel that was used.
    #[getter]
    fn channel(&self) -> &str {
        self.0.channel.as_str()
    }

    /// The recipient, masked.
    #[getter]
    fn to_masked(&self) -> &str {
        &self.0.to_masked
    }

    /// The name of the provider that served.
    #[getter]
    fn provider(&self) -> &str {
        &self.0.provider
    }

    /// `sent`, or `unknown` if a provider may have taken the message.
    #[getter]
    fn delivery<'py>(&self, py: Python<'py>) -> Bound<'py, PyString> {
        delivery(py, self.0.delivery)
    }

    /// When the code ends.
    #[getter]
    fn expires_at(&self) -> SystemTime {
        self.0.expires_at
    }

    /// When `resend` may be called.
    #[getter]
    fn resend_at(&self) -> SystemTime {
        self.0.resend_at
    }

    fn __bool__(&self) -> bool {
        true
    }

    fn __repr__(&self) -> String {
        let Self(reply) = self;
        format!(
            "Started(id='{}', channel='{}', to_masked='{}', provider='{}', delivery='{}')",
            reply.id.as_str(),
            reply.channel,
            reply.to_masked,
            reply.provider,
            reply.delivery.as_str()
        )
    }
}

/// The reply of `check`. It is true if the check approved.
#[pyclass(frozen, eq, module = "otpkit")]
#[derive(PartialEq)]
struct Checked(otpkit::Checked);

#[pymethods]
impl Checked {
    /// Whether this call proved control of the address.
    #[getter]
    fn approved(&self) -> bool {
        self.0.approved
    }

    /// `approved`, `pending` (wrong code, attempts are left) or `ended`.
    #[getter]
    fn status<'py>(&self, py: Python<'py>) -> Bound<'py, PyString> {
        status(py, self.0.status)
    }

    /// The full recipient; only with an approval.
    #[getter]
    fn to(&self) -> Option<&str> {
        self.0.to.as_deref()
    }

    /// Attempts that are left; only while pending.
    #[getter]
    fn attempts_left(&self) -> Option<u32> {
        self.0.attempts_left
    }

    /// Why not, for the operator's eyes.
    #[getter]
    fn reason(&self) -> Option<&'static str> {
        self.0.reason.map(Reason::as_str)
    }

    fn __bool__(&self) -> bool {
        self.0.approved
    }

    fn __repr__(&self) -> String {
        let Self(reply) = self;
        let mut shown = format!(
            "Checked(approved={}, status='{}'",
            truth(reply.approved),
            reply.status.as_str()
        );
        if let Some(left) = reply.attempts_left {
            shown.push_str(&format!(", attempts_left={left}"));
        }
        if let Some(reason) = reply.reason {
            shown.push_str(&format!(", reason='{}'", reason.as_str()));
        }
        shown + ")"
    }
}

/// The reply of `cancel`. It is true if this call ended a pending verification.
#[pyclass(frozen, eq, module = "otpkit")]
#[derive(PartialEq)]
struct Canceled(otpkit::Canceled);

#[pymethods]
impl Canceled {
    /// Whether this call ended a pending verification.
    #[getter]
    fn canceled(&self) -> bool {
        self.0.canceled
    }

    fn __bool__(&self) -> bool {
        self.0.canceled
    }

    fn __repr__(&self) -> String {
        format!("Canceled(canceled={})", truth(self.0.canceled))
    }
}

/// The reply of `unlock`. It is true if there was something to forget.
#[pyclass(frozen, eq, module = "otpkit")]
#[derive(PartialEq)]
struct Unlocked(otpkit::Unlocked);

#[pymethods]
impl Unlocked {
    /// Whether there was a lock or a failure to forget.
    #[getter]
    fn unlocked(&self) -> bool {
        self.0.unlocked
    }

    fn __bool__(&self) -> bool {
        self.0.unlocked
    }

    fn __repr__(&self) -> String {
        format!("Unlocked(unlocked={})", truth(self.0.unlocked))
    }
}

/// The reply of `deliver`.
#[pyclass(frozen, eq, module = "otpkit")]
#[derive(PartialEq)]
struct Delivered(otpkit::Delivered);

#[pymethods]
impl Delivered {
    /// The channel that was used.
    #[getter]
    fn channel(&self) -> &str {
        self.0.channel.as_str()
    }

    /// The recipient, masked.
    #[getter]
    fn to_masked(&self) -> &str {
        &self.0.to_masked
    }

    /// The name of the provider that served.
    #[getter]
    fn provider(&self) -> &str {
        &self.0.provider
    }

    /// `sent`, or `unknown` if a provider may have taken the message.
    #[getter]
    fn delivery<'py>(&self, py: Python<'py>) -> Bound<'py, PyString> {
        delivery(py, self.0.delivery)
    }

    /// The provider's own name of the message, if it gave one.
    #[getter]
    fn reference(&self) -> Option<&str> {
        self.0.reference.as_deref()
    }

    fn __bool__(&self) -> bool {
        true
    }

    fn __repr__(&self) -> String {
        let Self(reply) = self;
        format!(
            "Delivered(channel='{}', to_masked='{}', provider='{}', delivery='{}')",
            reply.channel,
            reply.to_masked,
            reply.provider,
            reply.delivery.as_str()
        )
    }
}

/// The reply of `status`: for operators, masked, and never proof. It has no truth of its own.
#[pyclass(frozen, eq, module = "otpkit")]
#[derive(PartialEq)]
struct StatusReply(otpkit::StatusReply);

#[pymethods]
impl StatusReply {
    /// `pending` or `ended`.
    #[getter]
    fn status<'py>(&self, py: Python<'py>) -> Bound<'py, PyString> {
        status(py, self.0.status)
    }

    /// Why it ended.
    #[getter]
    fn reason(&self) -> Option<&'static str> {
        self.0.reason.map(Reason::as_str)
    }

    /// The channel of the last message.
    #[getter]
    fn channel(&self) -> Option<&str> {
        self.0.channel.as_ref().map(otpkit::Channel::as_str)
    }

    /// The recipient, masked.
    #[getter]
    fn to_masked(&self) -> Option<&str> {
        self.0.to_masked.as_deref()
    }

    /// The name of the provider that served last.
    #[getter]
    fn provider(&self) -> Option<&str> {
        self.0.provider.as_deref()
    }

    /// Attempts that are left.
    #[getter]
    fn attempts_left(&self) -> Option<u32> {
        self.0.attempts_left
    }

    /// When it was started.
    #[getter]
    fn created_at(&self) -> Option<SystemTime> {
        self.0.created_at
    }

    /// When the code ends.
    #[getter]
    fn expires_at(&self) -> Option<SystemTime> {
        self.0.expires_at
    }

    /// When `resend` may be called.
    #[getter]
    fn resend_at(&self) -> Option<SystemTime> {
        self.0.resend_at
    }

    /// What the provider reported last of the last message, where it was asked to.
    #[getter]
    fn delivery_report(&self) -> Option<&'static str> {
        report::word(self.0.delivery_report)
    }

    // `if otp.status(...):` would read a status as a proof.
    fn __bool__(&self) -> PyResult<bool> {
        Err(PyTypeError::new_err(
            "a status proves nothing; look at its `status`, or call `check`",
        ))
    }

    fn __repr__(&self) -> String {
        let Self(reply) = self;
        let mut shown = format!("StatusReply(status='{}'", reply.status.as_str());
        if let Some(reason) = reply.reason {
            shown.push_str(&format!(", reason='{}'", reason.as_str()));
        }
        if let Some(to_masked) = &reply.to_masked {
            shown.push_str(&format!(", to_masked='{to_masked}'"));
        }
        if let Some(left) = reply.attempts_left {
            shown.push_str(&format!(", attempts_left={left}"));
        }
        shown + ")"
    }
}

fn status(py: Python<'_>, status: CheckStatus) -> Bound<'_, PyString> {
    match status {
        CheckStatus::Approved => pyo3::intern!(py, "approved").clone(),
        CheckStatus::Pending => pyo3::intern!(py, "pending").clone(),
        CheckStatus::Ended => pyo3::intern!(py, "ended").clone(),
    }
}

fn delivery(py: Python<'_>, delivery: Delivery) -> Bound<'_, PyString> {
    match delivery {
        Delivery::Sent => pyo3::intern!(py, "sent").clone(),
        Delivery::Unknown => pyo3::intern!(py, "unknown").clone(),
    }
}

fn truth(yes: bool) -> &'static str {
    if yes { "True" } else { "False" }
}
