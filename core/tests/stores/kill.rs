//! G7: a process is killed at random points of its work. What it answered before is true afterwards.

use crate::support::{SAYS, Worker, check, client, file, runtime, wrong};
use otpkit::{Reason, Start};
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::io::Write;
use std::time::{Duration, Instant};

const KILLS: usize = 2_000;
/// Two lanes, one for each core of the machine that this has to be quick on.
const LANES: usize = 2;
const LATEST_US: u64 = 50_000;

/// The life of a worker: starts, guesses, checks, and a line for each answer.
pub(crate) fn live(path: &str) {
    let (runtime, (otp, tray)) = (runtime(), client(path));
    let told = |line: String| {
        let mut out = std::io::stdout().lock();
        let _ = writeln!(out, "{SAYS}{line}");
        let _ = out.flush();
    };
    told("working".to_owned());
    let me = std::process::id();
    runtime.block_on(async {
        for number in 0u64.. {
            let to = format!("user{me}.{number}@example.com");
            let id = otp.start(Start::to(to.as_str())).await.unwrap().id.as_str().to_owned();
            let code = tray.code(&to);
            told(format!("started {id} {code}"));
            for guess in 0..number % 4 {
                let answer = check(&otp, &id, &wrong(&code, guess as usize)).await.unwrap();
                assert!(!answer.approved);
                told(format!("wrong {id}"));
            }
            if number % 3 > 0 {
                assert!(check(&otp, &id, &code).await.unwrap().approved);
                told(format!("approved {id}"));
            }
        }
    });
}

/// What a verification's worker was told.
#[derive(Default)]
struct Told {
    code: String,
    wrong: u32,
    approved: bool,
}

#[derive(Default)]
struct Figures {
    kills: usize,
    started: usize,
    approved: usize,
    unacknowledged: usize,
    guesses: u32,
    checked: usize,
}

fn journal(path: &str, after: Duration) -> HashMap<String, Told> {
    let mut worker = Worker::spawn("live", &[path]);
    assert_eq!(worker.hear().as_deref(), Some("working"));
    std::thread::sleep(after);
    worker.child.kill().unwrap();
    let mut journal: HashMap<String, Told> = HashMap::new();
    while let Some(line) = worker.hear() {
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["started", id, code] => journal.entry(id.to_owned()).or_default().code = code.to_owned(),
            ["wrong", id] => journal.entry(id.to_owned()).or_default().wrong += 1,
            ["approved", id] => journal.entry(id.to_owned()).or_default().approved = true,
            _ => {}
        }
    }
    worker.child.wait().unwrap();
    journal
}

/// After the kill: no more approvals than one, no more guesses than five, nothing that cannot be read.
fn judge(path: &str, journal: HashMap<String, Told>, figures: &mut Figures) {
    let (runtime, (otp, _)) = (runtime(), client(path));
    figures.kills += 1;
    for (id, told) in journal.into_iter().filter(|(_, told)| told.code.len() == 6) {
        figures.started += 1;
        figures.guesses += told.wrong;
        let facts = runtime.block_on(otp.status(otpkit::Status::new(id.as_str()))).unwrap();
        let left = facts.attempts_left.expect("what was answered is stored");
        let spent = 5 - left;
        // A guess or a check that was under way may have been counted without an answer.
        let known = told.wrong + u32::from(told.approved);
        assert!((known..=known + 1).contains(&spent), "{spent} spent, {known} known");
        let right = runtime.block_on(check(&otp, &id, &told.code)).unwrap();
        if told.approved {
            figures.approved += 1;
            assert_eq!(
                right.reason,
                Some(Reason::Used),
                "an approval that was answered is not given again"
            );
        } else if right.reason == Some(Reason::Used) {
            figures.unacknowledged += 1;
        } else {
            assert!(right.approved, "{right:?}");
        }
        let again = runtime.block_on(check(&otp, &id, &told.code)).unwrap();
        assert_eq!(again.reason, Some(Reason::Used));
        figures.checked += 1;
    }
}

#[test]
fn g7_after_2000_kills_what_was_answered_is_true() {
    let (seed, began) = (RandomState::new(), Instant::now());
    let lane = |lane: usize| {
        let mut figures = Figures::default();
        for number in 0..KILLS / LANES {
            // A file of their own for every hundred kills, so that it is found in all its ages.
            let path = file(&format!("kill-{lane}-{}.db", number / 100));
            let after = Duration::from_micros(seed.hash_one((lane, number)) % LATEST_US);
            let journal = journal(&path, after);
            judge(&path, journal, &mut figures);
            if number % 100 == 99 {
                assert_eq!(integrity(&path), "ok");
            }
        }
        figures
    };
    let lanes: Vec<Figures> = std::thread::scope(|scope| {
        let lanes: Vec<_> = (0..LANES)
            .map(|at| {
                scope.spawn({
                    let lane = &lane;
                    move || lane(at)
                })
            })
            .collect();
        lanes.into_iter().map(|lane| lane.join().unwrap()).collect()
    });
    let sum = |figure: fn(&Figures) -> usize| lanes.iter().map(figure).sum::<usize>();
    println!(
        "G7: {} kills, {} verifications, {} approvals answered and kept, {} made but not answered, {} wrong codes, in {:.1?}",
        sum(|figures| figures.kills),
        sum(|figures| figures.started),
        sum(|figures| figures.approved),
        sum(|figures| figures.unacknowledged),
        sum(|figures| figures.guesses as usize),
        began.elapsed()
    );
    assert_eq!(sum(|figures| figures.kills), KILLS);
    assert!(
        sum(|figures| figures.approved) > KILLS,
        "the workers were killed before they did anything"
    );
}

fn integrity(path: &str) -> String {
    runtime().block_on(async {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
        let mut db = sqlx::ConnectOptions::connect(&options).await.unwrap();
        sqlx::query_scalar("PRAGMA integrity_check")
            .fetch_one(&mut db)
            .await
            .unwrap()
    })
}
