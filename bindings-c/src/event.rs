//! Events, delivered to the host one by one and in order, off the threads of the calls.

use crate::boundary;
use crate::lent::c_string;
use crate::raw::UserData;
use crate::run;
use otpkit::{Event, Observer};
use std::collections::VecDeque;
use std::ffi::{CString, c_char, c_void};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Is told what happened, as a JSON object: {"event":"send"|"check"|"cannot_tell"|"report"|"error", ...}. Recipients in it are
/// masked, and there is never a code. The text is lent until the function returns.
///
/// Threads: one at a time and in order, on a thread of otpkit's, soon after it happened. It may block and may call
/// otpkit. When 10,000 events wait, further ones are dropped; those that wait when the client or the runtime ends, too.
pub type otpkit_event_call = Option<unsafe extern "C" fn(user_data: *mut c_void, event_json: *const c_char)>;

const WAITING_MAX: usize = 10_000;

/// Passes events to a function of the host.
pub(crate) struct Events(Arc<Sink>);

struct Sink {
    function: unsafe extern "C" fn(*mut c_void, *const c_char),
    data: UserData,
    queues: [(AtomicU32, Mutex<Queue>); PROCESSES],
}

/// A process that was forked finds the parent's queue as it was, perhaps locked by a thread that it does not have. So
/// each process in a row of forks has a queue of its own; in the child of too many, events are dropped.
const PROCESSES: usize = 16;

#[derive(Default)]
struct Queue {
    waiting: VecDeque<CString>,
    delivering: bool,
}

impl Events {
    pub(crate) fn new(function: unsafe extern "C" fn(*mut c_void, *const c_char), data: UserData) -> Self {
        let queues = std::array::from_fn(|_| (AtomicU32::new(0), Mutex::default()));
        Self(Arc::new(Sink { function, data, queues }))
    }
}

impl Observer for Events {
    fn event(&self, event: &Event) {
        let Ok(json) = serde_json::to_string(event) else { return };
        let Some(mut queue) = self.0.queue() else { return };
        if queue.waiting.len() >= WAITING_MAX {
            return;
        }
        queue.waiting.push_back(c_string(json));
        if !queue.delivering
            && let Ok(runtime) = run::runtime()
        {
            queue.delivering = true;
            drop(queue);
            let delivery = Delivery {
                sink: self.0.clone(),
                finished: false,
            };
            runtime.spawn_blocking(move || delivery.run());
        }
    }
}

impl Sink {
    fn queue(&self) -> Option<MutexGuard<'_, Queue>> {
        let pid = std::process::id();
        let own = self.queues.iter().find(|(owner, _)| {
            let taken = owner.compare_exchange(0, pid, Ordering::AcqRel, Ordering::Acquire);
            taken.is_ok() || taken == Err(pid)
        });
        own.map(|(_, queue)| queue.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// One worker that empties the queue. If it is dropped before it ran to the end, the next event starts another.
struct Delivery {
    sink: Arc<Sink>,
    finished: bool,
}

impl Delivery {
    fn run(mut self) {
        while let Some(event) = self.next() {
            let call = || {
                self.sink.data.call(self.sink.function, event.as_ptr());
                Ok(())
            };
            // A defect on the way must not stop the events that follow; there is nobody to tell.
            let _ = boundary::caught("event", call);
        }
    }

    fn next(&mut self) -> Option<CString> {
        let mut queue = self.sink.queue()?;
        let event = queue.waiting.pop_front();
        self.finished = event.is_none();
        queue.delivering = event.is_some();
        event
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        // Never ran, because the runtime ended.
        if !self.finished
            && let Some(mut queue) = self.sink.queue()
        {
            queue.delivering = false;
        }
    }
}
