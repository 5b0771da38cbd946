//! The runtime of the process, and its end.

use otpkit::{Error, ErrorKind};
use otpkit_bindings_common::{Runtime, RuntimeUnavailable};
use pyo3::prelude::*;
use std::cell::RefCell;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::runtime::Handle;

static RUNTIME: Runtime = Runtime::new("otpkit");

/// How often the runtime was shut down. A thread that waits across a shutdown must not poll again.
static SHUTDOWNS: AtomicU32 = AtomicU32::new(0);

/// How many forks lie between the process that loaded this module and this one.
static FORKS: AtomicU32 = AtomicU32::new(0);

thread_local! {
    /// The handle that this thread got last, and the counts of shutdowns and forks then: asking for the process id
    /// costs more than all the rest of a short call.
    static HANDLE: RefCell<Option<(u32, u32, Handle)>> = const { RefCell::new(None) };
}

/// The runtime of this process.
pub(crate) fn handle() -> Result<Handle, Error> {
    let now = (shutdowns(), FORKS.load(Ordering::Acquire));
    HANDLE.with_borrow_mut(|known| match known {
        Some((shutdowns, forks, handle)) if (*shutdowns, *forks) == now => Ok(handle.clone()),
        _ => {
            let handle = RUNTIME.handle().map_err(unavailable)?;
            *known = Some((now.0, now.1, handle.clone()));
            Ok(handle)
        }
    })
}

fn unavailable(why: RuntimeUnavailable) -> Error {
    let sentence = match why {
        RuntimeUnavailable::NoThreads => "the operating system gave no threads; raise the limit of this process",
        RuntimeUnavailable::TooManyForks => {
            "this process is a fork of a fork too many times over; start it with `spawn` or `exec`"
        }
        RuntimeUnavailable::ShutDown => "the runtime was shut down",
    };
    Error::new(ErrorKind::StoreUnavailable, sentence)
}

/// Counts forks from now on.
#[cfg(unix)]
pub(crate) fn watch_forks() {
    extern "C" fn in_child() {
        FORKS.fetch_add(1, Ordering::AcqRel);
    }
    // SAFETY: the handler only adds to an atomic, which a child of a process with threads may do; it lives as long as
    // the process, because Python never unloads a module.
    let watched = unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
    assert_eq!(watched, 0, "there is memory for one handler");
}

pub(crate) fn shutdowns() -> u32 {
    SHUTDOWNS.load(Ordering::Acquire)
}

thread_local! {
    /// Its address tells a thread from all others that live.
    static MARK: u8 = const { 0 };
}

/// The address of the main thread's `MARK`; 0 as long as nobody said which thread that is.
static MAIN: AtomicUsize = AtomicUsize::new(0);

fn mark() -> usize {
    MARK.with(|mark| std::ptr::from_ref(mark).addr())
}

/// Whether this is the thread to which Python gives signals.
pub(crate) fn is_main_thread() -> bool {
    let main = MAIN.load(Ordering::Acquire);
    main == 0 || main == mark()
}

/// Says that this is the main thread: when the package is imported, and in the child of a fork.
#[pyfunction]
pub(crate) fn this_is_main() {
    MAIN.store(mark(), Ordering::Release);
}

/// Ends the threads of the runtime, waiting at most so many milliseconds. Called when the interpreter exits.
#[pyfunction]
pub(crate) fn shut_down(py: Python<'_>, limit_ms: u64) {
    // Counted before, for those who wait, and after, for those who got a handle in between.
    SHUTDOWNS.fetch_add(1, Ordering::AcqRel);
    py.detach(|| RUNTIME.shut_down(Duration::from_millis(limit_ms)));
    SHUTDOWNS.fetch_add(1, Ordering::AcqRel);
}
