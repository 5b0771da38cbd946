//! The store in a file: it survives restarts, and several processes of one machine share it.
//!
//! Every verb is one commit. Verbs that wait at the same time share one: callers put them into a queue, and one *runner*
//! at a time, there only while there is work, takes all that stand in it, applies them to the documents that they
//! concern, and writes what has changed.

mod batch;
mod cache;
mod errors;
mod file;
mod gate;
mod open;
mod runner;
mod sheets;
mod sql;
mod time;

use super::Store;
use super::verb::{Answer, Verb};
use crate::clock::{Clock, Machine, ThisMachine};
use crate::engine::verbs::{
    Attempt, Attempted, Begin, Begun, Binding, Facts, Key, NewReport, Noted, Refusal, Renew, Renewed, Settle, Settled,
};
use crate::error::{Error, ErrorKind, Result};
use crate::settings::SqliteSettings;
use crate::types::Index;
use async_trait::async_trait;
use batch::Engine;
use runner::{Job, Outcome, Reply, Runner, Seat, Work};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use time::Time;
use tokio::sync::oneshot;

/// How often a verb is handed to another runner when the one before ended with its runtime.
const TRIES: usize = 3;

/// The store in a file. A clone is the same store, so several clients (one a tenant, say) can share one.
///
/// What it keeps survives restarts, crashes and, unless `synchronous` is `normal`, a loss of power. Any number of
/// processes of one machine may share the file. It is opened on the first call, and waits in the runtime of the caller.
#[derive(Clone)]
pub struct SqliteStore {
    inner: Arc<Inner>,
}

struct Inner {
    settings: SqliteSettings,
    path: PathBuf,
    time: Time,
    /// The process that used the store first; 0 before.
    pid: AtomicU32,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    /// Whether a runner is at work.
    taken: bool,
    /// What the runner works with, while there is none.
    engine: Engine,
}

impl SqliteStore {
    /// A store in the file of this path, which is made when it is first used.
    ///
    /// # Errors
    /// `invalid_settings` if the path cannot be one of a file.
    pub fn new(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref().to_str().unwrap_or_default();
        Self::from_settings(&SqliteSettings::new(path))
    }

    /// A store by its settings.
    ///
    /// # Errors
    /// `invalid_settings` naming the one that is wrong.
    pub fn from_settings(settings: &SqliteSettings) -> Result<Self> {
        Self::on_machine(settings, Arc::new(ThisMachine))
    }

    pub(crate) fn on_machine(settings: &SqliteSettings, machine: Arc<dyn Machine>) -> Result<Self> {
        Self::with_time(settings, Time::Machine(machine))
    }

    pub(crate) fn with_clock(settings: &SqliteSettings, clock: Arc<dyn Clock>) -> Result<Self> {
        Self::with_time(settings, Time::Given(clock))
    }

