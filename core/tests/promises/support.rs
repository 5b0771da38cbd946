//! What the tests share: a client whose messages land in a tray, threads that start together, and a clock.

use async_trait::async_trait;
use otpkit::testing::TestClock;
use otpkit::{
    Builder, Check, CheckResult, Checked, Client, CreateResult, Error, ErrorKind, Message, Outgoing, Resend,
    SendResult, Sender, Settings, Start, Started, Status, StatusReply, Verifier, VerifierCheck,
};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub(crate) const NL: &str = "+31612345678";
pub(crate) const SECRET_A: &str = "first-secret-0f8a1c3b5d7e9f1a2b4c6d8e";
pub(crate) const SECRET_B: &str = "second-secret-9b8c7d6e5f4a3b2c1d0e9f8a";

/// Keeps the newest code of every recipient, and counts. A clone is the same tray.
#[derive(Clone, Default)]
pub(crate) struct Tray(Arc<Kept>);

#[derive(Default)]
struct Kept {
    sent: AtomicUsize,
    newest: Mutex<HashMap<String, Outgoing>>,
}

impl Tray {
    /// How many messages reached it.
    pub(crate) fn sent(&self) -> usize {
        self.0.sent.load(Ordering::SeqCst)
    }

    pub(crate) fn newest(&self, to: &str) -> Outgoing {
        self.0.newest.lock().unwrap()[to].clone()
    }

    pub(crate) fn code(&self, to: &str) -> String {
        self.newest(to).code.expose().to_owned()
    }
}

#[async_trait]
impl Sender for Tray {
    async fn send(&self, outgoing: Outgoing) -> SendResult {
        self.0.sent.fetch_add(1, Ordering::SeqCst);
        let to = outgoing.message.to.as_str().to_owned();
        self.0.newest.lock().unwrap().insert(to, outgoing);
        SendResult::SENT
    }
}

/// A client, the tray behind it, and the clock that it goes by.
pub(crate) struct Desk {
    pub(crate) otp: Client,
    pub(crate) tray: Tray,
    pub(crate) clock: TestClock,
}

impl Desk {
    /// A desk with these settings; what they leave out has its default.
    pub(crate) fn new(settings: Value) -> Desk {
        let (tray, clock) = (Tray::default(), clock());
        let otp = builder(settings).provider("tray", tray.clone());
        let desk = Desk {
            otp: otp.clock(clock.clone()).build().unwrap(),
            tray,
            clock,
        };
        desk.warm();
        desk
    }

    /// A desk without waits and with windows so wide that they do not matter, for tests of something else.
    pub(crate) fn open() -> Desk {
        Desk::new(json!({ "policy": open_policy(), "per_ip": [] }))
    }

    /// Has the store's key read now, so that calls which start together need not wait for each other.
    fn warm(&self) {
        now(self.otp.status(Status::new("AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"))).ok();
        now(self.otp.unlock(otpkit::Unlock::to(NL))).unwrap();
    }

    pub(crate) fn start(&self, to: &str) -> Started {
        now(self.otp.start(Start::to(to))).unwrap()
    }

    pub(crate) fn check(&self, started: &Started, code: &str) -> Checked {
        now(self.otp.check(Check::new(started.id.as_str(), code))).unwrap()
    }

    pub(crate) fn resend(&self, started: &Started) -> Result<Started, Error> {
        now(self.otp.resend(Resend::new(started.id.as_str())))
    }

    pub(crate) fn status(&self, started: &Started) -> StatusReply {
        now(self.otp.status(Status::new(started.id.as_str()))).unwrap()
    }

    /// The attempts that are left.
    pub(crate) fn left(&self, started: &Started) -> u32 {
        self.status(started).attempts_left.unwrap()
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

/// A policy without waits, whose window of the recipient is wide.
pub(crate) fn open_policy() -> Value {
    json!({ "resend_after_seconds": [0], "per_recipient": [{ "max": 4_000_000, "per_seconds": 1 }] })
}

/// A builder over settings as data.
pub(crate) fn builder(settings: Value) -> Builder {
    Builder::from_settings(Settings::from_json(&settings.to_string()).unwrap())
}

pub(crate) fn clock() -> TestClock {
    TestClock::new(epoch())
}

/// When every test begins.
pub(crate) fn epoch() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_800_000_000)
}

