//! Work for threads that Python made: calls of providers that may block. `_threads.py` holds the threads.

use crate::events::Events;
use crate::held;
use crate::job::{Job, JobState};
use crate::per_process::PerProcess;
use pyo3::prelude::*;
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A worker that had nothing to do for so long ends.
const IDLE: Duration = Duration::from_secs(10);
/// A job that waited so long gets a new worker. Short jobs are thus served by few threads, one after the other.
const PATIENCE: Duration = Duration::from_millis(1);
/// The most workers. What waits longer than its deadline for one of them is given up like any other silence.
const WORKERS_MAX: usize = 512;

/// What this process has for Python's threads to do.
pub(crate) struct Host {
    state: Mutex<State>,
    /// Workers wait here for jobs.
    job: Condvar,
    /// The keeper waits here until a worker is wanted.
    wanted: Condvar,
    pub(crate) events: Events,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<(Instant, Arc<JobState>)>,
    workers: usize,
    /// Workers that were asked for and have not come yet.
    coming: usize,
    idle: usize,
}

static HOST: PerProcess<Host> = PerProcess::new();

impl Host {
    /// The one of this process; `None` in the child of too many nested forks.
    pub(crate) fn of_process() -> Option<&'static Host> {
        HOST.get(|| Host {
            state: Mutex::default(),
            job: Condvar::new(),
            wanted: Condvar::new(),
            events: Events::default(),
        })
    }

    /// Has a worker run the job.
    pub(crate) fn push(&self, job: Arc<JobState>) {
        let mut state = self.lock();
        state.jobs.push_back((Instant::now(), job));
        if state.jobs.len() > state.idle {
            self.wanted.notify_one();
        }
        drop(state);
        self.job.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keeper_wait(&self) {
        let mut state = self.lock();
        loop {
            let short = state.jobs.len() > state.idle && state.coming == 0 && state.workers < WORKERS_MAX;
            let waited = state.jobs.front().map_or(Duration::ZERO, |(since, _)| since.elapsed());
            if short && (state.workers == 0 || waited >= PATIENCE) {
                state.workers += 1;
                state.coming += 1;
                return;
            }
            state = if short {
                let left = PATIENCE.saturating_sub(waited);
                self.wanted
                    .wait_timeout(state, left)
                    .unwrap_or_else(PoisonError::into_inner)
                    .0
            } else {
                self.wanted.wait(state).unwrap_or_else(PoisonError::into_inner)
            };
        }
    }

    fn next_job(&self, first: bool) -> Option<Arc<JobState>> {
        let mut state = self.lock();
        if first {
            state.coming = state.coming.saturating_sub(1);
            self.wanted.notify_one();
        }
        let until = Instant::now() + IDLE;
        loop {
            if let Some((_, job)) = state.jobs.pop_front() {
                return Some(job);
            }
            let Some(left) = until
                .checked_duration_since(Instant::now())
                .filter(|left| !left.is_zero())
            else {
                state.workers = state.workers.saturating_sub(1);
                return None;
            };
            state.idle += 1;
            state = self
                .job
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
            state.idle -= 1;
        }
    }
}

/// Waits until one more worker is wanted. False when there can be none in this process.
#[pyfunction]
pub(crate) fn keeper_wait(py: Python<'_>) -> bool {
    py.detach(|| Host::of_process().map(Host::keeper_wait)).is_some()
}

/// Waits for a job; `None` when the worker is to end. `first` says that this worker has just come.
#[pyfunction]
pub(crate) fn next_job(py: Python<'_>, first: bool) -> Option<Job> {
    let job = py.detach(|| Host::of_process()?.next_job(first)).map(Job);
    held::release(py);
    job
}
