//! The store in this process: bounded, without a global lock, and without scans for what has expired.

mod reports;
mod shard;
mod wheel;

use super::Store;
use crate::clock::{Clock, Millis, SystemClock};
use crate::engine::slot::Slot;
use crate::engine::verbs::{
    Attempt, Attempted, Begin, Begun, Binding, Facts, Key, NewReport, Noted, Refusal, Renew, Renewed, Settle, Settled,
    Settlement, WindowKey,
};
use crate::error::{Error, ErrorKind, Result};
use crate::settings::{MemorySettings, Window};
use crate::types::{Index, Reason};
use async_trait::async_trait;
use reports::References;
use shard::Shard;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

const SHARDS: usize = 64;

/// The store in this process. A clone is the same store, so several clients (one a tenant, say) can share one.
///
/// Nothing survives a restart, and other processes have counters of their own: with `n` worker processes every limit
/// is `n` times as wide.
#[derive(Clone)]
pub struct MemoryStore {
    inner: Arc<Inner>,
}

struct Inner {
    shards: Vec<Padded>,
    references: References,
    meta: Mutex<Option<Vec<u8>>>,
    entries: AtomicUsize,
    max_entries: usize,
    clock: Arc<dyn Clock>,
    pid: u32,
}

/// A shard on cache lines of its own, so that threads on two shards do not slow each other down.
#[repr(align(128))]
struct Padded(Mutex<Shard>);

impl MemoryStore {
    /// An empty store that holds at most `max_entries` recipients and verifications.
    pub fn new(max_entries: usize) -> Self {
        Self::with_clock(
            &MemorySettings {
                max_entries,
                ..MemorySettings::default()
            },
            SystemClock::shared(),
        )
    }

