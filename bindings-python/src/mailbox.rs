//! What the runtime has for one event loop: calls that ended, and coroutines to run. One wake-up carries many.

use crate::held;
use crate::job::{Job, JobState};
use crate::pending::PendingState;
use pyo3::prelude::*;
use std::io::{PipeReader, PipeWriter, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// The queue of one event loop. Posting needs no interpreter: it ends in one byte on a pipe that the loop watches.
pub(crate) struct Post {
    queue: Mutex<Queue>,
    reader: PipeReader,
    writer: PipeWriter,
}

#[derive(Default)]
struct Queue {
    ended: Vec<Arc<PendingState>>,
    run: Vec<Arc<JobState>>,
    stop: Vec<Arc<JobState>>,
    /// Whether the byte was written that tells the loop to look here.
    told: bool,
}

impl Post {
    /// This call has its outcome.
    pub(crate) fn ended(&self, state: Arc<PendingState>) {
        self.post(|queue| queue.ended.push(state));
    }

    /// This job is to be run on the loop.
    pub(crate) fn run(&self, job: Arc<JobState>) {
        self.post(|queue| queue.run.push(job));
    }

    /// Nobody waits for this job any more.
    pub(crate) fn stop(&self, job: Arc<JobState>) {
        self.post(|queue| queue.stop.push(job));
    }

    fn post(&self, put: impl FnOnce(&mut Queue)) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        put(&mut queue);
        let told = std::mem::replace(&mut queue.told, true);
        drop(queue);
        if !told {
            self.tell();
        }
    }

    // At most two bytes are ever in the pipe, so this never blocks.
    fn tell(&self) {
        let _ = (&self.writer).write(&[1]);
    }
}

/// The queue of one event loop.
#[pyclass(frozen, module = "otpkit._otpkit")]
pub(crate) struct Mailbox(pub(crate) Arc<Post>);

#[pymethods]
impl Mailbox {
    #[new]
    fn new() -> PyResult<Self> {
        let (reader, writer) = std::io::pipe()?;
        Ok(Self(Arc::new(Post {
            queue: Mutex::default(),
            reader,
            writer,
        })))
    }

    /// What the loop watches for reading.
    #[cfg(unix)]
    fn fileno(&self) -> i32 {
        use std::os::fd::AsRawFd;
        self.0.reader.as_raw_fd()
    }

    /// Takes everything: the futures of calls that ended, jobs to run, jobs to stop.
    #[allow(clippy::type_complexity)]
    fn take(&self, py: Python<'_>) -> (Vec<Py<PyAny>>, Vec<Job>, Vec<Job>) {
        let Queue { ended, run, stop, told } =
            std::mem::take(&mut *self.0.queue.lock().unwrap_or_else(PoisonError::into_inner));
        if told {
            let _ = (&self.0.reader).read(&mut [0]);
        }
        held::release(py);
        let futures = ended.iter().filter_map(|state| state.take_future(py)).collect();
        (
            futures,
            run.into_iter().map(Job).collect(),
            stop.into_iter().map(Job).collect(),
        )
    }

    /// Waits until there is something to take, for loops that cannot watch a pipe.
    fn wait(&self, py: Python<'_>) {
        py.detach(|| {
            if (&self.0.reader).read(&mut [0]).is_ok() {
                // `take` reads this byte again.
                self.0.tell();
            }
        });
    }

    /// Ends a `wait`.
    fn wake(&self) {
        self.0.post(|_| {});
    }

    /// Has the loop run a job.
    fn run(&self, job: &Bound<'_, Job>) {
        self.0.run(job.get().0.clone());
    }
}
