//! One call of a host's provider: put into a queue by the core's future, run by a thread or loop of Python.

use crate::caller::CallerState;
use crate::error;
use crate::held::Held;
use crate::host::Host;
use crate::mailbox::{Mailbox, Post};
use crate::message::{Ask, Verb};
use crate::provider::Live;
use otpkit_bindings_common::Outcome;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyString, PyTuple};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// What a provider's method came to.
pub(crate) enum Answer {
    /// It returned.
    Said(Outcome),
    /// It raised; the text says what and where, never the exception's own words, which may hold a code.
    Raised(String),
}

/// One call of a provider, shared by the core's future and the thread that runs it.
pub(crate) struct JobState {
    live: Arc<Live>,
    ask: Ask,
    caller: Option<Arc<CallerState>>,
    answer: Mutex<Option<oneshot::Sender<Answer>>>,
    /// Set when nobody waits any more: what was not begun is not begun then.
    given_up: AtomicBool,
    /// What still has to be awaited, if a plain function returned an awaitable.
    awaitable: Mutex<Option<Held>>,
    /// The task that runs it, and the queue of its event loop.
    task: Mutex<Option<(Held, Arc<Post>)>>,
}

/// The side that waits. Dropped without an answer (deadline, cancellation), it gives the job up.
pub(crate) struct Waiting {
    job: Arc<JobState>,
    answer: oneshot::Receiver<Answer>,
}

impl JobState {
    /// Puts the question where it is to be answered.
    pub(crate) fn put(live: Arc<Live>, ask: Ask, caller: Option<Arc<CallerState>>) -> Waiting {
        let (sender, answer) = oneshot::channel();
        let job = Arc::new(JobState {
            live,
            ask,
            caller,
            answer: Mutex::new(Some(sender)),
            given_up: AtomicBool::new(false),
            awaitable: Mutex::default(),
            task: Mutex::default(),
        });
        let is_async = job.live.method(job.ask.verb()).is_some_and(|method| method.is_async);
        match job.caller.as_ref().and_then(|caller| caller.home.as_ref()) {
            Some(home) if is_async => home.run(job.clone()),
            _ => match Host::of_process() {
                Some(host) => host.push(job.clone()),
                None => job.reply(Answer::Raised("no thread of this process can run it".into())),
            },
        }
        Waiting { job, answer }
    }

    fn reply(&self, answer: Answer) {
        // The second answer of a job finds nobody.
        if let Some(sender) = lock(&self.answer).take() {
            let _ = sender.send(answer);
        }
    }
}

impl Waiting {
    pub(crate) async fn answer(mut self) -> Answer {
        let answer = (&mut self.answer).await;
        answer.unwrap_or_else(|_| Answer::Raised("the event loop or the interpreter ended before it answered".into()))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if self.job.given_up.swap(true, Ordering::AcqRel) || lock(&self.job.answer).is_none() {
            return;
        }
        let home = lock(&self.job.task).as_ref().map(|(_, home)| home.clone());
        if let Some(home) = home {
            home.stop(self.job.clone());
        }
    }
}

/// One call of a provider.
#[pyclass(frozen, module = "otpkit._otpkit")]
pub(crate) struct Job(pub(crate) Arc<JobState>);

#[pymethods]
impl Job {
    /// `(verb, method, fields of the message, context)`; `None` when nobody waits any more.
    fn open<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyTuple>>> {
        let job = &self.0;
        let verb = job.ask.verb();
        let (false, Some(method)) = (job.given_up.load(Ordering::Acquire), job.live.method(verb)) else {
            return Ok(None);
        };
        let context = job.caller.as_ref().map(|caller| caller.context.get().clone_ref(py));
        let parts = (
            verb.name(),
            method.function.get().clone_ref(py),
            job.ask.fields(py)?,
            context,
        );
        Ok(Some(parts.into_pyobject(py)?))
    }

    /// The name of the provider.
    #[getter]
    fn provider(&self) -> &str {
        self.0.live.name()
    }

    /// How deep in callbacks the call was made that needs this.
    #[getter]
    fn level(&self) -> u32 {
        self.0.caller.as_ref().map_or(0, |caller| caller.level)
    }

