//! Calls under way, in one of two places. A call that waits for a provider in JavaScript is *parked* on the JavaScript
//! thread: the answer comes from there, so the call goes on there without a hop. A call that waits for anything else
//! (a socket, a timer) *runs* on the runtime, and its reply comes through the queue.

use napi::Env;
use std::cell::Cell;
use std::collections::HashMap;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, Weak};
use std::task::{Context, Poll, Wake, Waker};
use tokio::task::AbortHandle;

use crate::convert;
use crate::hub::{Shared, Work, lock};
use crate::inline::Scope;

/// A call on its way to its packed reply.
pub(crate) type Pending = Pin<Box<dyn Future<Output = String> + Send>>;

/// By number. Only the JavaScript thread of the environment touches these.
#[derive(Default)]
pub(crate) struct Calls {
    running: Mutex<HashMap<u64, AbortHandle>>,
    parked: Mutex<HashMap<u64, Pending>>,
}

impl Calls {
    /// Forgets a call whose reply is on its way.
    pub(crate) fn ended(&self, call: u64) {
        lock(&self.running).remove(&call);
    }

    /// Drops the future of a call.
    pub(crate) fn abort(&self, call: u64) {
        let running = lock(&self.running).remove(&call);
        if let Some(running) = running {
            running.abort();
        }
        // Dropped after the lock is open: what it drops may come back here.
        let parked = lock(&self.parked).remove(&call);
        drop(parked);
    }

    /// Drops all futures.
    pub(crate) fn abort_all(&self) {
        let running = std::mem::take(&mut *lock(&self.running));
        for task in running.into_values() {
            task.abort();
        }
        let parked = std::mem::take(&mut *lock(&self.parked));
        drop(parked);
    }
}

thread_local! {
    // The parked call that is being moved on: its waker has nothing to tell.
    static MOVING: Cell<u64> = const { Cell::new(0) };
}

impl Shared {
    /// Polls a call on the JavaScript thread. Without a reply it is parked or runs on.
    pub(crate) fn advance(self: &Arc<Self>, env: Env, call: u64, mut future: Pending) -> Option<String> {
        let polled = catch_unwind(AssertUnwindSafe(|| {
            // What the future awaits may need the runtime's timers and sockets.
            let _runtime = self.runtime().enter();
            let scope = Scope::enter(env, self.clone());
            // Most calls are ready at once and need no waker; one that is not is polled again in its place.
            if let Poll::Ready(reply) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                return Ok(reply);
            }
            let Some(ask) = scope.waits_for() else { return Err(None) };
            let shared = Arc::downgrade(self);
            let waker = Waker::from(Arc::new(ParkedWaker { shared, call }));
            match future.as_mut().poll(&mut Context::from_waker(&waker)) {
                Poll::Ready(reply) => Ok(reply),
                Poll::Pending => Err(Some(ask)),
            }
        }));
        match polled {
            Ok(Ok(reply)) => Some(reply),
            Ok(Err(Some(ask))) => {
                lock(&self.calls.parked).insert(call, future);
                self.answer_moves(ask, call);
                None
            }
            Ok(Err(None)) => {
                self.run_on(call, future);
                None
            }
            Err(_) => Some(convert::internal()),
        }
    }

    /// Gives a parked call the answer that it waits for, and polls it.
    pub(crate) fn move_on(self: &Arc<Self>, env: Env, call: u64, give: impl FnOnce()) -> Option<String> {
        let outer = MOVING.replace(call);
        give();
        MOVING.set(outer);
        let future = lock(&self.calls.parked).remove(&call)?;
        self.advance(env, call, future)
    }

    /// A parked call was woken by something else than its answer: the runtime takes it.
    pub(crate) fn finish_woken(self: &Arc<Self>, call: u64) {
        let parked = lock(&self.calls.parked).remove(&call);
        if let Some(future) = parked {
            self.run_on(call, future);
        }
    }

    /// Finishes a call on the runtime. On the JavaScript thread only, so that the call stands in `running` before its
    /// reply can be taken from the queue.
    fn run_on(self: &Arc<Self>, call: u64, future: Pending) {
        let done = Completion {
            shared: self.clone(),
            call,
            reply: None,
        };
        let task = self.runtime().spawn(async move { done.with(future.await) });
        lock(&self.calls.running).insert(call, task.abort_handle());
    }
}

/// Answers a call even if its future panicked or the runtime ended: a promise is never left behind.
struct Completion {
    shared: Arc<Shared>,
    call: u64,
    reply: Option<String>,
}

impl Completion {
    fn with(mut self, reply: String) {
        self.reply = Some(reply);
    }
}

impl Drop for Completion {
    fn drop(&mut self) {
        let reply = self.reply.take().unwrap_or_else(convert::internal);
        self.shared.push(Work::Done(self.call, reply));
    }
}

/// Wakes a parked call from any thread.
struct ParkedWaker {
    // Not an owner: the hub holds the parked call, which may hold this.
    shared: Weak<Shared>,
    call: u64,
}

impl Wake for ParkedWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if MOVING.get() == self.call {
            return;
        }
        if let Some(shared) = self.shared.upgrade() {
            shared.push(Work::Woken(self.call));
        }
    }
}
