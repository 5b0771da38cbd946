//! The host's own store: three calls over bytes that it need not understand, and all rules on this side of them.
//!
//! A verb loads its documents, changes them and writes each if it still is what was loaded; otherwise it begins again.
//! Windows elsewhere are written first: a verb that then fails has counted a send too many, never one too few.

mod host;
mod kit;

pub use host::{HostStore, Stored};
pub use kit::{StoreFaults, check_host_store};

use super::Store;
use super::document::{Document, DocumentKey};
use super::verb::{Answer, Documents, Verb};
use crate::clock::{Clock, LATEST, Millis, SystemClock};
use crate::engine::verbs::{
    Attempt, Attempted, Begin, Begun, Binding, Facts, Key, NewReport, Noted, Refusal, Renew, Renewed, Settle, Settled,
};
use crate::error::{Error, ErrorKind, Result};
use crate::random::{OsRandom, SecureRandom};
use crate::settings::Window;
use crate::types::Index;
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, MutexGuard};

/// Verbs on one recipient take turns in a process, so that they do not undo each other's work. Two recipients of one
/// stripe take turns too, which costs a little and spoils nothing.
const STRIPES: usize = 256;

/// Documents are kept this much longer than they have to, for a store whose clock is ahead: it must not forget a limit early.
const SLACK: Duration = Duration::from_secs(60);

/// The key of the one document that belongs to no recipient.
const META: &str = "meta";

/// There is no clock but the processes' own, and nothing to tell that it was set back: there is one era.
const ERA: u32 = 0;

/// Any [`HostStore`] as a store of otpkit. A clone is the same store.
#[derive(Clone)]
pub struct CallbackStore {
    inner: Arc<Inner>,
}

struct Inner {
    host: Box<dyn HostStore>,
    clock: Arc<dyn Clock>,
    turns: Vec<Mutex<()>>,
    pid: u32,
}

/// A document while a verb works on it.
struct Sheet {
    document: Document,
    version: Option<String>,
}

/// The documents of a verb, as they were loaded.
struct Sheets(HashMap<DocumentKey, Sheet>);

/// Windows that count this verb already: what they were before, and when they began to.
struct Held {
    before: Document,
    since: Millis,
}

impl CallbackStore {
    /// The store of a host. Its processes must have clocks that agree to a few seconds.
    pub fn new(host: impl HostStore) -> CallbackStore {
        CallbackStore::with(Box::new(host), SystemClock::shared())
    }

    /// The same by a clock that a test moves. What the store does by its own clock (forgetting) is not moved.
    #[cfg(feature = "testing")]
    pub fn on_clock(host: impl HostStore, clock: &crate::testing::TestClock) -> CallbackStore {
        CallbackStore::with(Box::new(host), Arc::new(clock.clone()))
    }

    fn with(host: Box<dyn HostStore>, clock: Arc<dyn Clock>) -> CallbackStore {
        let inner = Inner {
            host,
            clock,
            turns: (0..STRIPES).map(|_| Mutex::default()).collect(),
            pid: std::process::id(),
        };
        CallbackStore { inner: Arc::new(inner) }
    }
}

