//! Four processes with 16 threads each on one file: the goals are exact there too.

use crate::support::{NL, SAYS, Tray, Worker, builder, check, client, file, ready, runtime, storm, wrong};
use otpkit::{Start, Window};
use std::collections::BTreeMap;
use std::time::Instant;

const PROCESSES: usize = 4;
const CALLS: usize = 10_000;

#[test]
#[ignore = "the work of the other tests, which run it in processes of its own"]
fn worker() {
    let work = std::env::var("OTPKIT_TEST_WORK").unwrap();
    let parts: Vec<&str> = work.split('\n').collect();
    match parts[..] {
        ["check", path, id, code, how, from, calls] => checks(path, id, code, how, from, calls),
        ["start", path, cap, calls] => starts(path, cap, calls),
        ["live", path] => crate::kill::live(path),
        _ => panic!("no such work"),
    }
}

/// Answers by kind, as one line of `kind=count`.
fn say(answers: Vec<String>) {
    let mut counts = BTreeMap::new();
    for answer in answers {
        *counts.entry(answer).or_insert(0) += 1;
    }
    let counts: Vec<_> = counts
        .iter()
        .map(|(answer, count)| format!("{answer}={count}"))
        .collect();
    println!("{SAYS}{}", counts.join(" "));
}

/// Of ids and codes that belong together, one after the other.
fn checks(path: &str, ids: &str, codes: &str, how: &str, from: &str, calls: &str) {
    let (runtime, (otp, _)) = (runtime(), client(path));
    let (ids, codes): (Vec<&str>, Vec<&str>) = (ids.split(',').collect(), codes.split(',').collect());
    let (from, calls): (usize, usize) = (from.parse().unwrap(), calls.parse().unwrap());
    let _ = runtime.block_on(otp.status(otpkit::Status::new(ids[0])));
    ready();
    let answers = storm(calls, |number| {
        let at = number % ids.len();
        let code = match how {
            "right" => codes[at].to_owned(),
            // One of the four processes has the right code of a trial.
            "mixed" if at % PROCESSES == from => codes[at].to_owned(),
            _ => wrong(codes[at], from + number),
        };
        match runtime.block_on(check(&otp, ids[at], &code)) {
            Ok(answer) => match (answer.attempts_left, answer.reason) {
                _ if answer.approved => "approved".to_owned(),
                (Some(left), _) => format!("left-{left}"),
                (None, reason) => reason.unwrap().as_str().to_owned(),
            },
            Err(why) => format!("error-{}", why.kind()),
        }
    });
    say(answers);
}

fn starts(path: &str, cap: &str, calls: &str) {
    let (runtime, tray) = (runtime(), Tray::default());
    let builder = builder(path, &tray);
    let windows = vec![Window::new(cap.parse().unwrap(), 3_600)];
    let otp = builder.global(windows).build().unwrap();
    let _ = runtime.block_on(otp.unlock(otpkit::Unlock::to(NL)));
    ready();
    let answers = storm(calls.parse().unwrap(), |number| {
        let to = format!("user{number}@example.com");
        match runtime.block_on(otp.start(Start::to(to))) {
            Ok(_) => "started".to_owned(),
            Err(why) => format!("error-{}", why.kind()),
        }
    });
    assert_eq!(
        answers.iter().filter(|answer| *answer == "started").count(),
        tray.sent()
    );
    say(answers);
}

/// Lets all go at once and adds up what they say.
fn together(mut workers: Vec<Worker>) -> BTreeMap<String, usize> {
    for worker in &mut workers {
        assert_eq!(worker.hear().as_deref(), Some("ready"));
    }
    let began = Instant::now();
    workers.iter_mut().for_each(Worker::go);
    let mut sums = BTreeMap::new();
    for mut worker in workers {
        for part in worker.hear().unwrap().split(' ') {
            let (answer, count) = part.split_once('=').unwrap();
            *sums.entry(answer.to_owned()).or_insert(0) += count.parse::<usize>().unwrap();
        }
        worker.finish();
    }
    println!("{PROCESSES} processes: {sums:?} in {:.2?}", began.elapsed());
    sums
}

fn checkers(path: &str, ids: &str, codes: &str, how: &str, each: usize) -> BTreeMap<String, usize> {
    let worker = |number: usize| {
        let from = match how {
            "mixed" => number,
            _ => number * each,
        };
        Worker::spawn("check", &[path, ids, codes, how, &from.to_string(), &each.to_string()])
    };
    together((0..PROCESSES).map(worker).collect())
}

#[test]
fn g1_of_10000_right_checks_from_4_processes_one_is_approved() {
    let path = file("g1.db");
    let (runtime, (otp, tray)) = (runtime(), client(&path));
    let id = runtime.block_on(otp.start(Start::to(NL))).unwrap().id;
    let sums = checkers(&path, id.as_str(), &tray.code(NL), "right", CALLS / PROCESSES);
    assert_eq!(
        sums,
        BTreeMap::from([("approved".to_owned(), 1), ("used".to_owned(), CALLS - 1)])
    );
}

#[test]
fn g2_of_10000_wrong_codes_from_4_processes_five_are_compared() {
    let path = file("g2.db");
    let (runtime, (otp, tray)) = (runtime(), client(&path));
    let id = runtime.block_on(otp.start(Start::to(NL))).unwrap().id;
    let sums = checkers(&path, id.as_str(), &tray.code(NL), "wrong", CALLS / PROCESSES);
    // The fifth wrong code ends it, so its answer is the one that all later ones get.
    let mut expected: BTreeMap<_, _> = (1..5).map(|left| (format!("left-{left}"), 1)).collect();
    expected.insert("locked".to_owned(), CALLS - 4);
    assert_eq!(sums, expected);
    let answer = runtime.block_on(check(&otp, id.as_str(), &tray.code(NL))).unwrap();
    assert_eq!(answer.reason, Some(otpkit::Reason::Locked));
}

#[test]
fn g3_a_right_code_among_wrong_ones_of_3_other_processes_is_never_lost() {
    const TRIALS: usize = 1_000;
    let path = file("g3.db");
    let (runtime, (otp, tray)) = (runtime(), client(&path));
    let (mut ids, mut codes) = (Vec::new(), Vec::new());
    for trial in 0..TRIALS {
        let to = format!("user{trial}@example.com");
        ids.push(
            runtime
                .block_on(otp.start(Start::to(to.as_str())))
                .unwrap()
                .id
                .as_str()
                .to_owned(),
        );
        codes.push(tray.code(&to));
    }
    let sums = checkers(&path, &ids.join(","), &codes.join(","), "mixed", TRIALS);
    assert_eq!(sums["approved"], TRIALS);
    assert!(!sums.keys().any(|answer| answer.starts_with("error")));
}

#[test]
fn g20_of_1000_starts_from_4_processes_exactly_the_cap_passes() {
    for cap in [1, 10, 64] {
        let path = file(&format!("g20-{cap}.db"));
        let worker = |_| Worker::spawn("start", &[&path, &cap.to_string(), "250"]);
        let sums = together((0..PROCESSES).map(worker).collect());
        assert_eq!((sums["started"], sums["error-rate_limited"]), (cap, 1_000 - cap));
    }
}
