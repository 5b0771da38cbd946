//! A call that has to wait: on this thread (`Otpkit`) or on the runtime (`AsyncOtpkit`).

use crate::error;
use crate::mailbox::{Mailbox, Post};
use crate::reply::Reply;
use crate::runtime;
use otpkit::{Error, ErrorKind};
use pyo3::prelude::*;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::task::AbortHandle;

type Outcome = Result<Reply, Error>;
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
    future: Mutex<Option<Py<PyAny>>>,
}

impl PendingState {
    pub(crate) fn take_future(&self) -> Option<Py<PyAny>> {
        lock(&self.future).take()
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
    /// Waits on this thread, detached from the interpreter. With `slice_ms`, signals are looked at that often, and an
    /// exception of a signal handler (Ctrl-C) drops the call.
    fn wait<'py>(&self, py: Python<'py>, slice_ms: Option<u64>) -> PyResult<Bound<'py, PyAny>> {
        let mut call = Caught(self.take_call(py)?);
        let wake = Arc::new(Unpark {
            thread: std::thread::current(),
            woken: AtomicBool::new(true),
        });
        let waker = Waker::from(wake.clone());
        let slice = slice_ms.map(Duration::from_millis);
        let shutdowns = runtime::shutdowns();
        let outcome = loop {
            let polled = py.detach(|| {
                let _entered = self.handle.enter();
                poll_for(&mut call, &waker, &wake, slice, shutdowns)
            });
            match polled {
                Some(outcome) => break outcome,
                None => py.check_signals()?,
            }
        };
        drop(call);
        give(py, outcome)
    }

    /// Has the runtime go on with the call. When it has ended, `future` is handed to the loop of the mailbox, which
    /// then asks for the result.
    fn launch(&self, py: Python<'_>, mailbox: &Bound<'_, Mailbox>, future: Py<PyAny>) -> PyResult<()> {
        let call = Caught(self.take_call(py)?);
        *lock(&self.state.future) = Some(future);
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

/// Polls whenever woken; `None` when a slice is over.
fn poll_for(
    call: &mut Caught,
    waker: &Waker,
    wake: &Unpark,
    slice: Option<Duration>,
    shutdowns: u32,
) -> Option<Outcome> {
    let until = slice.map(|slice| Instant::now() + slice);
    loop {
        if runtime::shutdowns() != shutdowns {
            return Some(at_exit(slice));
        }
        if wake.woken.swap(false, Ordering::AcqRel)
            && let Poll::Ready(outcome) = Pin::new(&mut *call).poll(&mut Context::from_waker(waker))
        {
            return Some(outcome);
        }
        if wake.woken.load(Ordering::Acquire) {
            continue;
        }
        match until {
            None => std::thread::park(),
            Some(until) => match until.checked_duration_since(Instant::now()) {
                Some(left) if !left.is_zero() => std::thread::park_timeout(left),
                _ => return None,
            },
        }
    }
}

/// The interpreter is exiting and the runtime is gone, so the call will never end. The main thread is told; any other
/// thread that is still here is a daemon, which must not touch the interpreter again and ends with the process.
fn at_exit(slice: Option<Duration>) -> Outcome {
    if slice.is_some() {
        return Err(Error::new(ErrorKind::Closed, "Python is exiting"));
    }
    loop {
        std::thread::park();
    }
}

struct Unpark {
    thread: Thread,
    woken: AtomicBool,
}

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        self.thread.unpark();
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
