use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// What came of polling a future once.
pub enum Now<T> {
    /// It was ready: the call can complete on the calling thread.
    Ready(T),
    /// It has to wait; spawn this and answer later.
    Later(Pin<Box<dyn Future<Output = T> + Send>>),
}

/// Polls a future once on the calling thread. Enter the runtime's handle first: what the future awaits may need it.
///
/// The waker of this poll does nothing, which is sound because a future that is spawned afterwards is polled again.
pub fn poll_now<T>(future: impl Future<Output = T> + Send + 'static) -> Now<T> {
    let mut future: Pin<Box<dyn Future<Output = T> + Send>> = Box::pin(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Now::Ready(value),
        Poll::Pending => Now::Later(future),
    }
}
