//! `start` and `check` on the SQLite store, and the bare statements that no store could do without, through the same driver.

use crate::flood::flood;
use async_trait::async_trait;
use otpkit::{Builder, Check, Client, Code, Outgoing, SendResult, Sender, Settings, Start};
use serde_json::{Value, json};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Row};
use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// About as large as the document of one recipient.
const DOCUMENT: usize = 300;

static NEXT: AtomicUsize = AtomicUsize::new(0);

pub(crate) struct Sqlite {
    runtime: tokio::runtime::Runtime,
    otpkit: Option<Kept>,
    bare: Option<Arc<tokio::sync::Mutex<SqliteConnection>>>,
}

#[derive(Clone)]
struct Kept {
    client: Arc<Client>,
    codes: Codes,
}

/// The last code of each recipient whose check is still to come.
type Codes = Arc<Mutex<HashMap<String, Code>>>;

struct Keep(Codes);

#[async_trait]
impl Sender for Keep {
    async fn send(&self, outgoing: Outgoing) -> SendResult {
        let mut codes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        codes.insert(outgoing.message.to.as_str().to_owned(), outgoing.code);
        SendResult::SENT
    }
}

impl Sqlite {
    pub(crate) fn new() -> Sqlite {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build();
        Sqlite {
            runtime: runtime.expect("a runtime starts"),
            otpkit: None,
            bare: None,
        }
    }

    /// Runs a case on files in a folder, which is the runner's to make and to empty.
    pub(crate) fn run(&mut self, case: &str, count: usize, in_flight: usize, folder: &str) -> Option<Value> {
        let folder = Path::new(folder);
        let taken = match case {
            "sqlite-otpkit" => {
                let kept = match &self.otpkit {
                    Some(kept) => kept.clone(),
                    None => match connect(&folder.join("otpkit.db")) {
                        Ok(kept) => self.otpkit.insert(kept).clone(),
                        Err(why) => return Some(json!({ "error": why })),
                    },
                };
                // The first call of a client opens the file.
                self.runtime.block_on(cycle(kept.clone()));
                self.runtime
                    .block_on(flood(count, in_flight, move || cycle(kept.clone())))
            }
            "sqlite-bare" | "sqlite-transactions" => {
                let connection = match &self.bare {
                    Some(connection) => Arc::clone(connection),
                    None => {
                        let opened = self.runtime.block_on(open(&folder.join("bare.db")));
                        let opened = Arc::new(tokio::sync::Mutex::new(opened.expect("the folder is there")));
                        Arc::clone(self.bare.insert(opened))
                    }
                };
                let one_by_one = case == "sqlite-bare";
                self.runtime.block_on(flood(count, in_flight, move || {
                    let connection = Arc::clone(&connection);
                    async move {
                        let number = NEXT.fetch_add(1, Ordering::Relaxed) as i64;
                        let done = if one_by_one {
                            statements(&connection, number).await
                        } else {
                            transactions(&connection, number).await
                        };
                        done.expect("the statements are good");
                    }
                }))
            }
            _ => return None,
        };
        Some(taken.json(count))
    }
}

/// The one place that knows how otpkit is given a SQLite file.
fn connect(file: &Path) -> Result<Kept, String> {
    let settings = json!({
        "secrets": ["a secret of the benchmark, which guards nothing"],
        "store": format!("sqlite:{}", file.display()),
    });
    let settings = Settings::from_json(&settings.to_string()).map_err(|why| why.to_string())?;
    let codes = Codes::default();
    let builder = Builder::from_settings(settings).provider("keep", Keep(Arc::clone(&codes)));
    let client = Arc::new(builder.build().map_err(|why| why.to_string())?);
    Ok(Kept { client, codes })
}

async fn cycle(kept: Kept) {
    let to = format!("+3161{:07}", NEXT.fetch_add(1, Ordering::Relaxed) % 10_000_000);
    let started = kept
        .client
        .start(Start::to(to.as_str()))
        .await
        .expect("nothing limits this start");
    let code = kept.codes.lock().unwrap_or_else(PoisonError::into_inner).remove(&to);
    let code = code.expect("the sender was asked");
    let checked = kept.client.check(Check::new(started.id.as_str(), code.expose())).await;
    assert!(checked.expect("a check is answered").approved, "the code is right");
}

async fn open(file: &Path) -> sqlx::Result<SqliteConnection> {
    let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);
    let options = options
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let mut connection = options.connect().await?;
    let table =
        "CREATE TABLE IF NOT EXISTS slots (id INTEGER PRIMARY KEY, document BLOB NOT NULL, due INTEGER NOT NULL)";
    sqlx::query(table).execute(&mut connection).await?;
    let index = "CREATE INDEX IF NOT EXISTS slots_due ON slots (due)";
    sqlx::query(index).execute(&mut connection).await?;
    Ok(connection)
}

/// One statement for the start and one for the check: each its own transaction, each made durable.
async fn statements(connection: &tokio::sync::Mutex<SqliteConnection>, id: i64) -> sqlx::Result<()> {
    {
        let mut connection = connection.lock().await;
        let insert = sqlx::query("INSERT INTO slots (id, document, due) VALUES (?, ?, ?)");
        insert
            .bind(id)
            .bind(vec![7u8; DOCUMENT])
            .bind(id + 300_000)
            .execute(&mut *connection)
            .await?;
    }
    let mut connection = connection.lock().await;
    let update = sqlx::query("UPDATE slots SET document = ? WHERE id = ? RETURNING due");
    let row = update
        .bind(vec![8u8; DOCUMENT])
        .bind(id)
        .fetch_one(&mut *connection)
        .await?;
    assert_eq!(row.get::<i64, _>(0), id + 300_000);
    Ok(())
}

/// The same as a store that judges in between would have to: read, decide, write.
async fn transactions(connection: &tokio::sync::Mutex<SqliteConnection>, id: i64) -> sqlx::Result<()> {
    for step in 0..2u8 {
        let mut connection = connection.lock().await;
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
        let select = sqlx::query("SELECT document FROM slots WHERE id = ?");
        let found = select.bind(id).fetch_optional(&mut *transaction).await?;
        assert_eq!(found.is_some(), step == 1);
        let upsert = "INSERT INTO slots (id, document, due) VALUES (?, ?, ?) \
                      ON CONFLICT (id) DO UPDATE SET document = excluded.document, due = excluded.due";
        let upsert = sqlx::query(upsert)
            .bind(id)
            .bind(vec![step; DOCUMENT])
            .bind(id + 300_000);
        upsert.execute(&mut *transaction).await?;
        transaction.commit().await?;
    }
    Ok(())
}