impl Inner {
    /// Waits for this verb's turn. A forked child has a copy of the parent's turns, in which one may be taken for ever;
    /// it does without, since only the swap makes a verb exact.
    async fn turn(&self, verb: &Verb) -> Option<MutexGuard<'_, ()>> {
        if std::process::id() != self.pid {
            return None;
        }
        let stripe = verb.keys().next().map_or(0, |key| usize::from(key.to_bytes()[1]));
        Some(self.turns[stripe % STRIPES].lock().await)
    }

    /// Applies a verb. Each round that comes to nothing is one in which another process got on, and the caller's
    /// deadline ends them.
    async fn verb(&self, verb: Verb) -> Result<Answer> {
        let _turn = self.turn(&verb).await;
        let mut held: HashMap<DocumentKey, Held> = HashMap::new();
        loop {
            let now = self.clock.now();
            let mut sheets = self.load(&verb, &held, now).await?;
            let applied = verb.apply(now, &mut sheets)?;
            if !applied.changed {
                // A count that cannot be taken back is one too many, which is no reason to keep the answer back.
                let _ = self.give_back(&verb, held).await;
                return Ok(applied.answer);
            }
            if self.write(&verb, &mut sheets, &mut held, now).await? {
                return Ok(applied.answer);
            }
        }
    }

    async fn load(&self, verb: &Verb, held: &HashMap<DocumentKey, Held>, now: Millis) -> Result<Sheets> {
        let mut sheets = HashMap::new();
        let mut wanted = Vec::new();
        for key in verb.keys() {
            match held.get(&key) {
                // It was let through; what came after it is no reason to refuse it.
                Some(Held { before, .. }) => {
                    let document = before.clone();
                    sheets.insert(
                        key,
                        Sheet {
                            document,
                            version: None,
                        },
                    );
                }
                None => wanted.push(key),
            }
        }
        let loads = wanted.iter().map(|key| self.sheet(*key, now));
        let loaded = futures_util::future::try_join_all(loads).await?;
        sheets.extend(wanted.into_iter().zip(loaded));
        Ok(Sheets(sheets))
    }

    async fn sheet(&self, key: DocumentKey, now: Millis) -> Result<Sheet> {
        Ok(match self.host.load(&name(key)).await.map_err(outage)? {
            None => Sheet {
                document: key.empty(),
                version: None,
            },
            Some(stored) => Sheet {
                document: Document::decode(&stored.bytes, key, ERA, now),
                version: Some(stored.version),
            },
        })
    }

    /// Writes what a verb has changed, its slot last; false if another process was faster at one of them.
    async fn write(
        &self,
        verb: &Verb,
        sheets: &mut Sheets,
        held: &mut HashMap<DocumentKey, Held>,
        now: Millis,
    ) -> Result<bool> {
        let (slots, others): (Vec<_>, Vec<_>) = verb.keys().partition(|key| matches!(key, DocumentKey::Slot(_)));
        for key in others
            .into_iter()
            .filter(|key| !held.contains_key(key))
            .collect::<Vec<_>>()
        {
            let before = match key {
                DocumentKey::Window(_) => Some(self.before(verb, key, sheets, now)),
                _ => None,
            };
            if !self.swap(key, sheets, now).await? {
                return Ok(false);
            }
            if let Some(before) = before {
                held.insert(key, Held { before, since: now });
            }
        }
        for key in slots {
            if !self.swap(key, sheets, now).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// A window without what this verb has just added to it.
    fn before(&self, verb: &Verb, key: DocumentKey, sheets: &Sheets, now: Millis) -> Document {
        let mut document = sheets
            .0
            .get(&key)
            .map_or_else(|| key.empty(), |sheet| sheet.document.clone());
        if let (Document::Window(log), Some(windows)) = (&mut document, verb.windows(key)) {
            log.give_back(now, windows);
        }
        document
    }

    async fn swap(&self, key: DocumentKey, sheets: &mut Sheets, now: Millis) -> Result<bool> {
        let Some(sheet) = sheets.0.get_mut(&key) else {
            return Ok(true);
        };
        self.put(key, &mut sheet.document, sheet.version.as_deref(), now).await
    }

    async fn put(&self, key: DocumentKey, document: &mut Document, was: Option<&str>, now: Millis) -> Result<bool> {
        let over = document.settle_at(now);
        if over <= now {
            // Nothing is left that anybody would miss.
            return match was {
                Some(version) => self.host.delete(&name(key), version).await.map_err(outage),
                None => Ok(true),
            };
        }
        let new = Stored {
            version: draw()?,
            bytes: document.encode(key, ERA)?,
        };
        let ttl = (over < LATEST).then(|| Duration::from_millis(over - now) + SLACK);
        let swapped = self.host.compare_and_swap(&name(key), was, &new, ttl).await;
        swapped.map_err(outage)
    }

    /// Takes back what windows have counted of a verb that was refused after all.
    async fn give_back(&self, verb: &Verb, held: HashMap<DocumentKey, Held>) -> Result<()> {
        for (key, Held { since, .. }) in held {
            let Some(windows) = verb.windows(key) else {
                continue;
            };
            loop {
                let now = self.clock.now();
                // In a window that may have passed, another process may have dropped this count: what would be taken
                // back then is somebody else's.
                let open = |window: &&Window| now.saturating_sub(since) < u64::from(window.per_seconds) * 500;
                let windows: Vec<Window> = windows.iter().filter(open).cloned().collect();
                if windows.is_empty() {
                    break;
                }
                let mut sheet = self.sheet(key, now).await?;
                let Document::Window(log) = &mut sheet.document else {
                    break;
                };
                log.give_back(since, &windows);
                if self
                    .put(key, &mut sheet.document, sheet.version.as_deref(), now)
                    .await?
                {
                    break;
                }
            }
        }
        Ok(())
    }
}

impl Documents for Sheets {
    fn document(&mut self, key: DocumentKey) -> &mut Document {
        let sheet = self.0.entry(key).or_insert_with(|| Sheet {
            document: key.empty(),
            version: None,
        });
        &mut sheet.document
    }
}

/// The name of a document as the host sees it.
fn name(key: DocumentKey) -> String {
    let (kind, bytes) = match &key {
        DocumentKey::Slot(index) => ("s", &index[..]),
        DocumentKey::Window(key) => ("w", &key[..]),
        DocumentKey::Reference(key) => ("r", &key[..]),
    };
    format!("{kind}:{}", URL_SAFE_NO_PAD.encode(bytes))
}

fn draw() -> Result<String> {
    let mut bytes = [0u8; 12];
    OsRandom.fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// What a host's call ends with is an outage, whatever it calls itself: never a refusal, a wait or a wrong input of the
/// person who is to be verified.
fn outage(why: Error) -> Error {
    match why.kind() {
        ErrorKind::StoreUnavailable | ErrorKind::StoreFull => why,
        _ => Error::new(ErrorKind::StoreUnavailable, why.message()),
    }
}

fn mismatch() -> Error {
    Error::new(ErrorKind::Internal, "a verb was given the answer of another")
}

#[async_trait]
impl Store for CallbackStore {
    fn outlives_process(&self) -> bool {
        true
    }

    async fn meta(&self) -> Result<Option<Vec<u8>>> {
        let stored = self.inner.host.load(META).await.map_err(outage)?;
        Ok(stored.map(|stored| stored.bytes))
    }

    async fn put_meta(&self, expected: Option<&[u8]>, new: &[u8]) -> Result<bool> {
        let stored = self.inner.host.load(META).await.map_err(outage)?;
        if stored.as_ref().map(|stored| &stored.bytes[..]) != expected {
            return Ok(false);
        }
        let new = Stored {
            version: draw()?,
            bytes: new.to_vec(),
        };
        let version = stored.as_ref().map(|stored| stored.version.as_str());
        let swapped = self.inner.host.compare_and_swap(META, version, &new, None).await;
        swapped.map_err(outage)
    }

    async fn begin(&self, begin: &Begin) -> Result<Result<Begun, Refusal>> {
        match self.inner.verb(Verb::Begin(begin.clone())).await? {
            Answer::Begin(begun) => Ok(begun),
            _ => Err(mismatch()),
        }
    }

    async fn attempt(&self, attempt: &Attempt) -> Result<Attempted> {
        match self.inner.verb(Verb::Attempt(attempt.clone())).await? {
            Answer::Attempt(attempted) => Ok(attempted),
            _ => Err(mismatch()),
        }
    }

    async fn renew(&self, renew: &Renew) -> Result<Renewed> {
        match self.inner.verb(Verb::Renew(renew.clone())).await? {
            Answer::Renew(renewed) => Ok(renewed),
            _ => Err(mismatch()),
        }
    }

    async fn settle(&self, settle: &Settle) -> Result<Settled> {
        match self.inner.verb(Verb::Settle(settle.clone())).await? {
            Answer::Settle(settled) => Ok(settled),
            _ => Err(mismatch()),
        }
    }

    async fn report(&self, report: &NewReport) -> Result<Option<Noted>> {
        let of = match self.inner.verb(Verb::Find(report.key)).await? {
            Answer::Find(Some(of)) => of,
            Answer::Find(None) => return Ok(None),
            _ => return Err(mismatch()),
        };
        match self.inner.verb(Verb::Report(of, report.status)).await? {
            Answer::Report(news) => Ok(news.map(|changed| Noted { of, changed })),
            _ => Err(mismatch()),
        }
    }

    async fn status(&self, key: &Key) -> Result<Option<Facts>> {
        match self.inner.verb(Verb::Status(*key)).await? {
            Answer::Status(facts) => Ok(facts),
            _ => Err(mismatch()),
        }
    }

    async fn unlock(&self, index: &Index, binding: &Binding) -> Result<bool> {
        match self.inner.verb(Verb::Unlock(*index, *binding)).await? {
            Answer::Unlock(were_any) => Ok(were_any),
            _ => Err(mismatch()),
        }
    }
}
