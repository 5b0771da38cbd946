//! Every call of a provider or a store goes through here: one deadline, and panics that end here.

use futures_core::future::BoxFuture;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// The deadline passed; a late answer is dropped.
    Timeout,
    /// The provider's code panicked.
    Panicked,
    /// It would have to wait, and there is no runtime to wait in.
    NoRuntime,
}

impl NoAnswer {
    pub(crate) fn sentence(self) -> &'static str {
        match self {
            NoAnswer::Timeout => "no answer within the deadline",
            NoAnswer::Panicked => "the provider's code panicked",
            NoAnswer::NoRuntime => {
                "no answer at once, and this thread has no tokio runtime with time enabled to wait in"
            }
        }
    }
}

/// Makes and runs a future of a provider or a store. One that is ready at once costs no timer and needs no runtime.
pub(crate) async fn guarded<'f, T>(make: impl FnOnce() -> BoxFuture<'f, T>, limit: Duration) -> Result<T, NoAnswer> {
    let made = catch_unwind(AssertUnwindSafe(make)).map_err(|_| NoAnswer::Panicked)?;
    let mut caught = Caught(Some(made));
    let first = std::future::poll_fn(|cx| Poll::Ready(Pin::new(&mut caught).poll(cx))).await;
    match first {
        Poll::Ready(answer) => answer,
        Poll::Pending => {
            // A timer panics where there is no runtime, or one without time.
            let timed = catch_unwind(AssertUnwindSafe(|| tokio::time::timeout(limit, caught)));
            match timed {
                Ok(timed) => timed.await.unwrap_or(Err(NoAnswer::Timeout)),
                Err(_) => Err(NoAnswer::NoRuntime),
            }
        }
    }
}

/// A future whose panics end here, also those of dropping it half done.
struct Caught<'f, T>(Option<BoxFuture<'f, T>>);

impl<T> Future for Caught<'_, T> {
    type Output = Result<T, NoAnswer>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // A future that panicked is not polled again: it is dropped with this answer.
        let Some(future) = &mut self.0 else {
            return Poll::Ready(Err(NoAnswer::Panicked));
        };
        let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx)));
        match polled {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(answer)) => Poll::Ready(Ok(answer)),
            Err(_) => Poll::Ready(Err(NoAnswer::Panicked)),
        }
    }
}

impl<T> Drop for Caught<'_, T> {
    fn drop(&mut self) {
        let future = self.0.take();
        let _ = catch_unwind(AssertUnwindSafe(|| drop(future)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_millis(20);

    #[tokio::test]
    async fn an_answer_a_silence_and_panics() {
        assert_eq!(guarded(|| Box::pin(async { 7 }), LIMIT).await, Ok(7));
        assert_eq!(
            guarded::<()>(|| Box::pin(std::future::pending()), LIMIT).await,
            Err(NoAnswer::Timeout)
        );
        let late = || -> BoxFuture<'static, ()> {
            Box::pin(async {
                tokio::task::yield_now().await;
                panic!("provider")
            })
        };
        assert_eq!(guarded(late, LIMIT).await, Err(NoAnswer::Panicked));
        assert_eq!(
            guarded::<()>(|| panic!("before there is a future"), LIMIT).await,
            Err(NoAnswer::Panicked)
        );
    }

    #[test]
    fn outside_of_a_runtime_waiting_is_an_answer_and_no_panic() {
        let mut waiting = Box::pin(guarded::<()>(|| Box::pin(std::future::pending()), LIMIT));
        let polled = waiting
            .as_mut()
            .poll(&mut Context::from_waker(std::task::Waker::noop()));
        assert_eq!(polled, Poll::Ready(Err(NoAnswer::NoRuntime)));
    }
}
