//! Errors: the one table of the core, as exceptions of the package.

use otpkit::{Error, ErrorKind};
use otpkit_bindings_common::millis_up;
use pyo3::exceptions::PyRuntimeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;
use std::any::Any;
use std::time::Duration;

/// The exception class of each code, given by `otpkit.errors` when the package is imported.
static CLASSES: PyOnceLock<Py<PyDict>> = PyOnceLock::new();

#[pyfunction]
pub(crate) fn set_error_classes(py: Python<'_>, classes: Py<PyDict>) {
    // A second import of the package in one process defines the same classes again; the first ones stay.
    let _ = CLASSES.set(py, classes);
}

/// `(code, number, group, help)` of every kind.
pub(crate) fn table() -> Vec<(&'static str, u32, &'static str, &'static str)> {
    ErrorKind::ALL
        .iter()
        .map(|kind| (kind.code(), kind.number(), kind.group().as_str(), kind.help()))
        .collect()
}

/// The exception of an error.
pub(crate) fn exception(py: Python<'_>, error: &Error) -> PyErr {
    build(py, error).unwrap_or_else(|failed| failed)
}

// The classes have no `__init__` of their own, so that making one runs no Python code (see rule 2 of the crate).
fn build(py: Python<'_>, error: &Error) -> PyResult<PyErr> {
    let classes = CLASSES
        .get(py)
        .ok_or_else(|| PyRuntimeError::new_err("import `otpkit`, not `otpkit._otpkit`"))?
        .bind(py);
    let class = match classes.get_item(error.kind().code())? {
        Some(class) => class,
        None => classes
            .get_item(ErrorKind::Internal.code())?
            .expect("the table has `internal`"),
    };
    let value = class.call1((error.message(),))?;
    if let Some(field) = error.field() {
        value.setattr(intern!(py, "field"), field)?;
    }
    if let Some(after) = error.retry_after() {
        // Whole milliseconds, rounded up, so that nobody calls too early.
        value.setattr(intern!(py, "retry_after"), Duration::from_millis(millis_up(after)))?;
    }
    Ok(PyErr::from_value(value))
}

/// What a caught panic is told as. Its text may hold anything, so it goes no further than the panic hook.
pub(crate) fn of_panic(_payload: Box<dyn Any + Send>) -> Error {
    Error::new(
        ErrorKind::Internal,
        "a defect in otpkit ended this call; please report it with what standard error shows",
    )
}
