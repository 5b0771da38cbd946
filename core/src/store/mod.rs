//! Where verifications and counters live. A store executes each verb atomically and returns facts.

mod callback;
#[cfg(feature = "testing")]
pub mod conformance;
mod document;
mod memory;
pub(crate) mod meta;
mod reference;
mod sqlite;
mod verb;

pub use callback::{CallbackStore, HostStore, StoreFaults, Stored, check_host_store};
pub use memory::MemoryStore;
pub use sqlite::SqliteStore;

use crate::clock::{Clock, SystemClock};
use crate::engine::verbs::{
    Attempt, Attempted, Begin, Begun, Binding, Facts, Key, NewReport, Noted, Refusal, Renew, Renewed, Settle, Settled,
};
use crate::error::{Error, Result};
use crate::settings::StoreSettings;
use crate::types::Index;
use async_trait::async_trait;
use std::sync::Arc;

/// Any of the stores.
#[derive(Clone)]
pub struct AnyStore(pub(crate) Arc<dyn Store>);

impl AnyStore {
    /// The store of these settings, which goes by the given clock or by the one that fits it.
    pub(crate) fn of(settings: &StoreSettings, clock: Option<Arc<dyn Clock>>) -> Result<AnyStore> {
        match settings {
            StoreSettings::Memory(settings) => {
                if settings.max_entries == 0 {
                    return Err(Error::invalid_settings(
                        "store.max_entries",
                        "the store must hold at least one entry",
                    ));
                }
                let clock = clock.unwrap_or_else(SystemClock::shared);
                Ok(MemoryStore::with_clock(settings, clock).into())
            }
            StoreSettings::Sqlite(settings) => match clock {
                None => SqliteStore::from_settings(settings).map(AnyStore::from),
                Some(clock) => SqliteStore::with_clock(settings, clock).map(AnyStore::from),
            },
        }
    }

    /// The store of these settings, which goes by a clock that a test moves.
    ///
    /// # Errors
    /// `invalid_settings` naming the setting that is wrong.
    #[cfg(feature = "testing")]
    pub fn on_clock(settings: &StoreSettings, clock: &crate::testing::TestClock) -> Result<AnyStore> {
        AnyStore::of(settings, Some(Arc::new(clock.clone())))
    }
}

impl From<MemoryStore> for AnyStore {
    fn from(store: MemoryStore) -> AnyStore {
        AnyStore(Arc::new(store))
    }
}

impl From<CallbackStore> for AnyStore {
    fn from(store: CallbackStore) -> AnyStore {
        AnyStore(Arc::new(store))
    }
}

impl From<SqliteStore> for AnyStore {
    fn from(store: SqliteStore) -> AnyStore {
        AnyStore(Arc::new(store))
    }
}

/// The verbs. An error means that it is not known whether the verb took effect; every verb may be repeated with the
/// same id or token and then answers as it did the first time.
#[async_trait]
pub(crate) trait Store: Send + Sync + 'static {
    /// Whether other processes, or this one after a restart, meet what it keeps: then they need the same secrets.
    fn outlives_process(&self) -> bool {
        false
    }

    /// The meta document, if there is one.
    async fn meta(&self) -> Result<Option<Vec<u8>>>;

    /// Writes the meta document if it still is as expected; false if it is not.
    async fn put_meta(&self, expected: Option<&[u8]>, new: &[u8]) -> Result<bool>;

    /// Checks every limit and, if all hold, counts one send and stores the record.
    async fn begin(&self, begin: &Begin) -> Result<Result<Begun, Refusal>>;

    /// Counts one attempt, compares, and marks used what was right.
    async fn attempt(&self, attempt: &Attempt) -> Result<Attempted>;

    /// Counts a resend and moves the expiry, if the generation is as expected.
    async fn renew(&self, renew: &Renew) -> Result<Renewed>;

    /// Notes what became of a send or of a verifier's check. A message that is tracked is found by its name from then on,
    /// for as long as the record is kept.
    async fn settle(&self, settle: &Settle) -> Result<Settled>;

    /// Notes a delivery report: one word for operators. `None` if no message is tracked under this name, or if its record
    /// is gone. It can never approve.
    async fn report(&self, report: &NewReport) -> Result<Option<Noted>>;

    /// How a record stands; `None` if there is none.
    async fn status(&self, key: &Key) -> Result<Option<Facts>>;

    /// Forgets the failures of a subject; true if there were any.
    async fn unlock(&self, index: &Index, binding: &Binding) -> Result<bool>;
}
