//! What a host brings.

use crate::error::Result;
use async_trait::async_trait;
use std::fmt;
use std::time::Duration;

/// What a host keeps under a key.
#[derive(Clone, PartialEq, Eq)]
pub struct Stored {
    /// Drawn by otpkit for every write, 1 to 32 characters of `A-Z a-z 0-9 - _`. It never comes back, so a document that
    /// was deleted and made again is not taken for the one before.
    pub version: String,
    /// Up to some kilobytes: digests and sealed boxes, nothing in clear.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stored({}, {} bytes)", self.version, self.bytes.len())
    }
}

/// A store that the host brings. An error means that it is not known whether the call took effect; give it the kind
/// `store_unavailable` (or `store_full`) and a sentence for the person who meets it.
///
/// Keys are 4 to 64 characters of `A-Z a-z 0-9 - _ :`. Put the store through [`check_host_store`](crate::check_host_store) before it is
/// used: a swap that is a read and a write lets guesses through.
///
/// ```
/// use async_trait::async_trait;
/// use otpkit::{HostStore, Result, Stored, check_host_store};
/// use std::{collections::HashMap, sync::{Arc, Mutex}, time::Duration};
///
/// /// A table in memory; a row that is over stays until somebody sweeps it.
/// #[derive(Default)]
/// struct Table(Mutex<HashMap<String, Stored>>);
///
/// #[async_trait]
/// impl HostStore for Table {
///     async fn load(&self, key: &str) -> Result<Option<Stored>> {
///         Ok(self.0.lock().unwrap().get(key).cloned())
///     }
///
///     async fn compare_and_swap(&self, key: &str, version: Option<&str>, new: &Stored, _ttl: Option<Duration>) -> Result<bool> {
///         let mut rows = self.0.lock().unwrap();
///         let swap = rows.get(key).map(|row| row.version.as_str()) == version;
///         if swap {
///             rows.insert(key.to_owned(), new.clone());
///         }
///         Ok(swap)
///     }
///
///     async fn delete(&self, key: &str, version: &str) -> Result<bool> {
///         let mut rows = self.0.lock().unwrap();
///         let is_it = rows.get(key).is_some_and(|row| row.version == version);
///         Ok(is_it && rows.remove(key).is_some())
///     }
/// }
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// let faults = check_host_store(Arc::new(Table::default())).await?;
/// assert!(faults.is_empty(), "{faults}");
/// # Ok::<(), otpkit::Error>(()) }).unwrap();
/// ```
#[async_trait]
pub trait HostStore: Send + Sync + 'static {
    /// What is kept under the key: what the last successful write wrote, from whatever process.
    async fn load(&self, key: &str) -> Result<Option<Stored>>;

    /// In one atomic step: if what is kept under the key has this version (`None`: if nothing is kept), keeps `new` and
    /// answers true; otherwise changes nothing and answers false. After `ttl` it may be forgotten, before that it must
    /// not; `None` keeps it until it is deleted.
    async fn compare_and_swap(
        &self,
        key: &str,
        version: Option<&str>,
        new: &Stored,
        ttl: Option<Duration>,
    ) -> Result<bool>;

    /// In one atomic step: deletes what is kept under the key if it has this version; true if it did.
    async fn delete(&self, key: &str, version: &str) -> Result<bool>;
}
