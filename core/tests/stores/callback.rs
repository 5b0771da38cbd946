//! A store of the host: one that swaps keeps the contract, and the suite finds out one that only reads and writes.

use async_trait::async_trait;
use otpkit::testing::TestClock;
use otpkit::{AnyStore, CallbackStore, HostStore, Result, Stored, check_host_store};
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
