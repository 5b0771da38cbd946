//! Delivery reports, as the replies are: small, immutable, made into Python objects when they are asked for.

use otpkit::ReportStatus;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use std::time::SystemTime;

/// The reply of `webhook`: what a request with a good signature reported. It has no truth of its own.
#[pyclass(frozen, eq, module = "otpkit")]
#[derive(PartialEq)]
pub(crate) struct Reported(pub(crate) otpkit::Reported);

#[pymethods]
impl Reported {
    /// The reports, in the vendor's order; there may be none.
    #[getter]
    fn reports(&self) -> Vec<Report> {
        self.0.reports.iter().cloned().map(Report).collect()
    }

    fn __bool__(&self) -> PyResult<bool> {
        Err(no_proof())
    }

    fn __repr__(&self) -> String {
        let shown: Vec<_> = self.0.reports.iter().map(shown).collect();
        format!("Reported(reports=[{}])", shown.join(", "))
    }
}

/// One delivery report. It tells of a message and never of a person: it approves nothing, and has no truth of its own.
#[pyclass(frozen, eq, module = "otpkit")]
#[derive(PartialEq)]
pub(crate) struct Report(otpkit::Report);

#[pymethods]
impl Report {
    /// The verification that the message belongs to, where that is known.
    #[getter]
    fn id(&self) -> Option<&str> {
        self.0.id.as_ref().map(otpkit::VerificationId::as_str)
    }

    /// The name of the provider.
    #[getter]
    fn provider(&self) -> &str {
        &self.0.provider
    }

    /// The vendor's own name of the message.
    #[getter]
    fn reference(&self) -> &str {
        &self.0.reference
    }

    /// What became of the message.
    #[getter]
    fn status(&self) -> &'static str {
        self.0.status.as_str()
    }

    /// Whether this report changed what `status` tells; false for a repeat.
    #[getter]
    fn changed(&self) -> bool {
        self.0.changed
    }

    /// The vendor's or carrier's number for what went wrong.
    #[getter]
    fn error_code(&self) -> Option<&str> {
        self.0.error_code.as_deref()
    }

    /// The recipient, masked.
    #[getter]
    fn to_masked(&self) -> Option<&str> {
        self.0.to_masked.as_deref()
    }

    /// When it happened, where the vendor says.
    #[getter]
    fn at(&self) -> Option<SystemTime> {
        self.0.at
    }

    fn __bool__(&self) -> PyResult<bool> {
        Err(no_proof())
    }

    fn __repr__(&self) -> String {
        shown(&self.0)
    }
}

/// The word of `status` in `StatusReply`.
pub(crate) fn word(status: Option<ReportStatus>) -> Option<&'static str> {
    status.map(ReportStatus::as_str)
}

fn shown(report: &otpkit::Report) -> String {
    let changed = if report.changed { "True" } else { "False" };
    format!(
        "Report(provider='{}', reference={:?}, status='{}', changed={changed})",
        report.provider,
        report.reference,
        report.status.as_str()
    )
}

// `if otp.webhook(...):` would read a report as a proof.
fn no_proof() -> PyErr {
    PyTypeError::new_err("a delivery report proves nothing; look at its `status`")
}
