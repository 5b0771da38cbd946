//! What every store has to keep, as tests that any store can be put through: see [`store_conformance`].
//!
//! `contract` goes through the verbs one by one, `beside` through the rest that is kept, `storm` lets 16 threads at them, `restart` opens the store again.

pub mod beside;
pub mod contract;
pub mod restart;
pub mod storm;

use crate::engine::budget::Budget;
use crate::engine::verbs::{
    Attempt, Attempted, Begin, Begun, Binding, Digest, Facts, Key, Kind, NewRecord, Refusal, Renew, Renewed,
    RequestToken, Settle, Settled, Settlement, WindowKey,
};
use crate::error::Result;
use crate::settings::Window;
use crate::store::{AnyStore, Store};
use crate::testing::TestClock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::time::{Duration, UNIX_EPOCH};
use tokio::runtime::Runtime;

/// Puts a store through the tests. The second argument makes the store: a function of a clock that it has to go by and
/// of a name that no other test has. Called again with the same name it opens the same store; a store that dies with
/// its process need not care.
///
/// ```
/// use otpkit::{AnyStore, settings::StoreSettings, testing::TestClock};
///
/// fn memory(clock: &TestClock, _: &str) -> AnyStore {
///     AnyStore::on_clock(&StoreSettings::default(), clock).unwrap()
/// }
/// otpkit::store_conformance!(memory_keeps_the_contract, memory);
/// ```
#[macro_export]
macro_rules! store_conformance {
    ($module:ident, $make:path) => {
        $crate::store_conformance! { @tests $module, $make,
            contract: [
                a_right_code_is_approved_once, wrong_codes_are_counted_and_end_it, it_ends_with_its_time,
                another_binding_is_unknown_and_spends_nothing, what_is_unknown_leaves_nothing,
                a_repeat_of_begin_gives_the_first_facts_and_counts_once, refusals_count_nothing,
                a_wait_between_two_sends_is_kept, windows_elsewhere_are_kept, sends_without_a_record_are_counted,
                a_verifiers_yes_wins_once, a_verifiers_no_and_silence, a_canceled_one_is_over,
                a_failed_start_gives_its_wait_back, a_renewal_moves_the_expiry_and_counts_once,
                of_two_renewals_one_wins, a_failed_resend_restores, failures_slow_down_and_lock,
            ]
            beside: [the_meta_document_is_swapped, a_report_is_found_by_its_message_and_changes_one_word,]
            storm: [
                g1_of_10000_right_codes_one_is_approved, g2_of_10000_wrong_codes_five_are_compared,
                g3_a_right_code_among_three_wrong_ones_is_never_lost, g4_a_storm_wins_as_often_as_five_guesses_do,
                g5_no_more_than_100_guesses_however_many_begin, g6_a_strangers_starts_touch_nothing,
                g20_exactly_the_cap_passes, g20_exactly_the_cap_elsewhere_passes, one_meta_document_wins,
            ]
            restart: [what_is_kept_is_kept_over_a_restart, what_is_over_is_forgotten,]
        }
    };
    (@tests $module:ident, $make:path, $($suite:ident: [$($test:ident,)+])+) => {
        mod $module {
            #[allow(unused_imports)]
            use super::*;

            $($(
                #[test]
                fn $test() {
                    let name = concat!(stringify!($module), "-", stringify!($test));
                    $crate::conformance::$suite::$test(&$crate::conformance::Subject::new(name, $make));
                }
            )+)+
        }
    };
}

/// A store under test, with the clock that it goes by and a runtime to wait in.
pub struct Subject {
    name: &'static str,
    make: fn(&TestClock, &str) -> AnyStore,
    clock: TestClock,
    store: Arc<dyn Store>,
    runtime: Runtime,
}

const THREADS: usize = 16;
const BINDING: Binding = [1; 16];
const RIGHT: Digest = [5; 16];
const CONTEXT: Digest = [6; 16];
const WRONG: Digest = [7; 16];
const TTL_MS: u64 = 300_000;
const BUDGET: Budget = Budget {
    attempts: 5,
    operator: false,
};

impl Subject {
    /// An empty store.
    pub fn new(name: &'static str, make: fn(&TestClock, &str) -> AnyStore) -> Subject {
        Subject::at(
            TestClock::new(UNIX_EPOCH + Duration::from_secs(1_800_000_000)),
            name,
            make,
        )
    }

