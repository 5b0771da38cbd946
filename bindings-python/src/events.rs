//! Events for `on_event`: queued here by whoever made them, delivered by a thread of their own.

use crate::held::{self, Held};
use crate::host::Host;
use otpkit::{Event, Observer};
use pyo3::prelude::*;
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The most events that wait; later ones are dropped, because a slow handler must not hold up or fill the process.
const WAITING_MAX: usize = 8192;
/// The most events that are delivered at a time.
const BATCH: usize = 64;
/// A host's `on_event`.
pub(crate) type Handler = Arc<Held>;

/// The events of this process.
#[derive(Default)]
pub(crate) struct Events {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<(Handler, Event)>,
    /// Whether a batch is being delivered.
    busy: bool,
}

impl Events {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for events.
    fn next(&self) -> Vec<(Handler, Event)> {
        let mut state = self.lock();
        state.busy = false;
        self.changed.notify_all();
        while state.waiting.is_empty() {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.busy = true;
        let count = state.waiting.len().min(BATCH);
        state.waiting.drain(..count).collect()
    }

    fn flush(&self, limit: Duration) {
        let until = Instant::now() + limit;
        let mut state = self.lock();
        while state.busy || !state.waiting.is_empty() {
            let Some(left) = until
                .checked_duration_since(Instant::now())
                .filter(|left| !left.is_zero())
            else {
                return;
            };
            state = self
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }
}

/// The observer of a client with an `on_event`.
pub(crate) struct EventSink(Handler);

impl EventSink {
    pub(crate) fn new(handler: Handler) -> Self {
        Self(handler)
    }
}

impl Observer for EventSink {
    fn event(&self, event: &Event) {
        let Some(host) = Host::of_process() else { return };
        let mut state = host.events.lock();
        if state.waiting.len() >= WAITING_MAX {
            return;
        }
        state.waiting.push_back((self.0.clone(), event.clone()));
        drop(state);
        host.events.changed.notify_all();
    }
}

/// Waits for events and answers them as `(handler, JSON)`; empty when there can be none in this process.
#[pyfunction]
pub(crate) fn next_events(py: Python<'_>) -> Vec<(Py<PyAny>, String)> {
    let batch = py.detach(|| Host::of_process().map(|host| host.events.next()).unwrap_or_default());
    held::release(py);
    let json = |event: &Event| serde_json::to_string(event).expect("an event is plain data");
    batch
        .iter()
        .map(|(handler, event)| (handler.get().clone_ref(py), json(event)))
        .collect()
}

/// Waits until every event was delivered, at most so long.
#[pyfunction]
pub(crate) fn flush_events(py: Python<'_>, limit_ms: u64) {
    py.detach(|| {
        if let Some(host) = Host::of_process() {
            host.events.flush(Duration::from_millis(limit_ms));
        }
    });
}
