//! Where every exported function begins: panics end here, and failures become a status and an error handle.

use crate::error::Failure;
use crate::raw::OutError;
use std::cell::Cell;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

/// The end of a file's name, and the line. Of a fixed size, because a panicking thread should not allocate.
type Place = ([u8; 48], u32);

thread_local!(static PANICKED_AT: Cell<Option<Place>> = const { Cell::new(None) });

/// Runs the body of an exported function that returns a status. `name` is the function's.
pub(crate) fn status(name: &'static str, error: OutError, body: impl FnOnce() -> Result<u32, Failure>) -> u32 {
    caught(name, body).unwrap_or_else(|failure| failure.report(error))
}

/// Runs the body of an exported function that returns something else, and `default` when it fails.
pub(crate) fn value<T>(
    name: &'static str,
    error: OutError,
    default: T,
    body: impl FnOnce() -> Result<T, Failure>,
) -> T {
    caught(name, body).unwrap_or_else(|failure| {
        failure.report(error);
        default
    })
}

/// Runs the body of an accessor, which has no place for an error: `default` stands for every failure.
pub(crate) fn accessor<T>(name: &'static str, default: T, body: impl FnOnce() -> Option<T>) -> T {
    caught(name, || Ok(body())).ok().flatten().unwrap_or(default)
}

/// Runs something whose panic must not go further.
pub(crate) fn caught<T>(name: &'static str, body: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    keep_panics_quiet();
    let body = || {
        point(name);
        body()
    };
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|_| Err(panicked()))
}

/// A future whose panic becomes a failure.
pub(crate) struct Caught<F>(pub(crate) F);

impl<T, F: Future<Output = Result<T, otpkit::Error>> + Unpin> Future for Caught<F> {
    type Output = Result<T, Failure>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let poll = || {
            point("future");
            Pin::new(&mut self.0).poll(cx)
        };
        match catch_unwind(AssertUnwindSafe(poll)) {
            Ok(poll) => poll.map_err(Failure::from),
            Err(_) => Poll::Ready(Err(panicked())),
        }
    }
}

/// Tells where the defect is, and nothing of what was said: a panic's text may hold what the caller passed.
fn panicked() -> Failure {
    let place = PANICKED_AT
        .take()
        .map(|(file, line)| format!(" ({}:{line})", String::from_utf8_lossy(&file).trim_matches('\0')));
    let sentence = format!("a defect in otpkit{}; please report it", place.unwrap_or_default());
    otpkit::Error::new(otpkit::ErrorKind::Internal, sentence).into()
}

/// This library has a Rust standard library of its own, so this hook sees its panics only. The default one would
/// print their text to the host's standard error.
fn keep_panics_quiet() {
    static DONE: AtomicBool = AtomicBool::new(false);
    if DONE.load(Ordering::Relaxed) || DONE.swap(true, Ordering::Relaxed) {
        return;
    }
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(|place| {
            let mut end = [0; 48];
            let name = place.file().as_bytes();
            let name = &name[name.len().saturating_sub(end.len())..];
            end[..name.len()].copy_from_slice(name);
            (end, place.line())
        });
        let _ = PANICKED_AT.try_with(|kept| kept.set(place));
    }));
}

#[cfg(feature = "testing")]
pub(crate) use crate::testing::point;

/// Where tests inject a panic.
#[cfg(not(feature = "testing"))]
pub(crate) fn point(_name: &'static str) {}
