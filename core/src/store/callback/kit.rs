//! Whether a host's store can be trusted: it is hammered in parallel, and what it does wrong is said in sentences.

use super::{CallbackStore, HostStore, Stored, draw};
use crate::engine::budget::Budget;
use crate::engine::verbs::{Attempt, Attempted, Begin, Key, NewRecord};
use crate::error::{Error, ErrorKind, Result};
use crate::random::{OsRandom, SecureRandom};
use crate::settings::Window;
use crate::store::Store;
use futures_util::future::join_all;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// A life, and a part of it after which what has it is still there: a store that takes seconds for milliseconds fails.
const LIFE: Duration = Duration::from_secs(4);
const PART: Duration = Duration::from_secs(1);

/// How many at a time ask for the same swap, and how often that is tried.
const AT_ONCE: usize = 32;
const ROUNDS: usize = 20;
/// Clients that share the store, as so many processes would.
const CLIENTS: usize = 4;

const RIGHT: [u8; 16] = [5; 16];
const WRONG: [u8; 16] = [7; 16];

/// What a host's store did wrong; empty if nothing was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StoreFaults(Vec<String>);

impl StoreFaults {
    /// One sentence for each fault: what was asked, what came, and what usually is the cause.
    pub fn sentences(&self) -> &[String] {
        &self.0
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn add(&mut self, sentence: impl Into<String>) {
        self.0.push(sentence.into());
    }
}

impl fmt::Display for StoreFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

/// Puts a host's store through what otpkit needs of it, in some seconds. It writes under keys of its own, which begin with
/// `kit:` or are drawn, and deletes what it can; use a store that is for tests all the same.
///
/// # Errors
/// What the store's own calls end with. It waits a second, so it needs a tokio runtime with a clock.
pub async fn check_host_store(host: Arc<dyn HostStore>) -> Result<StoreFaults> {
    let mut faults = StoreFaults::default();
    one_at_a_time(&*host, &mut faults).await?;
    // A store that fails here fails everything behind it, and more sentences would not help.
    if faults.is_empty() {
        lives(&*host, &mut faults).await?;
        many_at_once(&*host, &mut faults).await?;
        guesses(&host, &mut faults).await?;
    }
    Ok(faults)
}

fn stored(bytes: Vec<u8>) -> Result<Stored> {
    Ok(Stored {
        version: draw()?,
        bytes,
    })
}

fn key() -> Result<String> {
    Ok(format!("kit:{}", draw()?))
}

const MINUTE: Option<Duration> = Some(Duration::from_secs(60));

async fn one_at_a_time(host: &dyn HostStore, faults: &mut StoreFaults) -> Result<()> {
    let key = key()?;
    if host.load(&key).await?.is_some() {
        faults.add("load: a key that nothing was written under has something; keys of others are mixed up");
    }
    let every_byte: Vec<u8> = (0..=255).cycle().take(8_192).collect();
    let (first, second) = (stored(every_byte)?, stored(vec![0])?);
    if host
        .compare_and_swap(&key, Some(&second.version), &first, MINUTE)
        .await?
    {
        faults.add("compare and swap: a version was expected where nothing is kept, and it answered true");
    }
    if !host.compare_and_swap(&key, None, &first, MINUTE).await? {
        faults.add("compare and swap: nothing was expected where nothing is kept, and it answered false");
    }
    match host.load(&key).await? {
        None => faults
            .add("load: what a swap had just written is not there; it must be readable at once, from every process"),
        Some(found) if found.version != first.version => faults.add("load: the version is another than was written"),
        Some(found) if found.bytes != first.bytes => faults.add(
            "load: the bytes are others than were written; keep all 256 byte values and at least 8 KiB, unchanged",
        ),
        Some(_) => {}
    }
    for (expected, said) in [
        (None, "nothing was"),
        (Some(second.version.as_str()), "another version was"),
    ] {
        if host.compare_and_swap(&key, expected, &second, MINUTE).await? {
            faults.add(format!(
                "compare and swap: {said} expected where a document is kept, and it answered true"
            ));
        }
    }
    if host.load(&key).await?.is_some_and(|found| found != first) && faults.is_empty() {
        faults.add("compare and swap: it answered false, and wrote all the same");
    }
    if host.delete(&key, &second.version).await? {
        faults.add("delete: another version was expected, and it answered true");
    }
    if !host.compare_and_swap(&key, Some(&first.version), &second, None).await? && faults.is_empty() {
        faults.add("compare and swap: the version that is kept was expected, and it answered false");
    }
    if host.load(&key).await?.is_none_or(|found| found != second) && faults.is_empty() {
        faults.add("compare and swap: it answered true, and what it should have written is not there");
    }
    if !host.delete(&key, &second.version).await? && faults.is_empty() {
        faults.add("delete: the version that is kept was expected, and it answered false");
    }
    if host.load(&key).await?.is_some() && faults.is_empty() {
        faults.add("delete: it answered true, and what it should have deleted is still there");
    }
    Ok(())
}

async fn lives(host: &dyn HostStore, faults: &mut StoreFaults) -> Result<()> {
    let (mortal, lasting) = (key()?, key()?);
    let document = stored(vec![1])?;
    host.compare_and_swap(&mortal, None, &document, Some(LIFE)).await?;
    host.compare_and_swap(&lasting, None, &document, None).await?;
    tokio::time::sleep(PART).await;
    for (key, life) in [(mortal, "4 seconds"), (lasting, "no end")] {
        if host.load(&key).await?.is_none() {
            faults.add(format!("compare and swap: a document with a ttl of {life} was forgotten within a second; the ttl is a time span, and none means for ever"));
        }
        host.delete(&key, &document.version).await?;
    }
    Ok(())
}

const ATOMIC: &str = "it reads and then writes, and another caller comes between. Do both in one atomic step: in SQL one \
                      `UPDATE ... WHERE key = ? AND version = ?` (and `INSERT ... ON CONFLICT DO NOTHING`) whose count of rows \
                      is the answer, in Redis one Lua script";

async fn many_at_once(host: &dyn HostStore, faults: &mut StoreFaults) -> Result<()> {
    for _ in 0..ROUNDS {
        let key = key()?;
        let mut version: Option<String> = None;
        // The first round is about making a document, the second about changing it.
        for what in ["nothing is kept", "this version is kept"] {
            let new = (0..AT_ONCE)
                .map(|at| stored(vec![at as u8]))
                .collect::<Result<Vec<_>>>()?;
            let swaps = new
                .iter()
                .map(|new| host.compare_and_swap(&key, version.as_deref(), new, MINUTE));
            let answers = join_all(swaps).await.into_iter().collect::<Result<Vec<bool>>>()?;
            let winners: Vec<&Stored> = new
                .iter()
                .zip(&answers)
                .filter(|(_, won)| **won)
                .map(|(new, _)| new)
                .collect();
            let [winner] = winners[..] else {
                let won = winners.len();
                faults.add(format!(
                    "compare and swap: {AT_ONCE} callers at once asked for a swap if {what}, and it answered true to {won} of them instead of one: {ATOMIC}"
                ));
                return Ok(());
            };
            if host.load(&key).await?.as_ref() != Some(winner) {
                faults.add(format!(
                    "compare and swap: the one that was answered true is not the one that is kept: {ATOMIC}"
                ));
                return Ok(());
            }
            version = Some(winner.version.clone());
        }
        let version = version.unwrap_or_default();
        let deleted = join_all((0..AT_ONCE).map(|_| host.delete(&key, &version))).await;
        let deleted = deleted.into_iter().collect::<Result<Vec<bool>>>()?;
        let count = deleted.iter().filter(|deleted| **deleted).count();
        if count != 1 {
            faults.add(format!("delete: {AT_ONCE} callers at once deleted the same version, and it answered true to {count} of them instead of one"));
            return Ok(());
        }
    }
    Ok(())
}

/// The promises that stand on the swaps: one yes, and five guesses, whoever asks.
async fn guesses(host: &Arc<dyn HostStore>, faults: &mut StoreFaults) -> Result<()> {
    let clients: Vec<CallbackStore> = (0..CLIENTS).map(|_| CallbackStore::new(Shared(host.clone()))).collect();
    for (code, wanted, what) in [
        (RIGHT, 1, "right codes were approved"),
        (WRONG, 5, "wrong codes were compared"),
    ] {
        let begin = begin()?;
        if clients[0].begin(&begin).await?.is_err() {
            return Err(Error::new(
                ErrorKind::Internal,
                "the kit could not begin a verification of its own",
            ));
        }
        let guess = |at: usize| {
            let attempt = Attempt {
                key: begin.key,
                ours: code,
                context: code,
                request: [at as u8; 8],
            };
            let client = &clients[at % CLIENTS];
            async move { client.attempt(&attempt).await }
        };
        let answers = join_all((0..AT_ONCE).map(guess))
            .await
            .into_iter()
            .collect::<Result<Vec<_>>>()?;
        let left: Vec<_> = answers
            .iter()
            .filter_map(|answer| match answer {
                Attempted::Approved { .. } => Some(u32::MAX),
                Attempted::Wrong { left } => Some(*left),
                _ => None,
            })
            .collect();
        let different: BTreeSet<_> = left.iter().collect();
        if left.len() != wanted || different.len() != wanted {
            faults.add(format!(
                "{} of {AT_ONCE} {what} instead of {wanted}: a swap lost what another had written",
                left.len()
            ));
        }
    }
    Ok(())
}

fn begin() -> Result<Begin> {
    let (mut index, mut random) = ([0; 10], [0; 16]);
    OsRandom.fill(&mut index)?;
    OsRandom.fill(&mut random)?;
    let wide = vec![Window::new(1_000_000, 1)];
    Ok(Begin {
        key: Key {
            index,
            random,
            binding: [1; 16],
        },
        record: Some(NewRecord {
            digest: RIGHT,
            sealed: [1, 2, 3].into(),
            ttl_ms: 60_000,
            attempts: 5,
            resend_after_ms: 0,
        }),
        per_recipient: wide.clone().into(),
        counted: wide.into(),
        elsewhere: Vec::new(),
        budget: Budget {
            attempts: 5,
            operator: false,
        },
    })
}

/// One host for several clients.
struct Shared(Arc<dyn HostStore>);

#[async_trait::async_trait]
impl HostStore for Shared {
    async fn load(&self, key: &str) -> Result<Option<Stored>> {
        self.0.load(key).await
    }

    async fn compare_and_swap(
        &self,
        key: &str,
        version: Option<&str>,
        new: &Stored,
        ttl: Option<Duration>,
    ) -> Result<bool> {
        self.0.compare_and_swap(key, version, new, ttl).await
    }

    async fn delete(&self, key: &str, version: &str) -> Result<bool> {
        self.0.delete(key, version).await
    }
}
