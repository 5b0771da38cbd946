//! The native half of the Python package `otpkit`.
//!
//! Two rules keep it safe around threads, forks and the end of the interpreter:
//!
//! 1. Threads of the runtime never touch Python. They put results, and calls of the host's providers, into queues
//!    (`mailbox`, `host`); threads that Python itself made take them out.
//! 2. Nothing here calls Python code. What has to run Python (providers, `on_event`, event loops) is run by the
//!    modules beside this one in `python/otpkit`, so that no Rust frame lies under a Python frame when the
//!    interpreter ends its threads.

mod args;
mod call;
mod caller;
mod client;
mod error;
mod events;
mod held;
mod host;
mod job;
mod mailbox;
mod message;
mod outbox;
mod pending;
mod per_process;
mod provider;
mod reply;
mod report;
mod runtime;
#[cfg(feature = "testing")]
mod testing;

use pyo3::prelude::*;

/// The native half of otpkit; use the package `otpkit`.
#[pymodule(gil_used = true)]
fn _otpkit(module: &Bound<'_, PyModule>) -> PyResult<()> {
    #[cfg(unix)]
    runtime::watch_forks();
    module.add("VERSION", otpkit::VERSION)?;
    module.add("ERRORS", error::table())?;
    module.add_function(wrap_pyfunction!(settings_schema, module)?)?;
    module.add_function(wrap_pyfunction!(error::set_error_classes, module)?)?;
    module.add_function(wrap_pyfunction!(host::keeper_wait, module)?)?;
    module.add_function(wrap_pyfunction!(host::next_job, module)?)?;
    module.add_function(wrap_pyfunction!(events::next_events, module)?)?;
    module.add_function(wrap_pyfunction!(events::flush_events, module)?)?;
    module.add_function(wrap_pyfunction!(runtime::shut_down, module)?)?;
    module.add_function(wrap_pyfunction!(runtime::this_is_main, module)?)?;
    module.add_class::<caller::Caller>()?;
    module.add_class::<client::Client>()?;
    module.add_class::<job::Job>()?;
    module.add_class::<mailbox::Mailbox>()?;
    module.add_class::<outbox::Outbox>()?;
    module.add_class::<outbox::OutboxMessage>()?;
    module.add_class::<pending::Pending>()?;
    reply::add_to(module)?;
    #[cfg(feature = "testing")]
    testing::add_to(module)?;
    Ok(())
}

/// The JSON Schema of the settings, as a JSON text.
#[pyfunction]
fn settings_schema() -> String {
    otpkit::settings_schema().to_string()
}
