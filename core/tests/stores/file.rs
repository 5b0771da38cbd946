//! The file: made, shared, refused, deleted; what is in it, and documents that are no more what they were.

use crate::support::{NL, SECRET, Tray, builder, check, client, file, folder, runtime};
use otpkit::settings::SqliteSettings;
use otpkit::{Client, ErrorKind, SqliteStore, Start, Unlock};
use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

fn refused(path: &str) -> String {
    let (runtime, (otp, tray)) = (runtime(), client(path));
    let error = runtime.block_on(otp.start(Start::to(NL))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StoreUnavailable, "{error}");
    assert_eq!(tray.sent(), 0);
    error.message().to_owned()
}

async fn open(path: &str) -> SqliteConnection {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .connect()
        .await
        .unwrap()
}

fn run(path: &str, sql: &'static str) {
    runtime().block_on(async {
        let mut db = open(path).await;
        sqlx::raw_sql(sql).execute(&mut db).await.unwrap();
        sqlx::Connection::close(db).await.unwrap();
    });
}

#[test]
fn a_restart_keeps_what_is_pending_and_what_is_used() {
    let path = file("restart.db");
    let (runtime, (otp, tray)) = (runtime(), client(&path));
    let [used, pending] = ["a@example.com", "b@example.com"].map(|to| {
        let id = runtime.block_on(otp.start(Start::to(to))).unwrap().id;
        (id.as_str().to_owned(), tray.code(to))
    });
    assert!(runtime.block_on(check(&otp, &used.0, &used.1)).unwrap().approved);
    drop(otp);
    let (otp, _) = client(&path);
    assert!(!runtime.block_on(check(&otp, &used.0, &used.1)).unwrap().approved);
    let answer = runtime.block_on(check(&otp, &pending.0, &pending.1)).unwrap();
    assert_eq!((answer.approved, answer.to.as_deref()), (true, Some("b@example.com")));
}

#[test]
fn secrets_are_required() {
    let store = SqliteStore::from_settings(&SqliteSettings::new(file("no-secret.db"))).unwrap();
    let built = Client::builder().provider("tray", Tray::default()).store(store).build();
    let error = built.err().unwrap();
    assert_eq!(
        (error.kind(), error.field()),
        (ErrorKind::InvalidSettings, Some("secrets"))
    );
}

#[test]
fn another_secret_is_refused_with_the_remedy() {
    let path = file("other-secret.db");
    let (runtime, (otp, tray)) = (runtime(), client(&path));
    runtime.block_on(otp.start(Start::to(NL))).unwrap();
    let store = SqliteStore::from_settings(&SqliteSettings::new(path)).unwrap();
    let builder = Client::builder().secret(SECRET.replace("the", "another")).store(store);
    let other = builder.provider("tray", tray).build().unwrap();
    let error = runtime.block_on(other.start(Start::to(NL))).unwrap_err();
    assert!(error.message().contains("`secrets`"), "{error}");
}

#[test]
fn files_of_something_else_are_refused_and_stay_as_they_are() {
    let (text, other, named, empty) = (file("text.db"), file("other.db"), file("named.db"), file("empty.db"));
    std::fs::write(&text, "hello, world").unwrap();
    run(&other, "CREATE TABLE users (id INTEGER)");
    run(
        &named,
        "PRAGMA application_id = 7; PRAGMA journal_mode = WAL; CREATE TABLE users (id INTEGER)",
    );
    for (path, word) in [
        (&text, "no SQLite database"),
        (&other, "something else"),
        (&named, "something else"),
    ] {
        let before = std::fs::read(path).unwrap();
        let said = refused(path);
        assert!(said.contains(word) && said.contains(path.as_str()), "{said}");
        assert_eq!(std::fs::read(path).unwrap(), before);
        assert!(!std::path::Path::new(&format!("{path}-wal")).exists());
    }
    // Nobody's: an empty file, and a database without a table.
    std::fs::write(&empty, "").unwrap();
    let vacant = file("vacant.db");
    run(&vacant, "VACUUM");
    for path in [&empty, &vacant] {
        let (otp, _) = client(path);
        runtime().block_on(otp.start(Start::to(NL))).unwrap();
    }
}

