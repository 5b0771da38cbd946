//! References to Python objects that any thread may drop.
//!
//! pyo3 parks what is dropped without the interpreter in a list behind a lock of its own. A child of `fork` inherits that
//! lock as it was: held for ever, if another thread was dropping something at that moment, and the child hangs as soon
//! as it drops something itself. So what may be dropped without the interpreter is kept in a list that each process
//! has for itself, and let go by the next thread of Python that comes by.

use crate::per_process::PerProcess;
use pyo3::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

static DROPPED: PerProcess<Mutex<Vec<Py<PyAny>>>> = PerProcess::new();
/// Whether there may be something in the list, so that looking costs nothing as a rule.
static ANY: AtomicBool = AtomicBool::new(false);

/// A reference that may be dropped on any thread.
pub(crate) struct Held(Option<Py<PyAny>>);

impl Held {
    pub(crate) fn new(object: Py<PyAny>) -> Self {
        Self(Some(object))
    }

    pub(crate) fn get(&self) -> &Py<PyAny> {
        self.0.as_ref().expect("it is there until it is taken or dropped")
    }

    /// The reference itself, for a thread that has the interpreter.
    pub(crate) fn take(mut self, _py: Python<'_>) -> Py<PyAny> {
        self.0.take().expect("it is there until it is taken or dropped")
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let Some(object) = self.0.take() else { return };
        match DROPPED.get(Mutex::default) {
            Some(dropped) => {
                dropped.lock().unwrap_or_else(PoisonError::into_inner).push(object);
                ANY.store(true, Ordering::Release);
            }
            // The child of too many nested forks: a leak harms less than a hang.
            None => std::mem::forget(object),
        }
    }
}

impl<'a, 'py> FromPyObject<'a, 'py> for Held {
    type Error = std::convert::Infallible;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> Result<Self, Self::Error> {
        Ok(Self::new(object.to_owned().unbind()))
    }
}

/// Lets go of what was dropped meanwhile.
pub(crate) fn release(_py: Python<'_>) {
    if !ANY.swap(false, Ordering::AcqRel) {
        return;
    }
    let Some(dropped) = DROPPED.get(Mutex::default) else {
        return;
    };
    let objects = std::mem::take(&mut *dropped.lock().unwrap_or_else(PoisonError::into_inner));
    // The lock is free again: an object's end may run code of the host, which may come here.
    drop(objects);
}
