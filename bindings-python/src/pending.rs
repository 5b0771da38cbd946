//! A call of `AsyncOtpkit` that has to wait.

use crate::call::Outcome;
use crate::error;
use crate::held::Held;
use crate::mailbox::{Mailbox, Post};
use otpkit::{Error, ErrorKind};
use pyo3::prelude::*;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use tokio::runtime::Handle;
use tokio::task::AbortHandle;

type Call = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// A call that has to wait. Dropping it drops the call.
#[pyclass(frozen, module = "otpkit._otpkit")]
pub(crate) struct Pending {
    handle: Handle,
    call: Mutex<Option<Call>>,
    launched: Mutex<Option<AbortHandle>>,
    state: Arc<PendingState>,
}

/// What the runtime and the waiting loop share.
#[derive(Default)]
pub(crate) struct PendingState {
    outcome: Mutex<Option<Outcome>>,
    /// The `asyncio.Future` that is told when the outcome is there.
    future: Mutex<Option<Held>>,
}

impl PendingState {
    pub(crate) fn take_future(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        lock(&self.future).take().map(|future| future.take(py))
    }
}

impl Pending {
    pub(crate) fn new(call: Call, handle: Handle) -> Self {
        Self {
            handle,
            call: Mutex::new(Some(call)),
            launched: Mutex::default(),
            state: Arc::default(),
        }
    }

    fn take_call(&self, py: Python<'_>) -> PyResult<Call> {
        let used = || error::exception(py, &Error::new(ErrorKind::Internal, "this call was waited for before"));
        lock(&self.call).take().ok_or_else(used)
    }
}

#[pymethods]
impl Pending {
    /// Has the runtime go on with the call. When it has ended, `future` is handed to the loop of the mailbox, which
    /// then asks for the result.
    fn launch(&self, py: Python<'_>, mailbox: &Bound<'_, Mailbox>, future: Py<PyAny>) -> PyResult<()> {
        let call = Caught(self.take_call(py)?);
        *lock(&self.state.future) = Some(Held::new(future));
        let post: Arc<Post> = mailbox.get().0.clone();
        let state = self.state.clone();
        let task = self.handle.spawn(async move {
            let outcome = call.await;
            *lock(&state.outcome) = Some(outcome);
            post.ended(state);
        });
        *lock(&self.launched) = Some(task.abort_handle());
        Ok(())
    }

    /// The result of a launched call.
    fn result<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let lost = || {
            Err(Error::new(
                ErrorKind::Internal,
                "the result of this call was taken before",
            ))
        };
        let outcome = lock(&self.state.outcome).take().unwrap_or_else(lost);
        give(py, outcome)
    }

    /// Drops the call, wherever it is.
    fn abort(&self) {
        lock(&self.call).take();
        if let Some(task) = lock(&self.launched).take() {
            task.abort();
        }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.abort();
    }
}

fn give(py: Python<'_>, outcome: Outcome) -> PyResult<Bound<'_, PyAny>> {
    match outcome {
        Ok(reply) => reply.into_python(py),
        Err(error) => Err(error::exception(py, &error)),
    }
}

/// A call whose panics are errors.
struct Caught(Call);

impl Future for Caught {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome> {
        let polled = catch_unwind(AssertUnwindSafe(|| {
            #[cfg(feature = "testing")]
            crate::testing::Fault::Later.strike();
            self.0.as_mut().poll(cx)
        }));
        polled.unwrap_or_else(|payload| Poll::Ready(Err(error::of_panic(payload))))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