    fn with_time(settings: &SqliteSettings, time: Time) -> Result<Self> {
        let path = settings.check()?;
        let inner = Inner {
            settings: settings.clone(),
            path,
            time,
            pid: AtomicU32::new(0),
            queue: Mutex::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Deletes all that is over; calls delete a little of it on their way. Returns how many recipients and windows
    /// were forgotten.
    ///
    /// # Errors
    /// `store_unavailable` with what to do.
    pub async fn sweep(&self) -> Result<u64> {
        match self.ask(Work::Sweep).await? {
            Outcome::Swept(deleted) => Ok(deleted),
            _ => Err(mismatch()),
        }
    }

    async fn verb(&self, verb: Verb) -> Result<Answer> {
        match self.ask(Work::Verb(verb)).await? {
            Outcome::Answer(answer) => Ok(answer),
            _ => Err(mismatch()),
        }
    }

    /// Puts work into the queue and waits for its answer. Dropped meanwhile, it is not done if nobody has begun it.
    async fn ask(&self, work: Work) -> Result<Outcome> {
        self.inner.check_process()?;
        let work = Arc::new(work);
        for _ in 0..TRIES {
            let runtime = tokio::runtime::Handle::try_current().map_err(|_| {
                let sentence = "a call with the SQLite store waits, and this thread has no tokio runtime to wait in";
                Error::new(ErrorKind::StoreUnavailable, sentence)
            })?;
            let (reply, answer) = oneshot::channel();
            let job = Job {
                work: Arc::clone(&work),
                reply,
            };
            let runner = Seat::queue(&self.inner, job).map(|seat| Runner::new(runtime, seat));
            let answer = match runner {
                Some(runner) => runner.until(answer).await,
                None => answer.await,
            };
            match answer {
                Ok(Reply::Done(outcome)) => return outcome,
                Ok(Reply::AskAgain) => {}
                Err(_) => break,
            }
        }
        let sentence = "the SQLite store was interrupted; what was asked may or may not have happened";
        Err(Error::new(ErrorKind::StoreUnavailable, sentence))
    }
}

impl Inner {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        // Nothing that can panic runs under this lock.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A child that was forked after the first use has a copy of what its parent has open. It is refused before it
    /// touches a lock.
    fn check_process(&self) -> Result<()> {
        let pid = std::process::id();
        match self.pid.compare_exchange(0, pid, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => Ok(()),
            Err(owner) if owner == pid => Ok(()),
            Err(_) => Err(gate::forked("has used this client")),
        }
    }
}

fn mismatch() -> Error {
    Error::new(ErrorKind::Internal, "the SQLite store answered another question")
}

#[async_trait]
impl Store for SqliteStore {
    fn outlives_process(&self) -> bool {
        true
    }

    async fn meta(&self) -> Result<Option<Vec<u8>>> {
        match self.ask(Work::Meta).await? {
            Outcome::Meta(document) => Ok(document),
            _ => Err(mismatch()),
        }
    }

    async fn put_meta(&self, expected: Option<&[u8]>, new: &[u8]) -> Result<bool> {
        let work = Work::PutMeta {
            expected: expected.map(<[u8]>::to_vec),
            new: new.to_vec(),
        };
        match self.ask(work).await? {
            Outcome::Put(as_expected) => Ok(as_expected),
            _ => Err(mismatch()),
        }
    }

    async fn begin(&self, begin: &Begin) -> Result<Result<Begun, Refusal>> {
        match self.verb(Verb::Begin(begin.clone())).await? {
            Answer::Begin(begun) => Ok(begun),
            _ => Err(mismatch()),
        }
    }

    async fn attempt(&self, attempt: &Attempt) -> Result<Attempted> {
        match self.verb(Verb::Attempt(attempt.clone())).await? {
            Answer::Attempt(attempted) => Ok(attempted),
            _ => Err(mismatch()),
        }
    }

    async fn renew(&self, renew: &Renew) -> Result<Renewed> {
        match self.verb(Verb::Renew(renew.clone())).await? {
            Answer::Renew(renewed) => Ok(renewed),
            _ => Err(mismatch()),
        }
    }

    async fn settle(&self, settle: &Settle) -> Result<Settled> {
        match self.verb(Verb::Settle(settle.clone())).await? {
            Answer::Settle(settled) => Ok(settled),
            _ => Err(mismatch()),
        }
    }

    async fn report(&self, report: &NewReport) -> Result<Option<Noted>> {
        let of = match self.verb(Verb::Find(report.key)).await? {
            Answer::Find(Some(of)) => of,
            Answer::Find(None) => return Ok(None),
            _ => return Err(mismatch()),
        };
        match self.verb(Verb::Report(of, report.status)).await? {
            Answer::Report(news) => Ok(news.map(|changed| Noted { of, changed })),
            _ => Err(mismatch()),
        }
    }

    async fn status(&self, key: &Key) -> Result<Option<Facts>> {
        match self.verb(Verb::Status(*key)).await? {
            Answer::Status(facts) => Ok(facts),
            _ => Err(mismatch()),
        }
    }

    async fn unlock(&self, index: &Index, binding: &Binding) -> Result<bool> {
        match self.verb(Verb::Unlock(*index, *binding)).await? {
            Answer::Unlock(were_any) => Ok(were_any),
            _ => Err(mismatch()),
        }
    }
}

#[cfg(test)]
mod tests;
