//! One `start` and one `check` on the memory store, and the floor: what no implementation can do without.

use crate::flood::Taken;
use async_trait::async_trait;
use cpu_time::ProcessTime;
use hmac::{Hmac, KeyInit, Mac};
use otpkit::types::Phone;
use otpkit::{Builder, Check, Client, Code, Outgoing, PolicySettings, SendResult, Sender, Settings, Start};
use serde_json::Value;
use sha2::Sha256;
use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Instant;
use subtle::ConstantTimeEq;

/// The first number of those that wait, and of those that the rounds use: none is in both.
const PENDING: usize = 10_000_000;
const ROUNDS: usize = 20_000_000;
const WARM_UP: usize = 50_000_000;

/// What is kept from round to round.
#[derive(Default)]
pub(crate) struct Cycle {
    crowded: Option<Kept>,
    next: usize,
}

/// A client, and what its sender was given last.
struct Kept {
    client: Client,
    last: Arc<Mutex<Option<Code>>>,
}

/// Does nothing with a code but keep it.
struct Keep(Arc<Mutex<Option<Code>>>);

#[async_trait]
impl Sender for Keep {
    async fn send(&self, outgoing: Outgoing) -> SendResult {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(outgoing.code);
        SendResult::SENT
    }
}

impl Cycle {
    pub(crate) fn run(&mut self, case: &str, count: usize) -> Option<Value> {
        let taken = match case {
            "floor" => floor(count),
            "parse" => {
                let numbers = self.numbers(count);
                timed(|| {
                    for number in &numbers {
                        black_box(Phone::parse(number, None)).expect("these are valid numbers");
                    }
                })
            }
            "cycle" => {
                let numbers = self.numbers(count);
                Kept::new().cycles(numbers)
            }
            "fill" => timed(|| {
                let kept = Kept::new();
                for number in PENDING..PENDING + count {
                    kept.start(text(number));
                }
                self.crowded = Some(kept);
            }),
            "cycle-crowded" => {
                let numbers = self.numbers(count);
                self.crowded.as_ref()?.cycles(numbers)
            }
            "empty" => {
                self.crowded = None;
                Taken::default()
            }
            _ => return None,
        };
        Some(taken.json(count))
    }

    /// Numbers that nobody had before, so that no wait and no window refuses them.
    fn numbers(&mut self, count: usize) -> Vec<String> {
        let first = ROUNDS + self.next;
        self.next += count;
        (first..first + count).map(text).collect()
    }
}

impl Kept {
    /// The memory store with every default; only the codes live as long as they may, and the store holds more.
    fn new() -> Kept {
        let store = r#"{ "store": { "type": "memory", "max_entries": 8000000 } }"#;
        let settings = Settings::from_json(store).expect("these are settings");
        let policy = PolicySettings {
            ttl_seconds: Some(600),
            ..PolicySettings::default()
        };
        let last = Arc::default();
        let builder = Builder::from_settings(settings)
            .policy(policy)
            .provider("keep", Keep(Arc::clone(&last)));
        let kept = Kept {
            client: builder.build().expect("these settings are good"),
            last,
        };
        // The first call of a client also reads the store's meta document.
        kept.start(text(WARM_UP));
        kept
    }

    fn start(&self, to: String) -> otpkit::Started {
        ready(self.client.start(Start::to(to))).expect("nothing limits this start")
    }

    fn cycles(&self, numbers: Vec<String>) -> Taken {
        timed(|| {
            for number in numbers {
                let started = self.start(number);
                let code = self.last.lock().unwrap_or_else(PoisonError::into_inner).take();
                let code = code.expect("the sender was asked");
                let checked = ready(self.client.check(Check::new(started.id.as_str(), code.expose())));
                assert!(checked.expect("a check is answered").approved, "the code is right");
            }
        })
    }
}

/// A 16-byte id and 6 digits from one call of getrandom, and two HMAC-SHA256 whose key was set up before.
fn floor(count: usize) -> Taken {
    let keyed = Hmac::<Sha256>::new_from_slice(&[7; 32]).expect("HMAC takes keys of every length");
    let digest = |id: &[u8], code: &[u8]| {
        let mut mac = keyed.clone();
        mac.update(id);
        mac.update(code);
        mac.finalize().into_bytes()
    };
    timed(|| {
        for _ in 0..count {
            let mut drawn = [0u8; 24];
            getrandom::fill(&mut drawn).expect("the operating system has random bytes");
            let (id, seed) = drawn.split_at(16);
            let mut value = u64::from_ne_bytes(seed.try_into().expect("8 bytes remain"));
            let mut code = [0u8; 6];
            for digit in code.iter_mut().rev() {
                *digit = b'0' + (value % 10) as u8;
                value /= 10;
            }
            let kept = black_box(digest(id, &code));
            assert!(
                bool::from(kept.ct_eq(&digest(id, &code))),
                "the same code has the same digest"
            );
        }
    })
}

/// A Dutch mobile number.
fn text(number: usize) -> String {
    format!("+316{number:08}")
}

fn ready<T>(call: impl Future<Output = T>) -> T {
    match pin!(call).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => unreachable!("the memory store and this sender answer at once"),
    }
}

/// Wall time, and CPU time of the whole process.
fn timed(work: impl FnOnce()) -> Taken {
    let (cpu, began) = (ProcessTime::now(), Instant::now());
    work();
    Taken::new(began.elapsed(), cpu.elapsed())
}
