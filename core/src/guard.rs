//! Every call of a provider or a store goes through here: one deadline, and panics that end here.

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
}

impl NoAnswer {
    pub(crate) fn sentence(self) -> &'static str {
        match self {
            NoAnswer::Timeout => "the provider gave no answer within the deadline",
            NoAnswer::Panicked => "the provider's code panicked",
        }
    }
}

/// Runs a future of a provider or a store. One that is ready at once costs no timer, and needs no runtime.
pub(crate) async fn guarded<T>(future: impl Future<Output = T> + Send, limit: Duration) -> Result<T, NoAnswer> {
    let mut caught = Box::pin(Caught(Box::pin(future)));
    let first = std::future::poll_fn(|cx| Poll::Ready(caught.as_mut().poll(cx))).await;
    match first {
        Poll::Ready(answer) => answer,
        Poll::Pending => tokio::time::timeout(limit, caught)
            .await
            .unwrap_or(Err(NoAnswer::Timeout)),
    }
}

struct Caught<F>(Pin<Box<F>>);

impl<F: Future> Future for Caught<F> {
    type Output = Result<F::Output, NoAnswer>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // A future that panicked is not polled again: it is dropped with this answer.
        let polled = catch_unwind(AssertUnwindSafe(|| self.0.as_mut().poll(cx)));
        match polled {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(answer)) => Poll::Ready(Ok(answer)),
            Err(_) => Poll::Ready(Err(NoAnswer::Panicked)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_answer_a_silence_and_a_panic() {
        let limit = Duration::from_millis(20);
        assert_eq!(guarded(async { 7 }, limit).await, Ok(7));
        assert_eq!(
            guarded(std::future::pending::<()>(), limit).await,
            Err(NoAnswer::Timeout)
        );
        let late = async {
            tokio::task::yield_now().await;
            panic!("provider")
        };
        assert_eq!(guarded::<()>(late, limit).await, Err(NoAnswer::Panicked));
    }
}
