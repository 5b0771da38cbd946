//! A store of the host: one that swaps keeps the contract, and the suite finds out one that only reads and writes.

use async_trait::async_trait;
use otpkit::settings::Window;
use otpkit::testing::ScriptedSender;
use otpkit::testing::TestClock;
use otpkit::{
    AnyStore, CallbackStore, Client, Error, ErrorKind, HostStore, PolicySettings, Result, SendResult, Start, Stored,
    check_host_store,
};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

type Rows = Arc<Mutex<HashMap<String, Stored>>>;

/// What hosts are asked for, on a table that all stores of a name share.
struct Table {
    rows: Rows,
    /// Reads, then writes: what a cache without a swap would do.
    naive: bool,
}

static TABLES: LazyLock<Mutex<HashMap<String, Rows>>> = LazyLock::new(Mutex::default);

fn table(name: &str) -> Rows {
    TABLES.lock().unwrap().entry(name.to_owned()).or_default().clone()
}

fn host(clock: &TestClock, name: &str) -> AnyStore {
    CallbackStore::on_clock(
        Table {
            rows: table(name),
            naive: false,
        },
        clock,
    )
    .into()
}

otpkit::store_conformance!(host_store, host);

#[async_trait]
impl HostStore for Table {
    async fn load(&self, key: &str) -> Result<Option<Stored>> {
        // Others get on meanwhile, as they would beside a store on a network.
        tokio::task::yield_now().await;
        Ok(self.rows.lock().unwrap().get(key).cloned())
    }

    async fn compare_and_swap(
        &self,
        key: &str,
        version: Option<&str>,
        new: &Stored,
        _: Option<Duration>,
    ) -> Result<bool> {
        tokio::task::yield_now().await;
        let is = |rows: &HashMap<String, Stored>| rows.get(key).map(|row| row.version.as_str()) == version;
        if self.naive && !is(&self.rows.lock().unwrap()) {
            return Ok(false);
        }
        if self.naive {
            tokio::task::yield_now().await;
        }
        let mut rows = self.rows.lock().unwrap();
        let swap = self.naive || is(&rows);
        if swap {
            rows.insert(key.to_owned(), new.clone());
        }
        Ok(swap)
    }

    async fn delete(&self, key: &str, version: &str) -> Result<bool> {
        let mut rows = self.rows.lock().unwrap();
        let is = rows.get(key).is_some_and(|row| row.version == version);
        if is {
            rows.remove(key);
        }
        Ok(is)
    }
}

#[tokio::test]
async fn the_kit_passes_a_store_that_swaps() {
    let rows = Rows::default();
    let store = Table {
        rows: rows.clone(),
        naive: false,
    };
    let faults = check_host_store(Arc::new(store)).await.unwrap();
    assert!(faults.is_empty(), "{faults}");
    // It leaves nothing of its own but the verifications, which end by themselves.
    assert!(rows.lock().unwrap().keys().all(|key| key.starts_with("s:")));
}

#[tokio::test]
async fn the_kit_fails_a_store_that_reads_and_then_writes_and_says_why() {
    let store = Table {
        rows: Rows::default(),
        naive: true,
    };
    let faults = check_host_store(Arc::new(store)).await.unwrap();
    let wanted = [
        "32 of them instead of one: it reads and then writes",
        "of 32 right codes were approved instead of 1",
        "of 32 wrong codes were compared instead of 5",
    ];
    assert_eq!(faults.sentences().len(), wanted.len(), "{faults}");
    for (sentence, wanted) in faults.sentences().iter().zip(wanted) {
        assert!(sentence.contains(wanted), "{sentence}");
    }
    println!("{faults}");
}

const SECRET: [u8; 32] = *b"0123456789abcdefghijklmnopqrstuv";

fn client(host: impl HostStore, sender: &ScriptedSender) -> Arc<Client> {
    let policy = PolicySettings {
        resend_after_seconds: Some(vec![0]),
        per_recipient: Some(vec![Window::new(3, 3600)]),
        ..PolicySettings::default()
    };
    let client = Client::builder()
        .secret(SECRET)
        .store(CallbackStore::new(host))
        .policy(policy);
    let client = client
        .per_ip(vec![Window::new(10, 3600)])
        .provider("mine", sender.clone());
    Arc::new(client.build().unwrap())
}

/// Four clients stand for four processes: none waits for another's turn, so swaps are lost and tried again. The recipient has
/// three sends, the IP ten. What the IP's window counted of refused ones is given back, so that seven are left for others.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn caps_are_exact_over_processes_and_refusals_are_given_back() {
    for round in 0..20 {
        let (rows, sender) = (Rows::default(), ScriptedSender::new(vec![SendResult::SENT]));
        let clients: Vec<_> = (0..4)
            .map(|_| {
                client(
                    Table {
                        rows: rows.clone(),
                        naive: false,
                    },
                    &sender,
                )
            })
            .collect();
        let storm = |count: usize, to: fn(usize) -> String| {
            let calls: Vec<_> = (0..count)
                .map(|at| {
                    let client = clients[at % clients.len()].clone();
                    tokio::spawn(async move { client.start(Start::to(to(at)).ip("192.0.2.1")).await })
                })
                .collect();
            async move {
                let mut passed = 0;
                for call in calls {
                    match call.await.unwrap() {
                        Ok(_) => passed += 1,
                        Err(why) => assert_eq!(why.kind(), ErrorKind::RateLimited, "{why}"),
                    }
                }
                passed
            }
        };
        assert_eq!(storm(40, |_| "+31612345678".to_owned()).await, 3, "round {round}");
        assert_eq!(storm(40, |at| format!("+316100000{at:02}")).await, 7, "round {round}");
        assert_eq!(sender.sent().len(), 10, "round {round}");
    }
}

/// A host whose calls end with an error.
struct Broken(ErrorKind);

#[async_trait]
impl HostStore for Broken {
    async fn load(&self, _: &str) -> Result<Option<Stored>> {
        Err(Error::new(
            self.0,
            "the table of the tests is being moved; try again in a minute",
        ))
    }

    async fn compare_and_swap(&self, _: &str, _: Option<&str>, _: &Stored, _: Option<Duration>) -> Result<bool> {
        Err(Error::new(self.0, "not reached"))
    }

    async fn delete(&self, _: &str, _: &str) -> Result<bool> {
        Err(Error::new(self.0, "not reached"))
    }
}

#[tokio::test]
async fn an_error_of_the_host_is_an_outage_whatever_it_calls_itself() {
    for kind in ErrorKind::ALL {
        let sender = ScriptedSender::new(vec![SendResult::SENT]);
        let why = client(Broken(*kind), &sender)
            .start(Start::to("+31612345678"))
            .await
            .unwrap_err();
        let wanted = match kind {
            ErrorKind::StoreFull => ErrorKind::StoreFull,
            _ => ErrorKind::StoreUnavailable,
        };
        assert_eq!(why.kind(), wanted);
        assert!(why.message().contains("try again in a minute"), "{why}");
        assert!(sender.sent().is_empty());
    }
}