#[test]
fn a_newer_file_is_refused_with_the_remedy() {
    let path = file("newer.db");
    let (otp, _) = client(&path);
    runtime().block_on(otp.start(Start::to(NL))).unwrap();
    drop(otp);
    run(&path, "PRAGMA user_version = 99");
    let said = refused(&path);
    assert!(
        said.contains("newer version") && said.contains("update otpkit"),
        "{said}"
    );
}

#[test]
fn a_folder_a_missing_folder_and_a_damaged_file_are_told() {
    let said = refused(folder().to_str().unwrap());
    assert!(said.contains("is a folder"), "{said}");
    let said = refused(&file("missing/otpkit.db"));
    assert!(said.contains("does not exist; make it first"), "{said}");

    let path = file("damaged.db");
    let (otp, _) = client(&path);
    runtime().block_on(otp.start(Start::to(NL))).unwrap();
    drop(otp);
    run(&path, "PRAGMA wal_checkpoint(TRUNCATE)");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[200..].fill(0xa5);
    std::fs::write(&path, bytes).unwrap();
    let said = refused(&path);
    assert!(said.contains("is damaged: restore it"), "{said}");
}

#[cfg(unix)]
#[test]
fn only_its_owner_may_read_a_new_file() {
    use std::os::unix::fs::PermissionsExt;
    let path = file("rights.db");
    let (otp, _) = client(&path);
    runtime().block_on(otp.start(Start::to(NL))).unwrap();
    for name in [path.clone(), format!("{path}-wal"), format!("{path}-shm")] {
        assert_eq!(
            std::fs::metadata(&name).unwrap().permissions().mode() & 0o777,
            0o600,
            "{name}"
        );
    }
}

#[test]
fn a_file_that_is_deleted_meanwhile_is_told_and_taken_again_when_it_is_back() {
    let path = file("deleted.db");
    let (runtime, (otp, tray)) = (runtime(), client(&path));
    let id = runtime.block_on(otp.start(Start::to(NL))).unwrap().id;
    let aside = file("deleted-aside.db");
    std::fs::rename(&path, &aside).unwrap();
    for _ in 0..2 {
        let error = runtime.block_on(otp.start(Start::to(NL))).unwrap_err();
        assert!(error.message().contains("was deleted or replaced"), "{error}");
    }
    std::fs::rename(&aside, &path).unwrap();
    let answer = runtime.block_on(check(&otp, id.as_str(), &tray.code(NL))).unwrap();
    assert!(answer.approved);
}

#[test]
fn who_holds_the_lock_for_too_long_is_told_of() {
    let path = file("locked.db");
    let (runtime, (otp, _)) = (runtime(), client(&path));
    runtime.block_on(otp.unlock(Unlock::to(NL))).unwrap();
    let mut settings = SqliteSettings::new(path.as_str());
    settings.busy_ms = 300;
    let tray = Tray::default();
    let impatient = builder(&path, &tray)
        .store(SqliteStore::from_settings(&settings).unwrap())
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut db = open(&path).await;
        sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut db).await.unwrap();
        let error = impatient.start(Start::to(NL)).await.unwrap_err();
        assert!(error.message().contains("locked by another process"), "{error}");
        // Who has the time waits.
        let waiting = tokio::spawn(async move { otp.start(Start::to(NL)).await });
        tokio::time::sleep(std::time::Duration::from_millis(600)).await;
        sqlx::raw_sql("COMMIT").execute(&mut db).await.unwrap();
        waiting.await.unwrap().unwrap();
        impatient.start(Start::to(NL)).await.unwrap();
    });
}

