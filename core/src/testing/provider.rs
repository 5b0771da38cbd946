use crate::provider::{CheckResult, CreateResult, Message, Outgoing, SendResult, Sender, Verifier, VerifierCheck};
use async_trait::async_trait;
use std::sync::{Arc, Mutex, PoisonError};

/// A list of answers: each is given once, the last one for ever.
struct Script<T>(Mutex<Vec<T>>);

impl<T: Clone> Script<T> {
    fn new(mut answers: Vec<T>) -> Self {
        answers.reverse();
        Self(Mutex::new(answers))
    }

    fn next(&self, default: T) -> T {
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match answers.len() {
            0 => default,
            1 => answers[0].clone(),
            _ => answers.pop().unwrap_or(default),
        }
    }
}

/// A sender that keeps what it was asked to send and answers by a script. A clone is the same sender.
#[derive(Clone)]
pub struct ScriptedSender {
    inner: Arc<(Script<SendResult>, Mutex<Vec<Outgoing>>)>,
}

impl ScriptedSender {
    /// Answers in this order; the last answer repeats, and none means `Sent`.
    pub fn new(answers: Vec<SendResult>) -> Self {
        Self {
            inner: Arc::new((Script::new(answers), Mutex::default())),
        }
    }

    /// What it was asked to send.
    pub fn sent(&self) -> Vec<Outgoing> {
        self.inner.1.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The newest code that it was asked to send.
    pub fn last_code(&self) -> Option<String> {
        self.sent().last().map(|outgoing| outgoing.code.expose().to_owned())
    }
}

#[async_trait]
impl Sender for ScriptedSender {
    async fn send(&self, outgoing: Outgoing) -> SendResult {
        self.inner
            .1
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(outgoing);
        self.inner.0.next(SendResult::SENT)
    }
}

/// A verifier that answers by scripts and counts how often it was asked. A clone is the same verifier.
#[derive(Clone)]
pub struct ScriptedVerifier {
    inner: Arc<VerifierInner>,
}

struct VerifierInner {
    create: Script<CreateResult>,
    check: Script<CheckResult>,
    by_recipient: bool,
    calls: Mutex<(usize, usize, usize)>,
}

impl ScriptedVerifier {
    /// Answers in these orders; the last answers repeat, and none means created and approved.
    pub fn new(create: Vec<CreateResult>, check: Vec<CheckResult>, by_recipient: bool) -> Self {
        let inner = VerifierInner {
            create: Script::new(create),
            check: Script::new(check),
            by_recipient,
            calls: Mutex::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// How often `create`, `check` and `cancel` were called.
    pub fn calls(&self) -> (usize, usize, usize) {
        *self.inner.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, add: impl FnOnce(&mut (usize, usize, usize))) {
        add(&mut self.inner.calls.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

#[async_trait]
impl Verifier for ScriptedVerifier {
    async fn create(&self, _: Message) -> CreateResult {
        self.count(|calls| calls.0 += 1);
        self.inner.create.next(CreateResult::Created {
            reference: "ref".into(),
        })
    }

    async fn check(&self, _: VerifierCheck) -> CheckResult {
        self.count(|calls| calls.1 += 1);
        self.inner.check.next(CheckResult::Approved)
    }

    async fn cancel(&self, _: Message, _: String) {
        self.count(|calls| calls.2 += 1);
    }

    fn checks_by_recipient(&self) -> bool {
        self.inner.by_recipient
    }
}
