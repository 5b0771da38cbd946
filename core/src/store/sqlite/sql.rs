//! The statements. Each function is one trip to SQLite's thread, however many documents it concerns.

use crate::clock::Millis;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{AssertSqlSafe, Row, Sqlite, SqliteConnection};
use std::fmt::Write;

/// The version of the tables, in the file's `user_version`.
pub(super) const SCHEMA: i64 = 1;

/// `tag` is drawn anew on every write, so that who writes can tell whether what was read is still what is there.
pub(super) const TABLES: &str = "
    CREATE TABLE documents (
        k BLOB NOT NULL PRIMARY KEY,
        tag INTEGER NOT NULL,
        written INTEGER NOT NULL,
        over INTEGER NOT NULL,
        body BLOB NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE meta (name TEXT NOT NULL PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
";

/// Of a document that is not there. No tag that is drawn is this one.
pub(super) const NO_TAG: i64 = 0;

/// A document as it is read.
pub(super) struct Found {
    pub(super) key: Vec<u8>,
    pub(super) tag: i64,
    pub(super) body: Vec<u8>,
}

/// A document as it is written.
pub(super) struct Write1 {
    pub(super) key: Vec<u8>,
    /// The tag of what was read.
    pub(super) was: i64,
    pub(super) tag: i64,
    pub(super) over: Millis,
    pub(super) body: Vec<u8>,
}

/// What came of writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    All,
    /// One of the documents is no longer what was read: none was written.
    Conflict,
}

type Query<'q> = sqlx::query::Query<'q, Sqlite, SqliteArguments>;

/// Reads documents; in a transaction that nobody else writes beside, if `locked`.
pub(super) async fn load(db: &mut SqliteConnection, keys: &[Vec<u8>], locked: bool) -> sqlx::Result<Vec<Found>> {
    let slots = padded(keys.len());
    let mut sql = String::from(if locked { "BEGIN IMMEDIATE; " } else { "" });
    sql.push_str("SELECT k, tag, body FROM documents WHERE k IN (?");
    sql.extend(std::iter::repeat_n(", ?", slots - 1));
    sql.push(')');
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for at in 0..slots {
        query = query.bind(&keys[at.min(keys.len() - 1)][..]);
    }
    let rows = query.fetch_all(db).await?;
    rows.iter().map(found).collect()
}

fn found(row: &SqliteRow) -> sqlx::Result<Found> {
    Ok(Found {
        key: row.try_get(0)?,
        tag: row.try_get(1)?,
        body: row.try_get(2)?,
    })
}

/// Writes documents, all or none: none if one of them is no longer what was read. Commits the transaction, if `locked`;
/// otherwise the statement is a transaction of its own.
pub(super) async fn write(
    db: &mut SqliteConnection,
    rows: &[Write1],
    now: Millis,
    locked: bool,
) -> sqlx::Result<Written> {
    match rows {
        [] => Ok(Written::All),
        [row] if !locked => write_one(db, row, now).await,
        rows => write_many(db, rows, now, locked).await,
    }
}

async fn write_one(db: &mut SqliteConnection, row: &Write1, now: Millis) -> sqlx::Result<Written> {
    let done = match row.was {
        NO_TAG => {
            let sql =
                "INSERT INTO documents (k, tag, written, over, body) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";
            let query = sqlx::query(sql).bind(&row.key[..]).bind(row.tag);
            query
                .bind(whole(now))
                .bind(whole(row.over))
                .bind(&row.body[..])
                .execute(db)
                .await?
        }
        was => {
            let sql = "UPDATE documents SET tag = ?, written = ?, over = ?, body = ? WHERE k = ? AND tag = ?";
            let query = sqlx::query(sql).bind(row.tag).bind(whole(now)).bind(whole(row.over));
            query
                .bind(&row.body[..])
                .bind(&row.key[..])
                .bind(was)
                .execute(db)
                .await?
        }
    };
    match done.rows_affected() {
        0 => Ok(Written::Conflict),
        _ => Ok(Written::All),
    }
}

async fn write_many(db: &mut SqliteConnection, rows: &[Write1], now: Millis, locked: bool) -> sqlx::Result<Written> {
    let slots = padded(rows.len());
    let mut sql = String::from("WITH v (k, was, tag, written, over, body) AS (VALUES (?, ?, ?, ?, ?, ?)");
    sql.extend(std::iter::repeat_n(", (?, ?, ?, ?, ?, ?)", slots - 1));
    // A tag that is not as expected becomes NULL, which the column refuses: the whole statement is taken back.
    let upsert = ") INSERT INTO documents (k, tag, written, over, body) \
        SELECT v.k, CASE WHEN ifnull((SELECT d.tag FROM documents d WHERE d.k = v.k), 0) = v.was THEN v.tag END, \
        v.written, v.over, v.body FROM v WHERE v.k IS NOT NULL \
        ON CONFLICT (k) DO UPDATE SET tag = excluded.tag, written = excluded.written, over = excluded.over, \
        body = excluded.body";
    let _ = write!(sql, "{upsert}{}", if locked { "; COMMIT" } else { "" });
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for at in 0..slots {
        query = bind_row(query, rows.get(at), now);
    }
    match query.execute(db).await {
        Ok(_) => Ok(Written::All),
        Err(why) if !locked && is_conflict(&why) => Ok(Written::Conflict),
        Err(why) => Err(why),
    }
}

/// Statements come in few lengths, so that SQLite keeps them prepared; what is left over is bound to nothing.
fn bind_row<'q>(query: Query<'q>, row: Option<&'q Write1>, now: Millis) -> Query<'q> {
    query
        .bind(row.map(|row| &row.key[..]))
        .bind(row.map(|row| row.was))
        .bind(row.map(|row| row.tag))
        .bind(row.map(|_| whole(now)))
        .bind(row.map(|row| whole(row.over)))
        .bind(row.map(|row| &row.body[..]))
}

fn is_conflict(why: &sqlx::Error) -> bool {
    let kind = why.as_database_error().map(|error| error.kind());
    matches!(kind, Some(sqlx::error::ErrorKind::NotNullViolation))
}

/// Gives back the lock of a transaction that has nothing to write.
pub(super) async fn roll_back(db: &mut SqliteConnection) -> sqlx::Result<()> {
    sqlx::query("ROLLBACK").execute(db).await.map(drop)
}

pub(super) async fn meta(db: &mut SqliteConnection, name: &'static str) -> sqlx::Result<Option<Vec<u8>>> {
    let sql = "SELECT body FROM meta WHERE name = ?";
    sqlx::query_scalar(sql).bind(name).fetch_optional(db).await
}

/// Writes a meta document if it still is as expected; false if it is not.
pub(super) async fn put_meta(
    db: &mut SqliteConnection,
    name: &'static str,
    expected: Option<&[u8]>,
    new: &[u8],
) -> sqlx::Result<bool> {
    let query = match expected {
        None => sqlx::query("INSERT INTO meta (name, body) VALUES (?, ?) ON CONFLICT DO NOTHING")
            .bind(name)
            .bind(new),
        Some(old) => {
            let sql = "UPDATE meta SET body = ? WHERE name = ? AND body = ?";
            sqlx::query(sql).bind(new).bind(name).bind(old)
        }
    };
    Ok(query.execute(db).await?.rows_affected() > 0)
}

/// How far one step of sweeping came.
pub(super) struct Swept {
    pub(super) deleted: u64,
    /// Where the next step goes on; `None` at the end.
    pub(super) next: Option<Vec<u8>>,
}

/// Looks at the next `most` documents and deletes those that are over. There is no index of what is over when: it would
/// cost every write more than looking at each document once in a while does.
pub(super) async fn sweep(db: &mut SqliteConnection, from: &[u8], now: Millis, most: i64) -> sqlx::Result<Swept> {
    let sql = "SELECT max(k), count(*), ifnull(sum(over <= ?), 0) \
               FROM (SELECT k, over FROM documents WHERE k > ? ORDER BY k LIMIT ?)";
    let query = sqlx::query(sql).bind(whole(now)).bind(from).bind(most);
    let row = query.fetch_one(&mut *db).await?;
    let (last, looked, over): (Option<Vec<u8>>, i64, i64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    let mut deleted = 0;
    if let (Some(last), 1..) = (&last, over) {
        let sql = "DELETE FROM documents WHERE k > ? AND k <= ? AND over <= ?";
        let query = sqlx::query(sql).bind(from).bind(&last[..]).bind(whole(now));
        deleted = query.execute(&mut *db).await?.rows_affected();
    }
    Ok(Swept {
        deleted,
        next: last.filter(|_| looked == most),
    })
}

/// A time as SQLite keeps it. One that never comes is the latest of all.
pub(super) fn whole(millis: Millis) -> i64 {
    i64::try_from(millis).unwrap_or(i64::MAX)
}

fn padded(count: usize) -> usize {
    count.max(1).next_power_of_two()
}
