//! One batch of work: the documents that it concerns are loaded, changed and written, all in one commit.

use super::Inner;
use super::cache::{Cache, Cached};
use super::errors::{is_busy, told};
use super::file::refuse;
use super::gate::{FileId, Inside};
use super::open::{Connection, Opener};
use super::runner::{Job, Outcome, Work};
use super::sheets::{Origin, Sheet, Sheets};
use super::sql::{self, NO_TAG, Written};
use super::time::{Anchor, Time};
use crate::clock::Millis;
use crate::engine::verbs::{Begun, Renewed};
use crate::error::{Error, Result};
use crate::store::document::{Document, DocumentKey};
use crate::store::verb::{Answer, Verb};
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Documents written between two steps of sweeping, and documents looked at in a step: four for each that is written.
const WRITES_PER_SWEEP: usize = 256;
const LOOKED_AT: i64 = 1_024;

/// Batches that lock first, after one met a document that another process had changed.
const WARY: u32 = 8;

/// What the runner works with. It lives as long as the store does, unless something goes wrong.
#[derive(Default)]
pub(super) struct Engine {
    connection: Option<Connection>,
    /// The file that was opened first: another one under its path is not this store.
    file: Option<FileId>,
    cache: Cache,
    wary: u32,
    written: usize,
    swept_to: Vec<u8>,
}

/// How documents are brought in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Those of the cache as they are there; a verification that begins is taken for the first of its recipient.
    /// Writing fails if that was wrong.
    Trusting,
    /// Read.
    Reading,
    /// Read under the lock that nobody else writes beside: slower for others, but certain to succeed.
    Locking,
}

/// Why a try came to nothing.
enum Failure {
    /// Try in this way.
    Try(Way),
    Sqlite(sqlx::Error),
    Refused(Error),
}

impl From<sqlx::Error> for Failure {
    fn from(why: sqlx::Error) -> Failure {
        Failure::Sqlite(why)
    }
}

impl Engine {
    /// Answers all of these jobs.
    pub(super) async fn serve(&mut self, inner: &Inner, inside: &Inside, jobs: Vec<Job>) {
        if let Err(why) = self.ready(inner, inside).await {
            jobs.into_iter().for_each(|job| job.answer(Err(why.clone())));
            return;
        }
        let (verbs, others): (Vec<Job>, Vec<Job>) =
            jobs.into_iter().partition(|job| matches!(*job.work, Work::Verb(_)));
        for job in others {
            let outcome = self.other(inner, &job).await;
            job.answer(outcome);
        }
        if !verbs.is_empty() {
            self.verbs(inner, verbs).await;
        }
        if self.written >= WRITES_PER_SWEEP {
            self.written = 0;
            // What is over is in nobody's way: a sweep that fails is tried again later.
            let _ = self.sweep_step(inner).await;
        }
    }

    /// An open connection to the file that is still under its path.
    async fn ready(&mut self, inner: &Inner, inside: &Inside) -> Result<()> {
        let there = std::fs::metadata(&inner.path).ok().as_ref().and_then(FileId::of);
        if self.file.is_some() && self.file != there {
            self.reset();
            let why = "was deleted or replaced while it was in use; put it back, or restart this process to begin with the \
                       file that is there now";
            return Err(refuse(&inner.path, why));
        }
        if self.connection.is_none() {
            let opener = Opener {
                path: &inner.path,
                synchronous: inner.settings.synchronous,
                busy: inner.busy(),
                time: &inner.time,
            };
            let connection = opener.open(inside).await?;
            self.file = connection.file;
            self.connection = Some(connection);
        }
        Ok(())
    }

    fn reset(&mut self) {
        self.connection = None;
        self.cache.clear();
    }

    fn connection(&mut self) -> Result<&mut Connection, Failure> {
        self.connection
            .as_mut()
            .ok_or(Failure::Sqlite(sqlx::Error::WorkerCrashed))
    }