    /// The same store, opened again as another process would.
    fn again(&self) -> Subject {
        Subject::at(self.clock.clone(), self.name, self.make)
    }

    fn at(clock: TestClock, name: &'static str, make: fn(&TestClock, &str) -> AnyStore) -> Subject {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("the tests may have threads");
        let store = make(&clock, name).0;
        Subject {
            name,
            make,
            clock,
            store,
            runtime,
        }
    }

    fn advance(&self, millis: u64) {
        self.clock.advance(Duration::from_millis(millis));
    }

    fn wait<T>(&self, call: impl Future<Output = Result<T>>) -> T {
        self.runtime.block_on(call).expect("a store without faults answers")
    }

    fn begin(&self, begin: &Begin) -> Result<Begun, Refusal> {
        self.wait(self.store.begin(begin))
    }

    fn attempt(&self, key: Key, code: Digest) -> Attempted {
        self.ask(key, code, code, [0; 8])
    }

    fn ask(&self, key: Key, ours: Digest, context: Digest, request: RequestToken) -> Attempted {
        self.wait(self.store.attempt(&Attempt {
            key,
            ours,
            context,
            request,
        }))
    }

    fn settle(&self, key: Key, what: Settlement) -> Settled {
        self.wait(self.store.settle(&Settle { key, what }))
    }

    fn renew(&self, renew: &Renew) -> Renewed {
        self.wait(self.store.renew(renew))
    }

    fn status(&self, key: Key) -> Option<Facts> {
        self.wait(self.store.status(&key))
    }

    fn unlock(&self, key: Key) -> bool {
        self.wait(self.store.unlock(&key.index, &key.binding))
    }

    /// Makes `calls` calls, numbered from 0, from 16 threads that start together.
    fn storm<T: Send>(&self, calls: usize, call: impl Fn(usize) -> T + Sync) -> Vec<T> {
        let (barrier, next) = (Barrier::new(THREADS), AtomicUsize::new(0));
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
            let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
            threads
                .into_iter()
                .flat_map(|thread| thread.join().expect("no call panics"))
                .collect()
        })
    }

    /// Prints a figure under the name of the test.
    fn say(&self, figure: std::fmt::Arguments<'_>) {
        println!("{}: {figure}", self.name);
    }
}

/// A verification of this recipient.
fn key(recipient: u16, number: u32) -> Key {
    let mut index = [0; 10];
    index[..2].copy_from_slice(&recipient.to_le_bytes());
    let mut random = [9; 16];
    random[..4].copy_from_slice(&number.to_le_bytes());
    Key {
        index,
        random,
        binding: BINDING,
    }
}

fn wide() -> Vec<Window> {
    vec![Window::new(1_000_000, 1)]
}

/// A begin of ours, without waits.
fn begin(key: Key) -> Begin {
    Begin {
        key,
        record: Some(NewRecord {
            digest: RIGHT,
            sealed: [1, 2, 3].into(),
            ttl_ms: TTL_MS,
            attempts: 5,
            resend_after_ms: 0,
        }),
        per_recipient: wide().into(),
        counted: wide().into(),
        elsewhere: Vec::new(),
        budget: BUDGET,
    }
}

fn windows(begin: Begin, windows: &[Window]) -> Begin {
    Begin {
        per_recipient: windows.into(),
        counted: windows.into(),
        ..begin
    }
}

fn elsewhere(begin: Begin, key: WindowKey, windows: &[Window]) -> Begin {
    Begin {
        elsewhere: vec![(key, windows.to_vec())],
        ..begin
    }
}

fn renew(key: Key, generation: u32, request: RequestToken) -> Renew {
    Renew {
        key,
        generation,
        request,
        replacement: Some((WRONG, [4, 5].into())),
        ttl_ms: TTL_MS,
        ceiling_ms: 2 * TTL_MS,
        resend_after_ms: 60_000,
        per_recipient: wide().into(),
        counted: wide().into(),
        elsewhere: Vec::new(),
    }
}

/// A verifier's service has taken it over.
fn served() -> Settlement {
    Settlement::Served {
        generation: 0,
        kind: Kind::Verifier,
        digest: Some(CONTEXT),
        sealed: [9].into(),
        tracked: None,
    }
}

/// A wrong code of this number.
fn wrong(number: usize) -> Digest {
    let mut digest = [0xff; 16];
    digest[..8].copy_from_slice(&(number as u64).to_le_bytes());
    digest
}