    /// The loop of the caller, if it has one.
    #[getter]
    fn home(&self) -> Option<Mailbox> {
        let home = self.0.caller.as_ref()?.home.as_ref()?;
        Some(Mailbox(home.clone()))
    }

    /// Keeps what has to be awaited until a loop takes it.
    fn keep(&self, awaitable: Py<PyAny>) {
        *lock(&self.0.awaitable) = Some(Held::new(awaitable));
    }

    /// Takes what has to be awaited.
    fn kept(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        lock(&self.0.awaitable).take().map(|awaitable| awaitable.take(py))
    }

    /// Notes the task that runs the job. False if nobody waits any more, so that the task is to be cancelled.
    fn runs_in(&self, task: Py<PyAny>, home: &Bound<'_, Mailbox>) -> bool {
        *lock(&self.0.task) = Some((Held::new(task), home.get().0.clone()));
        !self.0.given_up.load(Ordering::Acquire)
    }

    /// Takes the task that runs the job.
    fn task(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        lock(&self.0.task).take().map(|(task, _)| task.take(py))
    }

    /// The method returned this.
    fn answered(&self, py: Python<'_>, value: &Bound<'_, PyAny>) {
        let read = catch_unwind(AssertUnwindSafe(|| {
            #[cfg(feature = "testing")]
            crate::testing::Fault::Answer.strike();
            read_answer(py, self.0.ask.verb(), value)
        }));
        self.0.reply(match read {
            Ok(outcome) => Answer::Said(outcome),
            Err(payload) => Answer::Raised(error::of_panic(payload).message().to_owned()),
        });
    }

    /// The method raised; `what` says what and where.
    fn raised(&self, what: String) {
        self.0.reply(Answer::Raised(what));
    }
}

/// What a method returned, as the one shape that all bindings share. What is not understood becomes a word that no
/// verb knows, so that the core reads it as *ambiguous* or *cannot tell*.
fn read_answer(py: Python<'_>, verb: Verb, value: &Bound<'_, PyAny>) -> Outcome {
    let is_true = value.cast::<PyBool>().ok().map(|truth| truth.is_true());
    let plain = match verb {
        Verb::Send if value.is_none() || is_true == Some(true) => Some("sent"),
        Verb::Check if is_true == Some(true) => Some("approved"),
        Verb::Check if is_true == Some(false) => Some("wrong"),
        Verb::Cancel => Some("sent"),
        _ => None,
    };
    if let Some(word) = plain {
        return Outcome::of(word);
    }
    if let (Verb::Create | Verb::Resend, Some(reference)) = (verb, text(value)) {
        return Outcome {
            reference: Some(reference),
            ..Outcome::of("created")
        };
    }
    let read = value
        .cast::<PyDict>()
        .ok()
        .and_then(|fields| read_fields(py, verb, fields));
    read.unwrap_or_else(|| Outcome::of("nonsense"))
}

fn read_fields(py: Python<'_>, verb: Verb, fields: &Bound<'_, PyDict>) -> Option<Outcome> {
    // A field that is there has the right type, or the whole answer is not understood.
    let get_text = |name| field(fields, name).map_or(Some(None), |value| text(&value).map(Some));
    let reference = get_text(intern!(py, "reference"))?;
    let result = match field(fields, intern!(py, "result")) {
        Some(word) => text(&word)?,
        None if matches!(verb, Verb::Create | Verb::Resend) && reference.is_some() => "created".to_owned(),
        None => return None,
    };
    let retry_after_ms = match field(fields, intern!(py, "retry_after_ms")) {
        Some(number) if number.is_exact_instance_of::<PyInt>() || number.is_exact_instance_of::<PyFloat>() => {
            Some(number.extract::<f64>().ok()?)
        }
        Some(_) => return None,
        None => None,
    };
    Some(Outcome {
        result,
        reference,
        retry_after_ms,
        reason: get_text(intern!(py, "reason"))?,
    })
}

fn field<'py>(fields: &Bound<'py, PyDict>, name: &Bound<'py, PyString>) -> Option<Bound<'py, PyAny>> {
    fields.get_item(name).ok().flatten().filter(|value| !value.is_none())
}

fn text(value: &Bound<'_, PyAny>) -> Option<String> {
    value.cast_exact::<PyString>().ok()?.to_str().ok().map(str::to_owned)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