    async fn verbs(&mut self, inner: &Inner, jobs: Vec<Job>) {
        let until = Instant::now() + inner.busy();
        let mut way = match self.wary {
            0 => Way::Trusting,
            _ => Way::Locking,
        };
        self.wary = self.wary.saturating_sub(1);
        let outcome = loop {
            match self.try_verbs(inner, &jobs, way).await {
                Ok(answers) => break Ok(answers),
                Err(Failure::Try(other)) => way = other,
                Err(Failure::Refused(why)) => break Err(why),
                Err(Failure::Sqlite(why)) => {
                    let anybody = jobs.iter().any(|job| !job.reply.is_closed());
                    if !(is_busy(&why) && anybody && Instant::now() < until) {
                        break Err(told(&inner.path, &why));
                    }
                }
            }
        };
        match outcome {
            Ok(answers) => {
                for (job, answer) in jobs.into_iter().zip(answers) {
                    job.answer(answer.map(Outcome::Answer));
                }
            }
            Err(why) => {
                // What is under way in SQLite is not known; closing ends it.
                self.reset();
                jobs.into_iter().for_each(|job| job.answer(Err(why.clone())));
            }
        }
    }

    /// Applies all verbs in their order and commits once.
    async fn try_verbs(&mut self, inner: &Inner, jobs: &[Job], way: Way) -> Result<Vec<Result<Answer>>, Failure> {
        let verbs: Vec<&Verb> = jobs.iter().filter_map(|job| job.verb()).collect();
        let mut sheets = self.sheets(&verbs, way);
        let missing: Vec<DocumentKey> = sheets.missing();
        let anchor = self.connection()?.anchor;
        if !missing.is_empty() {
            let keys: Vec<Vec<u8>> = missing.iter().map(|key| key.to_bytes()).collect();
            let found = sql::load(&mut self.connection()?.db, &keys, way == Way::Locking).await?;
            let now = inner.time.now(&anchor);
            for found in found {
                sheets.read(&found, anchor.era, now);
            }
        }
        let now = inner.time.now(&anchor);
        let answers = verbs
            .iter()
            .map(|verb| sheets.apply(verb, now).map(|answer| inner.time.tell(now, answer)))
            .collect();
        if way == Way::Trusting && sheets.rests_on_trust() {
            return Err(Failure::Try(Way::Reading));
        }
        self.write(inner, &mut sheets, &anchor, now, way).await?;
        for (key, sheet) in sheets.0 {
            let tag = sheet.tag;
            match sheet.document {
                // Ids that somebody makes up leave nothing here either.
                Some(document) if tag != NO_TAG && !matches!(document, Document::Damaged) => {
                    self.cache.put(key, Cached { document, tag });
                }
                _ => self.cache.forget(&key),
            }
        }
        Ok(answers)
    }

    async fn write(
        &mut self,
        inner: &Inner,
        sheets: &mut Sheets,
        anchor: &Anchor,
        now: Millis,
        way: Way,
    ) -> Result<(), Failure> {
        let rows = sheets.rows(anchor.era, now).map_err(Failure::Refused)?;
        let locked = way == Way::Locking;
        let db = &mut self.connection()?.db;
        if rows.is_empty() {
            if locked {
                sql::roll_back(db).await?;
            }
            return Ok(());
        }
        let written = match sql::write(db, &rows, now, locked).await {
            // The transaction is open still: it ends with the connection.
            Err(why) if locked => return Err(Failure::Refused(told(&inner.path, &why))),
            written => written?,
        };
        match written {
            Written::All => {
                self.written += rows.len();
                Ok(())
            }
            Written::Conflict => {
                // A wrong guess is ours; anything else is another process at the same documents.
                if !sheets.0.values().any(|sheet| sheet.origin == Origin::Guessed) {
                    self.wary = WARY;
                }
                Err(Failure::Try(Way::Locking))
            }
        }
    }

