//! The way of a call: polled once on the calling thread, and if it has to wait, on that thread (`Otpkit`) or on the
//! runtime (`AsyncOtpkit`).

use crate::caller::{CALLER, Caller};
use crate::error;
use crate::held;
use crate::pending::Pending;
use crate::reply::Reply;
use crate::runtime;
use otpkit::{Error, ErrorKind};
use otpkit_bindings_common::{Now, poll_now};
use pyo3::prelude::*;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::{Duration, Instant};
use tokio::runtime::Handle;

pub(crate) type Outcome = Result<Reply, Error>;

/// How often a waiting main thread looks for signals.
const SLICE: Duration = Duration::from_millis(50);

/// Who calls, and whether to wait on this thread.
pub(crate) struct Way<'a, 'py> {
    pub(crate) caller: Option<&'a Bound<'py, Caller>>,
    pub(crate) wait: bool,
}

/// Makes a call. Answers its reply, or a `Pending` if it has to wait and is not to wait here.
pub(crate) fn call<'py, F: Future<Output = Outcome> + Send + 'static>(
    py: Python<'py>,
    way: Way<'_, 'py>,
    begin: impl FnOnce() -> Result<F, Error>,
) -> PyResult<Bound<'py, PyAny>> {
    let ended = catch_unwind(AssertUnwindSafe(|| {
        let future = begin()?;
        let handle = runtime::handle()?;
        match way.caller {
            Some(caller) => go(py, way.wait, handle, CALLER.scope(caller.get().0.clone(), future)),
            None => go(py, way.wait, handle, future),
        }
    }));
    held::release(py);
    match ended.unwrap_or_else(|payload| Err(error::of_panic(payload).into())) {
        Ok(answer) => Ok(answer),
        Err(Stop::Error(error)) => Err(error::exception(py, &error)),
        Err(Stop::Raised(raised)) => Err(raised),
    }
}

enum Stop {
    Error(Error),
    /// A signal handler raised, or Python had no memory for the reply.
    Raised(PyErr),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Stop::Error(error)
    }
}

impl From<PyErr> for Stop {
    fn from(raised: PyErr) -> Self {
        Stop::Raised(raised)
    }
}

fn go<'py>(
    py: Python<'py>,
    wait: bool,
    handle: Handle,
    future: impl Future<Output = Outcome> + Send + 'static,
) -> Result<Bound<'py, PyAny>, Stop> {
    #[cfg(feature = "testing")]
    crate::testing::Fault::Inline.strike();
    if wait {
        let outcome = wait_for(py, &handle, pin!(future))?;
        return Ok(outcome?.into_python(py)?);
    }
    let entered = handle.enter();
    let now = poll_now(future);
    drop(entered);
    match now {
        Now::Ready(outcome) => Ok(outcome?.into_python(py)?),
        Now::Later(future) => Ok(Bound::new(py, Pending::new(future, handle))?.into_any()),
    }
}

/// Waits on this thread. The first poll is done attached: no thread of the runtime ever waits for the interpreter, so
/// none can hold a lock of the core that this poll needs. Everything after it is done detached. In the main thread
/// signals are looked at meanwhile, and an exception of a signal handler (Ctrl-C) drops the call.
fn wait_for(
    py: Python<'_>,
    handle: &Handle,
    mut future: Pin<&mut (impl Future<Output = Outcome> + Send)>,
) -> PyResult<Outcome> {
    let entered = handle.enter();
    let first = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    drop(entered);
    if let Poll::Ready(outcome) = first {
        return Ok(outcome);
    }
    let wake = Arc::new(Unpark {
        thread: std::thread::current(),
        woken: AtomicBool::new(true),
    });
    let waker = Waker::from(wake.clone());
    let slice = runtime::is_main_thread().then_some(SLICE);
    let shutdowns = runtime::shutdowns();
    loop {
        let polled = py.detach(|| {
            let _entered = handle.enter();
            poll_for(future.as_mut(), &waker, &wake, slice, shutdowns)
        });
        match polled {
            Some(outcome) => return Ok(outcome),
            None => py.check_signals()?,
        }
    }
}

/// Polls whenever woken; `None` when a slice is over.
fn poll_for(
    mut future: Pin<&mut impl Future<Output = Outcome>>,
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
        if wake.woken.swap(false, Ordering::AcqRel) {
            #[cfg(feature = "testing")]
            crate::testing::Fault::Later.strike();
            if let Poll::Ready(outcome) = future.as_mut().poll(&mut Context::from_waker(waker)) {
                return Some(outcome);
            }
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
