//! What the SQLite store costs beside the bare statements: `cargo run --release -p otpkit --example sqlite_speed`.
//!
//! One after the other: a start and a check through the client, against an `INSERT` and an `UPDATE … RETURNING` through
//! the same driver with the same pragmas, interleaved. Then starts and checks with 64 in flight against one at a time.

use async_trait::async_trait;
use otpkit::settings::{SqliteSettings, Synchronous};
use otpkit::{Check, Client, Outgoing, PolicySettings, SendResult, Sender, SqliteStore, Start};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, SqliteConnection};
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

const ROUNDS: usize = 15;
const CALLS: usize = 300;
const IN_FLIGHT: usize = 64;

fn client(path: &str, synchronous: Synchronous, tray: &Tray) -> Client {
    let mut settings = SqliteSettings::new(path);
    settings.synchronous = synchronous;
    let policy = PolicySettings {
        resend_after_seconds: Some(vec![0]),
        ..PolicySettings::default()
    };
    Client::builder()
        .secret(*b"a-secret-for-measuring-0123456789")
        .store(SqliteStore::from_settings(&settings).expect("the path is one of a file"))
        .policy(policy)
        .provider("tray", tray.clone())
        .build()
        .expect("the settings are right")
}

/// Keeps the newest code of every recipient. A clone is the same tray.
#[derive(Clone, Default)]
struct Tray(Arc<Mutex<HashMap<String, String>>>);

impl Tray {
    fn take(&self, to: &str) -> String {
        self.0
            .lock()
            .expect("nobody panics")
            .remove(to)
            .expect("a code was sent")
    }
}

#[async_trait]
impl Sender for Tray {
    async fn send(&self, outgoing: Outgoing) -> SendResult {
        let code = outgoing.code.expose().to_owned();
        self.0
            .lock()
            .expect("nobody panics")
            .insert(outgoing.message.to.as_str().to_owned(), code);
        SendResult::SENT
    }
}

async fn cycle(otp: &Client, tray: &Tray, number: usize) {
    let to = format!("user{number}@example.com");
    let started = otp.start(Start::to(to.as_str())).await.expect("the start passes");
    let check = Check::new(started.id.as_str(), tray.take(&to));
    assert!(otp.check(check).await.expect("the store answers").approved);
}

async fn bare(path: &str, synchronous: SqliteSynchronous) -> SqliteConnection {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(synchronous)
        .disable_statement_logging();
    let mut db = options.connect().await.expect("the file can be made");
    let table = "CREATE TABLE verification (id BLOB PRIMARY KEY, digest BLOB NOT NULL, attempts INTEGER NOT NULL, \
                 used INTEGER NOT NULL, expires INTEGER NOT NULL, box BLOB NOT NULL) WITHOUT ROWID";
    sqlx::query(table).execute(&mut db).await.expect("the table is new");
    db
}

async fn bare_cycle(db: &mut SqliteConnection, number: u64) {
    let id = [&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes()[..], &[0; 8]].concat();
    sqlx::query("INSERT INTO verification (id, digest, attempts, used, expires, box) VALUES (?, ?, 5, 0, ?, ?)")
        .bind(&id[..])
        .bind(&[1u8; 16][..])
        .bind(1_800_000_000_000i64)
        .bind(&[2u8; 120][..])
        .execute(&mut *db)
        .await
        .expect("the id is new");
    let check = "UPDATE verification SET attempts = attempts - 1, used = (digest = ?) \
                 WHERE id = ? AND used = 0 AND attempts > 0 AND expires > ? RETURNING used, attempts, box";
    let row = sqlx::query(check)
        .bind(&[1u8; 16][..])
        .bind(&id[..])
        .bind(1_700_000_000_000i64);
    row.fetch_one(db).await.expect("it was stored");
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Microseconds of a cycle, one after the other: ours and the bare statements, in turns.
async fn lone(folder: &str, name: &str, ours: Synchronous, theirs: SqliteSynchronous) {
    let tray = Tray::default();
    let otp = client(&format!("{folder}/{name}-otpkit.db"), ours, &tray);
    let mut db = bare(&format!("{folder}/{name}-bare.db"), theirs).await;
    let (mut our_times, mut their_times, mut number) = (Vec::new(), Vec::new(), 0);
    for round in 0..=ROUNDS {
        let began = Instant::now();
        for at in 0..CALLS {
            cycle(&otp, &tray, number + at).await;
        }
        let ours = began.elapsed().as_secs_f64() * 1e6 / CALLS as f64;
        let began = Instant::now();
        for at in 0..CALLS {
            bare_cycle(&mut db, (number + at) as u64).await;
        }
        let theirs = began.elapsed().as_secs_f64() * 1e6 / CALLS as f64;
        number += CALLS;
        if round > 0 {
            our_times.push(ours);
            their_times.push(theirs);
        }
    }
    let ratios = our_times
        .iter()
        .zip(&their_times)
        .map(|(ours, theirs)| ours / theirs)
        .collect();
    println!(
        "{name}: start+check {:.1} us, bare statements {:.1} us: {:.2}x (median of {ROUNDS} rounds of {CALLS})",
        median(our_times),
        median(their_times),
        median(ratios)
    );
}

/// Cycles a second with so many in flight.
async fn in_flight(otp: &Client, tray: &Tray, many: usize, cycles: usize, from: usize) -> f64 {
    let next = Arc::new(AtomicUsize::new(0));
    let began = Instant::now();
    let work = || {
        let (otp, tray, next) = (otp.clone(), tray.clone(), Arc::clone(&next));
        tokio::spawn(async move {
            loop {
                match next.fetch_add(1, Ordering::Relaxed) {
                    number if number < cycles => cycle(&otp, &tray, from + number).await,
                    _ => return,
                }
            }
        })
    };
    for task in (0..many).map(|_| work()).collect::<Vec<_>>() {
        task.await.expect("no cycle fails");
    }
    cycles as f64 / began.elapsed().as_secs_f64()
}

#[tokio::main]
async fn main() {
    // In a task, as the calls of a server are.
    tokio::spawn(measure()).await.expect("nothing fails");
}

async fn measure() {
    let folder = std::env::args().nth(1).unwrap_or_else(|| {
        let folder = std::env::temp_dir().join(format!("otpkit-sqlite-speed-{}", std::process::id()));
        folder.to_string_lossy().into_owned()
    });
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    lone(&folder, "FULL", Synchronous::Full, SqliteSynchronous::Full).await;
    lone(&folder, "NORMAL", Synchronous::Normal, SqliteSynchronous::Normal).await;

    let tray = Tray::default();
    let otp = client(&format!("{folder}/flight.db"), Synchronous::Full, &tray);
    let (mut from, mut ratios) = (0, Vec::new());
    for _ in 0..5 {
        let one = in_flight(&otp, &tray, 1, 1_000, from).await;
        let many = in_flight(&otp, &tray, IN_FLIGHT, 20_000, from + 1_000).await;
        from += 21_000;
        println!(
            "FULL: {one:.0} cycles/s one at a time, {many:.0} with {IN_FLIGHT} in flight: {:.1}x",
            many / one
        );
        ratios.push(many / one);
    }
    println!("FULL: {:.1}x with {IN_FLIGHT} in flight (median of 5)", median(ratios));
    let _ = std::fs::remove_dir_all(&folder);
}
