//! Calls that answer later, through a completion.

use crate::boundary;
use crate::client::{self, otpkit_client};
use crate::error::{Failure, otpkit_error};
use crate::raw::UserData;
use crate::registry::{Guard, Handle, Kind, Slab};
use crate::reply::{self, Body, otpkit_reply};
use crate::run::{self, Later};
use crate::status::{OTPKIT_GONE, OTPKIT_INTERNAL, OTPKIT_OK, OTPKIT_STALE_HANDLE};
use otpkit::Client;
use otpkit_bindings_common::Now;
use std::ffi::c_void;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::ptr;
use std::sync::{Mutex, PoisonError};
use std::task::Poll;
use tokio::sync::oneshot;

/// Gets what an asynchronous call came to, exactly once: the `context` that the call was given, the status that the
/// blocking function would have returned, and a reply or an error (the other one is NULL). Both are yours to free.
///
/// Threads: a call that need not wait completes on the calling thread, before the function returns. Any other
/// completes on a thread of otpkit's, several at once. Either way it may block, and may call otpkit.
pub type otpkit_completion =
    Option<unsafe extern "C" fn(context: *mut c_void, status: u32, reply: *mut otpkit_reply, error: *mut otpkit_error)>;

/// Calls under way. Taking one out is what decides between its end and its being canceled.
static CALLS: Slab<Mutex<Option<oneshot::Sender<()>>>> = Slab::new(Kind::Call);

type Function = unsafe extern "C" fn(*mut c_void, u32, *mut otpkit_reply, *mut otpkit_error);

/// The host's completion. It runs exactly once: when told to, else when dropped.
struct Completion {
    function: Function,
    context: UserData,
    done: bool,
}

impl Completion {
    fn finish(mut self, result: Result<Body, Failure>) {
        self.run(result);
    }

    fn run(&mut self, result: Result<Body, Failure>) {
        self.done = true;
        let kept = result.and_then(|body| {
            let status = body.status();
            Ok((status, reply::keep(body)?))
        });
        let arguments = match kept {
            Ok((status, reply)) => (status, reply, ptr::null_mut()),
            Err(failure) => (failure.status, ptr::null_mut(), failure.into_handle()),
        };
        self.context.complete(self.function, arguments);
    }
}

impl Drop for Completion {
    fn drop(&mut self) {
        // Only when the runtime is shut down under the call.
        if !self.done {
            self.run(Err(Failure::aborted()));
        }
    }
}

/// Runs a verb; returns the number under which the call can be canceled, or 0 if it has completed already.
pub(crate) fn call<F>(
    name: &'static str,
    client: *const otpkit_client,
    (completion, context): (otpkit_completion, *mut c_void),
    ask: impl FnOnce(Guard<Client>) -> Result<F, Failure>,
) -> u64
where
    F: Future<Output = otpkit::Result<Body>> + Send + 'static,
{
    // Without a completion there is nobody to tell, so nothing is done.
    let Some(function) = completion else { return 0 };
    let completion = Completion {
        function,
        context: UserData::new(context, None),
        done: false,
    };
    let polled = boundary::caught(name, || {
        let client = client::find(client)?;
        reply::make_room()?;
        let future = ask(client)?;
        let runtime = run::runtime()?;
        Ok((run::first_poll(&runtime, future), runtime))
    });
    match polled {
        Err(failure) => completion.finish(Err(failure)),
        Ok((Now::Ready(result), _)) => completion.finish(result.map_err(Failure::from)),
        Ok((Now::Later(future), runtime)) => return later(&runtime, future, completion),
    }
    0
}

fn later(runtime: &tokio::runtime::Handle, future: Later<Body>, completion: Completion) -> u64 {
    let (cancel, canceled) = oneshot::channel();
    let Ok(call) = CALLS.insert(Mutex::new(Some(cancel))) else {
        completion.finish(Err(Failure::full("call id")));
        return 0;
    };
    let host = runtime.clone();
    // Made out here, so that a task which is dropped before its first poll ends its call id, too.
    let ends = Ends(call);
    runtime.spawn(async move {
        let result = unless(canceled, boundary::Caught(future)).await;
        drop(ends);
        // Never on a worker: the host's completion may block. When the pool is gone the closure is dropped, and with
        // it the completion, which then tells that the call was aborted.
        host.spawn_blocking(move || completion.finish(result));
    });
    call.into_number()
}

struct Ends(Handle);

impl Drop for Ends {
    fn drop(&mut self) {
        CALLS.take(self.0);
    }
}

/// The future's result, or `aborted` as soon as the signal comes.
async fn unless<F>(mut signal: oneshot::Receiver<()>, mut future: F) -> Result<Body, Failure>
where
    F: Future<Output = Result<Body, Failure>> + Unpin,
{
    poll_fn(move |cx| {
        if let Poll::Ready(result) = Pin::new(&mut future).poll(cx) {
            return Poll::Ready(result);
        }
        match Pin::new(&mut signal).poll(cx) {
            Poll::Ready(Ok(())) => Poll::Ready(Err(Failure::aborted())),
            // The sender is kept in CALLS as long as this runs.
            Poll::Ready(Err(_)) | Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// Cancels an asynchronous call: it completes with OTPKIT_ABORTED, soon and on a thread of otpkit's, unless its result
/// came in the same moment. What had been sent stays sent. Any thread.
/// Returns OTPKIT_OK, OTPKIT_GONE if the call has completed or is about to, or OTPKIT_STALE_HANDLE if `call` is none.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_call_cancel(call: u64) -> u32 {
    boundary::accessor("otpkit_call_cancel", OTPKIT_INTERNAL, || {
        let handle = Handle::from_number(call);
        if let Some(cancel) = CALLS.take(handle) {
            let cancel = cancel.lock().unwrap_or_else(PoisonError::into_inner).take();
            let told = cancel.is_some_and(|cancel| cancel.send(()).is_ok());
            return Some(if told { OTPKIT_OK } else { OTPKIT_GONE });
        }
        Some(if call == 0 || CALLS.was_good(handle) {
            OTPKIT_GONE
        } else {
            OTPKIT_STALE_HANDLE
        })
    })
}

#[cfg(feature = "testing")]
pub(crate) fn open() -> usize {
    CALLS.count()
}