    pub(crate) fn with_clock(settings: &MemorySettings, clock: Arc<dyn Clock>) -> Self {
        let inner = Inner {
            shards: (0..SHARDS).map(|_| Padded(Mutex::default())).collect(),
            references: References::new(),
            meta: Mutex::default(),
            entries: AtomicUsize::new(0),
            max_entries: settings.max_entries,
            clock,
            pid: std::process::id(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Drops all that is over; calls drop a little of it on their way. Returns how many recipients were forgotten.
    ///
    /// # Errors
    /// `store_unavailable` in a forked child.
    pub fn sweep(&self) -> Result<usize> {
        self.inner.check_process()?;
        Ok(self.inner.sweep())
    }

    /// How many recipients and verifications it holds.
    pub fn entries(&self) -> usize {
        self.inner.entries.load(Ordering::Relaxed)
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new(MemorySettings::default().max_entries)
    }
}

impl Inner {
    /// A forked child has a copy of the store: its counters would run apart from the parent's, and a lock that
    /// another thread held would stay held for ever. So the child is refused before it touches one.
    fn check_process(&self) -> Result<()> {
        if std::process::id() == self.pid {
            return Ok(());
        }
        let sentence = "this client keeps its verifications in the memory of the process that made it, and this is a \
                        forked child: make the client after the fork, or use a store that processes share";
        Err(Error::new(ErrorKind::StoreUnavailable, sentence))
    }

    fn shard(&self, first: u8) -> MutexGuard<'_, Shard> {
        let shard = &self.shards[usize::from(first) % SHARDS].0;
        // A panic cannot leave a slot half changed: verbs change a slot only after the last thing that can fail.
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a verb on a slot, which is made if there is none, then schedules what has to be dropped and keeps the books.
    /// The caller has seen to it that this is the process of the store.
    fn with_slot<T>(&self, now: Millis, index: &Index, verb: impl FnOnce(&mut Slot) -> T) -> T {
        let mut shard = self.shard(index[0]);
        let (answer, change) = shard.with_slot(now, index, verb);
        drop(shard);
        self.book(change);
        answer
    }

    /// Runs a verb on a slot if there is one.
    fn with_existing<T>(&self, index: &Index, verb: impl FnOnce(Millis, &mut Slot) -> T) -> Result<Option<T>> {
        self.check_process()?;
        let now = self.clock.now();
        let (answer, change) = self.shard(index[0]).with_existing(now, index, |slot| verb(now, slot));
        self.book(change);
        Ok(answer)
    }

    fn book(&self, change: isize) {
        match change {
            0 => {}
            more if more > 0 => {
                self.entries.fetch_add(more.unsigned_abs(), Ordering::Relaxed);
            }
            fewer => {
                self.entries.fetch_sub(fewer.unsigned_abs(), Ordering::Relaxed);
            }
        }
    }

    /// Refuses when full. What is over is dropped first, what is live never.
    fn check_room(&self) -> Result<()> {
        if self.entries.load(Ordering::Relaxed) < self.max_entries {
            return Ok(());
        }
        self.sweep();
        if self.entries.load(Ordering::Relaxed) < self.max_entries {
            return Ok(());
        }
        let sentence = format!(
            "the memory store holds its most of {} entries; nothing was sent. Raise `store.max_entries` or use a larger store",
            self.max_entries
        );
        Err(Error::new(ErrorKind::StoreFull, sentence))
    }

    fn sweep(&self) -> usize {
        let now = self.clock.now();
        let mut dropped = 0;
        for at in 0..SHARDS {
            let (slots, change) = self.shard(at as u8).sweep(now, usize::MAX);
            dropped += slots;
            self.book(change);
        }
        self.book(self.references.sweep(now));
        dropped
    }

    /// Counts one in each window elsewhere; if one is full, none.
    fn reserve(&self, now: Millis, elsewhere: &[(WindowKey, Vec<Window>)]) -> Result<(), Refusal> {
        for (which, (key, windows)) in elsewhere.iter().enumerate() {
            let (wait, change) = self.shard(key[0]).count_elsewhere(now, key, windows);
            self.book(change);
            if wait > 0 {
                self.give_back(now, &elsewhere[..which]);
                return Err(Refusal::Elsewhere {
                    which,
                    retry_after_ms: wait,
                });
            }
        }
        Ok(())
    }

    fn give_back(&self, now: Millis, elsewhere: &[(WindowKey, Vec<Window>)]) {
        for (key, windows) in elsewhere {
            let change = self.shard(key[0]).give_back_elsewhere(now, key, windows);
            self.book(change);
        }
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn meta(&self) -> Result<Option<Vec<u8>>> {
        self.inner.check_process()?;
        Ok(self.inner.meta.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    async fn put_meta(&self, expected: Option<&[u8]>, new: &[u8]) -> Result<bool> {
        self.inner.check_process()?;
        let mut meta = self.inner.meta.lock().unwrap_or_else(PoisonError::into_inner);
        let as_expected = meta.as_deref() == expected;
        if as_expected {
            *meta = Some(new.to_vec());
        }
        Ok(as_expected)
    }

    async fn begin(&self, begin: &Begin) -> Result<Result<Begun, Refusal>> {
        let inner = &self.inner;
        inner.check_process()?;
        inner.check_room()?;
        if begin.record.is_some() && !begin.elsewhere.is_empty() {
            // Asked again, because the first answer was lost: nothing counts twice.
            if let Some(begun) = inner
                .with_existing(&begin.key.index, |now, slot| slot.begun(now, &begin.key))?
                .flatten()
            {
                return Ok(Ok(begun));
            }
        }
        let now = inner.clock.now();
        if let Err(refusal) = inner.reserve(now, &begin.elsewhere) {
            return Ok(Err(refusal));
        }
        let begun = inner.with_slot(now, &begin.key.index, |slot| slot.begin(now, begin));
        if begun.is_err() {
            inner.give_back(now, &begin.elsewhere);
        }
        Ok(begun)
    }

    async fn attempt(&self, attempt: &Attempt) -> Result<Attempted> {
        let attempted = self
            .inner
            .with_existing(&attempt.key.index, |now, slot| slot.attempt(now, attempt))?;
        Ok(attempted.unwrap_or(Attempted::Ended(Reason::Unknown)))
    }

    async fn renew(&self, renew: &Renew) -> Result<Renewed> {
        let inner = &self.inner;
        inner.check_process()?;
        if !renew.elsewhere.is_empty() {
            // Asked again, because the first answer was lost: nothing counts twice.
            let again = inner.with_existing(&renew.key.index, |now, slot| slot.renewed(now, renew))?;
            if let Some(begun) = again.flatten() {
                let replaced = None;
                return Ok(Renewed::Done { begun, replaced });
            }
        }
        let now = inner.clock.now();
        if let Err(refusal) = inner.reserve(now, &renew.elsewhere) {
            return Ok(Renewed::Refused(refusal));
        }
        let renewed = inner.with_slot(now, &renew.key.index, |slot| slot.renew(now, renew));
        if !matches!(renewed, Renewed::Done { .. }) {
            inner.give_back(now, &renew.elsewhere);
        }
        Ok(renewed)
    }

    async fn settle(&self, settle: &Settle) -> Result<Settled> {
        let settled = self
            .inner
            .with_existing(&settle.key.index, |now, slot| slot.settle(now, settle))?;
        if let Settlement::Served {
            tracked: Some((key, tracked)),
            ..
        } = &settle.what
        {
            let until = self.inner.with_existing(&settle.key.index, |now, slot| {
                slot.kept_until(&settle.key).map(|until| (now, until))
            })?;
            if let Some((now, until)) = until.flatten() {
                self.inner
                    .book(self.inner.references.insert(now, *key, *tracked, until));
            }
        }
        Ok(settled.unwrap_or(Settled::Ended(Reason::Unknown)))
    }

    async fn report(&self, report: &NewReport) -> Result<Option<Noted>> {
        self.inner.check_process()?;
        let now = self.inner.clock.now();
        let Some(of) = self.inner.references.find(now, &report.key) else {
            return Ok(None);
        };
        let changed = self
            .inner
            .with_existing(&of.key.index, |_, slot| slot.report(&of, report.status))?
            .flatten();
        Ok(changed.map(|changed| Noted { of, changed }))
    }

    async fn status(&self, key: &Key) -> Result<Option<Facts>> {
        Ok(self
            .inner
            .with_existing(&key.index, |now, slot| slot.status(now, key))?
            .flatten())
    }

    async fn unlock(&self, index: &Index, binding: &Binding) -> Result<bool> {
        Ok(self
            .inner
            .with_existing(index, |_, slot| slot.unlock(binding))?
            .unwrap_or(false))
    }
}

#[cfg(test)]
mod tests;
