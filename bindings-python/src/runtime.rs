//! The runtime of the process, and its end.

use otpkit::{Error, ErrorKind};
use otpkit_bindings_common::{Runtime, RuntimeUnavailable};
use pyo3::prelude::*;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::runtime::Handle;

static RUNTIME: Runtime = Runtime::new("otpkit");

/// How often the runtime was shut down. A thread that waits across a shutdown must not poll again.
static SHUTDOWNS: AtomicU32 = AtomicU32::new(0);

pub(crate) fn handle() -> Result<Handle, Error> {
    RUNTIME.handle().map_err(|why| {
        let sentence = match why {
            RuntimeUnavailable::NoThreads => "the operating system gave no threads; raise the limit of this process",
            RuntimeUnavailable::TooManyForks => {
                "this process is a fork of a fork too many times over; start it with `spawn` or `exec`"
            }
            RuntimeUnavailable::ShutDown => "the runtime was shut down",
        };
        Error::new(ErrorKind::StoreUnavailable, sentence)
    })
}

pub(crate) fn shutdowns() -> u32 {
    SHUTDOWNS.load(Ordering::Acquire)
}

/// Ends the threads of the runtime, waiting at most so many milliseconds. Called when the interpreter exits.
#[pyfunction]
pub(crate) fn shut_down(py: Python<'_>, limit_ms: u64) {
    SHUTDOWNS.fetch_add(1, Ordering::AcqRel);
    py.detach(|| RUNTIME.shut_down(Duration::from_millis(limit_ms)));
}