    /// The documents of the verbs, as far as they are known without asking.
    fn sheets(&self, verbs: &[&Verb], way: Way) -> Sheets {
        let mut sheets = HashMap::new();
        for verb in verbs {
            for key in verb.keys() {
                let sheet = sheets.entry(key).or_insert_with(|| match self.cache.get(&key) {
                    Some(cached) if way == Way::Trusting => Sheet {
                        document: Some(cached.document.clone()),
                        tag: cached.tag,
                        origin: Origin::Cached,
                        changed: false,
                    },
                    _ => Sheet {
                        document: None,
                        tag: NO_TAG,
                        origin: Origin::Read,
                        changed: false,
                    },
                });
                if sheet.document.is_none() && way == Way::Trusting && verb.makes() {
                    (sheet.document, sheet.origin) = (Some(key.empty()), Origin::Guessed);
                }
            }
        }
        Sheets(sheets)
    }

    async fn other(&mut self, inner: &Inner, job: &Job) -> Result<Outcome> {
        let until = Instant::now() + inner.busy();
        loop {
            let failure = match self.try_other(inner, &job.work).await {
                Ok(outcome) => return Ok(outcome),
                Err(failure) => failure,
            };
            match failure {
                Failure::Sqlite(why) if is_busy(&why) && !job.reply.is_closed() && Instant::now() < until => {}
                Failure::Sqlite(why) => {
                    self.reset();
                    return Err(told(&inner.path, &why));
                }
                Failure::Refused(why) => return Err(why),
                Failure::Try(_) => {}
            }
        }
    }

    async fn try_other(&mut self, inner: &Inner, work: &Work) -> Result<Outcome, Failure> {
        const INDEX: &str = "index";
        match work {
            Work::Meta | Work::Verb(_) => Ok(Outcome::Meta(sql::meta(&mut self.connection()?.db, INDEX).await?)),
            Work::PutMeta { expected, new } => {
                let put = sql::put_meta(&mut self.connection()?.db, INDEX, expected.as_deref(), new).await?;
                Ok(Outcome::Put(put))
            }
            Work::Sweep => {
                let mut deleted = 0;
                self.swept_to.clear();
                loop {
                    deleted += self.sweep_step(inner).await?;
                    if self.swept_to.is_empty() {
                        return Ok(Outcome::Swept(deleted));
                    }
                }
            }
        }
    }

    async fn sweep_step(&mut self, inner: &Inner) -> Result<u64, Failure> {
        let from = self.swept_to.clone();
        let connection = self.connection()?;
        let now = inner.time.now(&connection.anchor);
        let swept = sql::sweep(&mut connection.db, &from, now, LOOKED_AT).await?;
        self.swept_to = swept.next.unwrap_or_default();
        Ok(swept.deleted)
    }
}

impl Inner {
    fn busy(&self) -> Duration {
        Duration::from_millis(self.settings.busy_ms)
    }
}

impl Job {
    fn verb(&self) -> Option<&Verb> {
        match &*self.work {
            Work::Verb(verb) => Some(verb),
            _ => None,
        }
    }
}

impl Time {
    /// An answer as the caller reads it: times by the wall clock.
    fn tell(&self, now: Millis, answer: Answer) -> Answer {
        let begun = |begun: Begun| Begun {
            expires_at: self.told(now, begun.expires_at),
            resend_at: self.told(now, begun.resend_at),
            ..begun
        };
        match answer {
            Answer::Begin(answer) => Answer::Begin(answer.map(begun)),
            Answer::Renew(Renewed::Done { begun: first, replaced }) => Answer::Renew(Renewed::Done {
                begun: begun(first),
                replaced,
            }),
            Answer::Status(Some(mut facts)) => {
                for at in [&mut facts.created_at, &mut facts.expires_at, &mut facts.resend_at] {
                    *at = self.told(now, *at);
                }
                Answer::Status(Some(facts))
            }
            other => other,
        }
    }
}
