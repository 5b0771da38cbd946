//! Who called: what the host's providers need to run where the caller would expect them.

use crate::held::Held;
use crate::mailbox::{Mailbox, Post};
use pyo3::prelude::*;
use std::sync::Arc;

pub(crate) struct CallerState {
    /// The event loop on which coroutines of providers run; `None` where none is there yet.
    pub(crate) home: Option<Arc<Post>>,
    /// How deep in callbacks this call was made: each depth has an event loop of its own (see `_loops.py`).
    pub(crate) level: u32,
    /// The caller's `contextvars` context.
    pub(crate) context: Held,
}

/// Who called.
#[pyclass(frozen, module = "otpkit._otpkit")]
pub(crate) struct Caller(pub(crate) Arc<CallerState>);

#[pymethods]
impl Caller {
    #[new]
    fn new(home: Option<&Bound<'_, Mailbox>>, level: u32, context: Py<PyAny>) -> Self {
        let home = home.map(|mailbox| mailbox.get().0.clone());
        let context = Held::new(context);
        Self(Arc::new(CallerState { home, level, context }))
    }
}

tokio::task_local! {
    /// The caller of the future that is being polled.
    pub(crate) static CALLER: Arc<CallerState>;
}

/// The caller, if the client has live things and the future is polled as part of its call.
pub(crate) fn current() -> Option<Arc<CallerState>> {
    CALLER.try_with(Arc::clone).ok()
}
