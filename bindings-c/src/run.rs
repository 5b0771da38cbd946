//! How a call runs: once on the calling thread, and on the runtime's threads only if it has to wait.

use crate::boundary::Caught;
use crate::error::Failure;
use crate::fork;
use otpkit::{Error, ErrorKind};
use otpkit_bindings_common::{Now, Runtime, RuntimeUnavailable, poll_now};
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::sync::mpsc::sync_channel;
use std::time::Duration;
use tokio::runtime::Handle;

static RUNTIME: Runtime = Runtime::new("otpkit");

/// A call that has to wait.
pub(crate) type Later<T> = Pin<Box<dyn Future<Output = otpkit::Result<T>> + Send>>;

thread_local!(static LAST: RefCell<Option<(u32, Handle)>> = const { RefCell::new(None) });

/// The runtime of this process.
pub(crate) fn runtime() -> Result<Handle, Failure> {
    let Some(generation) = fork::generation() else {
        return ask_for_runtime();
    };
    let known = LAST.try_with(|last| match &*last.borrow() {
        Some((then, handle)) if *then == generation => Some(handle.clone()),
        _ => None,
    });
    if let Ok(Some(handle)) = known {
        return Ok(handle);
    }
    let handle = ask_for_runtime()?;
    // Without its locals, as when a thread ends, a call asks again.
    let _ = LAST.try_with(|last| *last.borrow_mut() = Some((generation, handle.clone())));
    Ok(handle)
}

/// Ends the runtime of this process.
pub(crate) fn shut_down(limit: Duration) {
    fork::forget();
    RUNTIME.shut_down(limit);
    // A thread may have asked in between.
    fork::forget();
}

fn ask_for_runtime() -> Result<Handle, Failure> {
    RUNTIME.handle().map_err(|why| {
        let sentence = match why {
            RuntimeUnavailable::NoThreads => "the operating system gave otpkit no threads; raise the limit of threads",
            RuntimeUnavailable::TooManyForks => {
                "this process is the result of too many nested forks; start a fresh one"
            }
            RuntimeUnavailable::ShutDown => "otpkit's threads were shut down in this process",
        };
        Error::new(ErrorKind::Internal, sentence).into()
    })
}

/// Runs a call to its end on behalf of the calling thread.
pub(crate) fn blocking<T: Send + 'static>(
    future: impl Future<Output = otpkit::Result<T>> + Send + 'static,
) -> Result<T, Failure> {
    let runtime = runtime()?;
    match first_poll(&runtime, future) {
        Now::Ready(result) => result.map_err(Failure::from),
        Now::Later(future) => {
            let (answer, answered) = sync_channel(1);
            runtime.spawn(async move {
                // Nobody waits any more only if the waiting thread is gone with its process.
                let _ = answer.send(Caught(future).await);
            });
            // The other end goes without an answer when the runtime is shut down.
            answered.recv().unwrap_or_else(|_| Err(Failure::aborted()))
        }
    }
}

/// Polls a call once, here. Callbacks that said they never block may run here, too.
pub(crate) fn first_poll<T>(
    runtime: &Handle,
    future: impl Future<Output = otpkit::Result<T>> + Send + 'static,
) -> Now<otpkit::Result<T>> {
    let _entered = runtime.enter();
    let _inline = Inline::begin();
    poll_now(future)
}

thread_local!(static INLINE: Cell<u32> = const { Cell::new(0) });

/// Whether this thread is the host's own, in the middle of a call that it made.
pub(crate) fn is_inline() -> bool {
    INLINE.get() > 0
}

struct Inline;

impl Inline {
    fn begin() -> Self {
        INLINE.set(INLINE.get() + 1);
        Inline
    }
}

impl Drop for Inline {
    fn drop(&mut self) {
        INLINE.set(INLINE.get() - 1);
    }
}