/// The answer of a call that need not wait. That it does not wait is part of what is tested.
pub(crate) fn now<F: Future>(call: F) -> F::Output {
    match pin!(call).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("a call that has nothing to wait for waits"),
    }
}

/// Makes `calls` calls, numbered from 0, from threads that start together.
pub(crate) fn storm<T: Send>(threads: usize, calls: usize, call: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let (barrier, next) = (Barrier::new(threads), AtomicUsize::new(0));
    let work = || {
        let mut answers = Vec::new();
        barrier.wait();
        loop {
            match next.fetch_add(1, Ordering::SeqCst) {
                number if number < calls => answers.push(call(number)),
                _ => return answers,
            }
        }
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

/// The wrong code of this number: each number below 999,999 gives another one, and none the right one.
pub(crate) fn wrong(right: &str, number: usize) -> String {
    let right: usize = right.parse().unwrap();
    format!("{:06}", (right + 1 + number) % 1_000_000)
}

/// The mailbox of this number.
pub(crate) fn mailbox(number: usize) -> String {
    format!("user{number}@example.com")
}

pub(crate) fn kind<T>(answer: &Result<T, Error>) -> Option<ErrorKind> {
    answer.as_ref().err().map(Error::kind)
}

/// Seconds that something took, for the figures.
pub(crate) fn timed<T>(what: &str, run: impl FnOnce() -> T) -> T {
    let began = std::time::Instant::now();
    let answer = run();
    println!("{what}: {:.2} s", began.elapsed().as_secs_f64());
    answer
}

/// A verifier whose service is played by closures, and which counts how often it is asked. A clone is the same one.
#[derive(Clone)]
pub(crate) struct Remote(Arc<Service>);

type Answer<T> = Box<dyn Fn(usize) -> (Duration, T) + Send + Sync>;

struct Service {
    create: Answer<CreateResult>,
    check: Answer<CheckResult>,
    by_recipient: bool,
    calls: [AtomicUsize; 4],
    asked: Mutex<Vec<VerifierCheck>>,
}

impl Remote {
    /// A service that creates at once, and answers the check of this number (from 0) so, after so long.
    pub(crate) fn new(check: impl Fn(usize) -> (Duration, CheckResult) + Send + Sync + 'static) -> Remote {
        Remote::with_create(|_| (Duration::ZERO, created()), check, false)
    }

    pub(crate) fn with_create(
        create: impl Fn(usize) -> (Duration, CreateResult) + Send + Sync + 'static,
        check: impl Fn(usize) -> (Duration, CheckResult) + Send + Sync + 'static,
        by_recipient: bool,
    ) -> Remote {
        Remote(Arc::new(Service {
            create: Box::new(create),
            check: Box::new(check),
            by_recipient,
            calls: Default::default(),
            asked: Mutex::default(),
        }))
    }

    /// How often `create`, `check`, `resend` and `cancel` were called.
    pub(crate) fn calls(&self) -> [usize; 4] {
        std::array::from_fn(|at| self.0.calls[at].load(Ordering::SeqCst))
    }

    /// What it was asked to check.
    pub(crate) fn asked(&self) -> Vec<VerifierCheck> {
        self.0.asked.lock().unwrap().clone()
    }

    async fn play<T>(&self, which: usize, answer: &Answer<T>) -> T {
        let number = self.0.calls[which].fetch_add(1, Ordering::SeqCst);
        let (after, answer) = answer(number);
        if !after.is_zero() {
            tokio::time::sleep(after).await;
        }
        answer
    }
}

pub(crate) fn created() -> CreateResult {
    CreateResult::Created {
        reference: "remote-1".into(),
    }
}

#[async_trait]
impl Verifier for Remote {
    async fn create(&self, _: Message) -> CreateResult {
        self.play(0, &self.0.create).await
    }

    async fn check(&self, check: VerifierCheck) -> CheckResult {
        self.0.asked.lock().unwrap().push(check);
        self.play(1, &self.0.check).await
    }

    async fn resend(&self, _: Message, reference: String) -> CreateResult {
        assert_eq!(reference, "remote-1");
        self.play(2, &self.0.create).await
    }

    async fn cancel(&self, _: Message, reference: String) {
        assert_eq!(reference, "remote-1");
        self.0.calls[3].fetch_add(1, Ordering::SeqCst);
    }

    fn checks_by_recipient(&self) -> bool {
        self.0.by_recipient
    }
}
