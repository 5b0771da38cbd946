//! From a path to a connection that is ready for verbs.

use super::errors::{is_busy, told};
use super::file::{APPLICATION_ID, prepare, refuse};
use super::gate::{FileId, Inside};
use super::sql::{self, SCHEMA, TABLES, whole};
use super::time::{Anchor, Time};
use crate::clock::Millis;
use crate::error::Result;
use crate::settings::Synchronous;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection as _, SqliteConnection};
use std::path::Path;
use std::time::Duration;

const CLOCK: &str = "clock";

/// The longest that SQLite itself waits for a lock, before it is looked whether anybody still waits for the answer.
const WAIT_STEP: Duration = Duration::from_millis(250);

/// Documents of a later time than now are over by then: later than the longest that a document is kept.
const LONGEST_KEPT_MS: u64 = 31 * 24 * 3_600_000;

/// An open file.
pub(super) struct Connection {
    pub(super) db: SqliteConnection,
    pub(super) anchor: Anchor,
    /// Which file it was when it was opened.
    pub(super) file: Option<FileId>,
}

/// What opening goes by.
pub(super) struct Opener<'o> {
    pub(super) path: &'o Path,
    pub(super) synchronous: Synchronous,
    pub(super) busy: Duration,
    pub(super) time: &'o Time,
}

impl Opener<'_> {
    pub(super) async fn open(&self, inside: &Inside) -> Result<Connection> {
        prepare(self.path, inside)?;
        let file = std::fs::metadata(self.path).ok().as_ref().and_then(FileId::of);
        if let Some(file) = file {
            inside.opened(file);
        }
        let until = std::time::Instant::now() + self.busy;
        loop {
            let opened = self.connect().await;
            match opened {
                Err(Failure::Sqlite(why)) if is_busy(&why) && std::time::Instant::now() < until => {}
                Err(Failure::Sqlite(why)) => return Err(told(self.path, &why)),
                Err(Failure::Refused(why)) => return Err(why),
                Ok((db, anchor)) => return Ok(Connection { db, anchor, file }),
            }
        }
    }

    async fn connect(&self) -> Result<(SqliteConnection, Anchor), Failure> {
        let mut db = SqliteConnectOptions::new()
            .filename(self.path)
            .busy_timeout(self.busy.min(WAIT_STEP))
            .thread_name(|_| "otpkit-sqlite".to_owned())
            .disable_statement_logging()
            .connect()
            .await?;
        match self.set_up(&mut db).await {
            Ok(anchor) => Ok((db, anchor)),
            Err(why) => {
                // Its locks are given back before anybody tries again.
                let _ = db.close().await;
                Err(why)
            }
        }
    }

    async fn set_up(&self, db: &mut SqliteConnection) -> Result<Anchor, Failure> {
        // Before anything is written: a file of something else stays as it is.
        if !self.is_ours(db).await? {
            self.make_tables(db).await?;
        }
        let mode: String = sqlx::query_scalar("PRAGMA journal_mode = WAL")
            .fetch_one(&mut *db)
            .await?;
        if mode != "wal" {
            let why = "cannot have a write-ahead log here; SQLite needs a local file system that it may write to, not one \
                       of a network";
            return Err(Failure::Refused(refuse(self.path, why)));
        }
        let synchronous = match self.synchronous {
            Synchronous::Full => "FULL",
            Synchronous::Normal => "NORMAL",
        };
        // `fullfsync`: on Apple's systems a plain `fsync` does not reach the disk.
        let pragmas = format!(
            "PRAGMA synchronous = {synchronous}; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON; \
             PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA journal_size_limit = 16777216"
        );
        sqlx::raw_sql(AssertSqlSafe(pragmas)).execute(&mut *db).await?;
        self.anchor(db).await
    }

    /// Whether the file is one of otpkit's, of a version that this one knows; false if it is empty.
    async fn is_ours(&self, db: &mut SqliteConnection) -> Result<bool, Failure> {
        let id: i64 = sqlx::query_scalar("PRAGMA application_id").fetch_one(&mut *db).await?;
        if id == i64::from(APPLICATION_ID) {
            let version: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *db).await?;
            return match version {
                SCHEMA => Ok(true),
                version if version > SCHEMA => {
                    let why = format!(
                        "was written by a newer version of otpkit (its tables are of version {version}, this one knows \
                         {SCHEMA}); update otpkit here too, or name another file"
                    );
                    Err(Failure::Refused(refuse(self.path, &why)))
                }
                version => {
                    let why = format!("says that its tables are of version {version}, which no otpkit has written");
                    Err(Failure::Refused(refuse(self.path, &why)))
                }
            };
        }
        let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema")
            .fetch_one(&mut *db)
            .await?;
        match (id, tables) {
            (0, 0) => Ok(false),
            _ => {
                let why = "is a database of something else; it was left as it is. otpkit needs a file of its own";
                Err(Failure::Refused(refuse(self.path, why)))
            }
        }
    }

    /// In one transaction of the journal that a new file has, so that the file is empty or has all of it.
    async fn make_tables(&self, db: &mut SqliteConnection) -> Result<(), Failure> {
        sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut *db).await?;
        // Another process may have been faster.
        let sql = match self.is_ours(db).await? {
            true => "COMMIT".to_owned(),
            false => {
                format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {SCHEMA}; {TABLES}; COMMIT")
            }
        };
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *db).await?;
        Ok(())
    }

    /// The anchor of this boot's clock; the first process after a boot makes it.
    async fn anchor(&self, db: &mut SqliteConnection) -> Result<Anchor, Failure> {
        if let Some(anchor) = self.time.holds(kept(db).await?) {
            return Ok(anchor);
        }
        sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut *db).await?;
        let kept = kept(db).await?;
        if let Some(anchor) = self.time.holds(kept) {
            sql::roll_back(db).await?;
            return Ok(anchor);
        }
        let latest: i64 = sqlx::query_scalar("SELECT ifnull(max(written), 0) FROM documents")
            .fetch_one(&mut *db)
            .await?;
        let (anchor, is_earlier) = self.time.anew(kept, Millis::try_from(latest).unwrap_or(0));
        if is_earlier {
            let latest_over = whole(self.time.now(&anchor) + LONGEST_KEPT_MS);
            let sql = "UPDATE documents SET over = ? WHERE over > ? AND over < 9223372036854775807";
            sqlx::query(sql)
                .bind(latest_over)
                .bind(latest_over)
                .execute(&mut *db)
                .await?;
        }
        let body = postcard::to_allocvec(&anchor).unwrap_or_default();
        let sql =
            "INSERT INTO meta (name, body) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET body = excluded.body; COMMIT";
        sqlx::query(sql).bind(CLOCK).bind(body).execute(&mut *db).await?;
        Ok(anchor)
    }
}

async fn kept(db: &mut SqliteConnection) -> sqlx::Result<Option<Anchor>> {
    let body = sql::meta(db, CLOCK).await?;
    Ok(body.and_then(|body| postcard::from_bytes(&body).ok()))
}

enum Failure {
    Sqlite(sqlx::Error),
    Refused(crate::error::Error),
}

impl From<sqlx::Error> for Failure {
    fn from(why: sqlx::Error) -> Failure {
        Failure::Sqlite(why)
    }
}