#[test]
fn damaged_documents_approve_nobody_and_are_not_written_over() {
    let path = file("documents.db");
    let (runtime, (otp, tray)) = (runtime(), client(&path));
    let id = runtime.block_on(otp.start(Start::to(NL))).unwrap().id;
    let code = tray.code(NL);
    runtime.block_on(async {
        let mut db = open(&path).await;
        let body: Vec<u8> = sqlx::query_scalar("SELECT body FROM documents")
            .fetch_one(&mut db)
            .await
            .unwrap();
        let mut told = 0;
        let changed = (0..body.len()).flat_map(|at| {
            let mut flipped = body.clone();
            flipped[at] ^= 1 << (at % 8);
            [flipped, body[..at].to_vec()]
        });
        for (number, damaged) in changed.enumerate() {
            let sql = "UPDATE documents SET body = ?, tag = ?";
            sqlx::query(sql)
                .bind(&damaged[..])
                .bind(number as i64 * 2 + 1)
                .execute(&mut db)
                .await
                .unwrap();
            let error = check(&otp, id.as_str(), &code).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::CannotTell);
            assert_eq!(
                otp.start(Start::to(NL)).await.unwrap_err().kind(),
                ErrorKind::CannotTell
            );
            let now: Vec<u8> = sqlx::query_scalar("SELECT body FROM documents")
                .fetch_one(&mut db)
                .await
                .unwrap();
            assert_eq!(now, damaged);
            told += 1;
        }
        println!("{told} damaged documents, none approved");
        let sql = "UPDATE documents SET body = ?, tag = 3";
        sqlx::query(sql).bind(&body[..]).execute(&mut db).await.unwrap();
        assert!(check(&otp, id.as_str(), &code).await.unwrap().approved);
    });
}

#[test]
fn the_file_shows_no_number_and_no_code() {
    let path = file("secrets.db");
    let (runtime, (otp, tray)) = (runtime(), client(&path));
    for number in 0..50 {
        let to = format!("canary.mailbox{number}@example.com");
        runtime.block_on(otp.start(Start::to(to.as_str()))).unwrap();
    }
    runtime.block_on(otp.start(Start::to(NL))).unwrap();
    let bytes = [
        std::fs::read(&path).unwrap(),
        std::fs::read(format!("{path}-wal")).unwrap(),
    ]
    .concat();
    let code = tray.code(NL);
    for secret in [b"canary.mailbox".as_slice(), &NL.as_bytes()[1..], SECRET.as_bytes()] {
        assert!(!bytes.windows(secret.len()).any(|window| window == secret));
    }
    println!(
        "{} bytes; six digits in a row occur by chance: {}",
        bytes.len(),
        bytes.windows(6).any(|six| six == code.as_bytes())
    );
}

#[test]
fn what_is_over_is_swept() {
    let path = file("swept.db");
    let settings = SqliteSettings::new(path.as_str());
    let clock = otpkit::testing::TestClock::new(std::time::SystemTime::now());
    let tray = Tray::default();
    let store = otpkit::AnyStore::on_clock(&otpkit::settings::StoreSettings::Sqlite(settings), &clock).unwrap();
    let otp = builder(&path, &tray).store(store).build().unwrap();
    let runtime = runtime();
    let rows = |runtime: &tokio::runtime::Runtime| -> i64 {
        runtime.block_on(async {
            let mut db = open(&path).await;
            sqlx::query_scalar("SELECT count(*) FROM documents")
                .fetch_one(&mut db)
                .await
                .unwrap()
        })
    };
    let start = |from: usize, to: usize| {
        runtime.block_on(async {
            for number in from..to {
                otp.start(Start::to(format!("user{number}@example.com"))).await.unwrap();
            }
        });
    };
    start(0, 2_000);
    assert_eq!(rows(&runtime), 2_000);
    clock.advance(std::time::Duration::from_secs(3_600));
    // Calls sweep on their way.
    start(2_000, 3_600);
    let left = rows(&runtime);
    println!("2,000 documents that were over, 1,600 new ones: {left} are left");
    assert!(left < 1_600 + 300, "{left}");
}
