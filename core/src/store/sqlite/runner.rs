//! The queue of a store and who works it off.

use super::batch::Engine;
use super::gate::Inside;
use super::{Inner, Queue};
use crate::error::Result;
use crate::store::verb::{Answer, Verb};
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// How many verbs share one commit at most: as many as keep it below some milliseconds.
const BATCH: usize = 128;

pub(super) struct Job {
    pub(super) work: Arc<Work>,
    pub(super) reply: oneshot::Sender<Reply>,
}

pub(super) enum Work {
    Verb(Verb),
    Meta,
    PutMeta { expected: Option<Vec<u8>>, new: Vec<u8> },
    Sweep,
}

pub(super) enum Reply {
    Done(Result<Outcome>),
    /// Nobody has begun it, and the runner has ended with its runtime.
    AskAgain,
}

#[derive(Debug)]
pub(super) enum Outcome {
    Answer(Answer),
    Meta(Option<Vec<u8>>),
    Put(bool),
    Swept(u64),
}

impl Job {
    /// The caller may have gone; then nobody hears it.
    pub(super) fn answer(self, outcome: Result<Outcome>) {
        let _ = self.reply.send(Reply::Done(outcome));
    }
}

/// The right to work a queue off. Whoever drops it, at whatever point, frees the seat.
pub(super) struct Seat {
    inner: Arc<Inner>,
    engine: Engine,
    /// Whether the queue was empty when it was left.
    left: bool,
}

impl Seat {
    /// Puts a job into the queue; whoever gets a seat has to run it.
    pub(super) fn queue(inner: &Arc<Inner>, job: Job) -> Option<Seat> {
        let mut queue = inner.queue();
        queue.jobs.push_back(job);
        if std::mem::replace(&mut queue.taken, true) {
            return None;
        }
        let engine = std::mem::take(&mut queue.engine);
        drop(queue);
        Some(Seat {
            inner: Arc::clone(inner),
            engine,
            left: false,
        })
    }

    /// Works until the queue is empty.
    pub(super) async fn run(mut self) {
        let inside = match Inside::enter() {
            Ok(inside) => inside,
            Err(why) => {
                while let Some(jobs) = self.take() {
                    jobs.into_iter().for_each(|job| job.answer(Err(why.clone())));
                }
                return;
            }
        };
        while let Some(jobs) = self.take() {
            let many = jobs.len() > 1;
            self.engine.serve(&self.inner, &inside, jobs).await;
            if many {
                // Who got an answer may have another question; it then shares the next commit.
                tokio::task::yield_now().await;
            }
        }
    }

    /// The jobs whose callers still wait, as many as share a commit. `None` leaves the seat.
    fn take(&mut self) -> Option<Vec<Job>> {
        let mut queue = self.inner.queue();
        let waits = |job: &Job| !job.reply.is_closed();
        let mut jobs = Vec::new();
        while jobs.len() < BATCH {
            match queue.jobs.pop_front() {
                Some(job) if waits(&job) => jobs.push(job),
                Some(_) => {}
                None => break,
            }
        }
        if jobs.is_empty() {
            leave(&mut queue, std::mem::take(&mut self.engine));
            self.left = true;
            return None;
        }
        Some(jobs)
    }
}

fn leave(queue: &mut Queue, engine: Engine) {
    queue.engine = engine;
    queue.taken = false;
}

impl Drop for Seat {
    /// Ended in the middle, by a runtime that shuts down or by a panic: what was under way is not known, so the
    /// connection goes, and with it a transaction that is open. Jobs that nobody has begun are asked again.
    fn drop(&mut self) {
        if self.left {
            return;
        }
        let mut queue = self.inner.queue();
        let jobs = std::mem::take(&mut queue.jobs);
        leave(&mut queue, Engine::default());
        drop(queue);
        for job in jobs {
            let _ = job.reply.send(Reply::AskAgain);
        }
    }
}

/// Works a queue off within the call that found the seat free, which saves the way to another task and back. When that
/// call has its answer, or is dropped, what is left to do goes on in a task of its own.
pub(super) struct Runner {
    runtime: Handle,
    work: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl Runner {
    pub(super) fn new(runtime: Handle, seat: Seat) -> Runner {
        Runner {
            runtime,
            work: Some(Box::pin(seat.run())),
        }
    }

    pub(super) async fn until<T>(mut self, mut answer: oneshot::Receiver<T>) -> Result<T, oneshot::error::RecvError> {
        poll_fn(|cx| {
            // Taken out, so that work that panics is dropped and not gone on with.
            if let Some(mut work) = self.work.take()
                && work.as_mut().poll(cx).is_pending()
            {
                self.work = Some(work);
            }
            Pin::new(&mut answer).poll(cx)
        })
        .await
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        if let Some(work) = self.work.take() {
            self.runtime.spawn(work);
        }
    }
}
