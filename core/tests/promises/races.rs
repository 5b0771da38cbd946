//! One use, and attempts that are counted before the comparison: exact under any concurrency.

use crate::support::{Desk, mailbox, now, storm, timed, wrong};
use otpkit::{Check, CheckStatus, Checked, Reason};
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

const CALLS: usize = 10_000;

fn approvals(answers: &[Checked]) -> usize {
    answers.iter().filter(|answer| answer.approved).count()
}

fn ended(answers: &[Checked], reason: Reason) -> usize {
    let is = |answer: &&Checked| answer.status == CheckStatus::Ended && answer.reason == Some(reason);
    answers.iter().filter(is).count()
}

#[test]
fn g1_of_10000_right_checks_from_16_threads_one_is_approved() {
    let desk = Desk::open();
    let started = desk.start("+31612345678");
    let code = desk.tray.code("+31612345678");
    let answers = timed("G1 threads: 10,000 right checks", || {
        storm(16, CALLS, |_| desk.check(&started, &code))
    });
    println!(
        "G1 threads: {} approved, {} used",
        approvals(&answers),
        ended(&answers, Reason::Used)
    );
    assert_eq!(approvals(&answers), 1);
    assert_eq!(ended(&answers, Reason::Used), CALLS - 1);
    let told: Vec<_> = answers.iter().filter_map(|answer| answer.to.as_deref()).collect();
    assert_eq!(
        told,
        ["+31612345678"],
        "the recipient comes with the approval and only with it"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn g1_of_10000_right_checks_from_tasks_one_is_approved() {
    let desk = Desk::open();
    let started = desk.start("+31612345678");
    let code = desk.tray.code("+31612345678");
    let began = std::time::Instant::now();
    let call = || {
        let (otp, check) = (desk.otp.clone(), Check::new(started.id.as_str(), code.clone()));
        tokio::spawn(async move { otp.check(check).await })
    };
    let tasks: Vec<_> = (0..CALLS).map(|_| call()).collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap().unwrap());
    }
    println!(
        "G1 tasks: {} approved of {CALLS}: {:.2} s",
        approvals(&answers),
        began.elapsed().as_secs_f64()
    );
    assert_eq!(approvals(&answers), 1);
    assert_eq!(ended(&answers, Reason::Used), CALLS - 1);
}

#[test]
fn g2_of_10000_distinct_wrong_codes_five_are_evaluated() {
    let desk = Desk::open();
    let started = desk.start("+31612345678");
    let code = desk.tray.code("+31612345678");
    let answers = timed("G2: 10,000 distinct wrong codes", || {
        storm(16, CALLS, |number| desk.check(&started, &wrong(&code, number)))
    });
    let mut left: Vec<_> = answers.iter().filter_map(|answer| answer.attempts_left).collect();
    left.sort_unstable();
    println!(
        "G2: attempts left {left:?} seen once each, {} locked",
        ended(&answers, Reason::Locked)
    );
    // The fifth wrong code ends the verification, so its answer is the one that all later ones get.
    assert_eq!(left, [1, 2, 3, 4]);
    assert_eq!(ended(&answers, Reason::Locked), CALLS - 4);
    assert_eq!(approvals(&answers), 0);
    assert_eq!(desk.left(&started), 0);
    assert_eq!(desk.check(&started, &code).reason, Some(Reason::Locked));
}

#[test]
fn g3_a_right_code_among_three_wrong_ones_is_never_lost() {
    const TRIALS: usize = 1_000;
    let desk = Desk::open();
    let won = timed("G3: 1,000 trials", || {
        let trial = |trial: usize| {
            let to = mailbox(trial);
            let started = desk.start(&to);
            let code = desk.tray.code(&to);
            let guess = |number: usize| match number == trial % 4 {
                true => code.clone(),
                false => wrong(&code, number),
            };
            let answers = storm(4, 4, |number| desk.check(&started, &guess(number)));
            approvals(&answers)
        };
        (0..TRIALS).map(trial).collect::<Vec<_>>()
    });
    println!(
        "G3: right code approved in {} of {TRIALS}",
        won.iter().filter(|won| **won == 1).count()
    );
    assert!(won.iter().all(|won| *won == 1));
}

/// 64 guesses of which 5 are evaluated: the right one is among them in 5 of 64 trials, so 15.6 wins are expected of 200.
/// Fewer than 3 happens once in 40,000 runs by chance, more than 36 once in 300,000; a store that checks and then acts
/// wins about all.
#[test]
fn g4_a_storm_of_guesses_wins_as_often_as_five_guesses_do() {
    const TRIALS: usize = 200;
    let desk = Desk::open();
    let seed = RandomState::new();
    let trial = |trial: usize| {
        let to = mailbox(trial);
        let started = desk.start(&to);
        let code = desk.tray.code(&to);
        let right = seed.hash_one(trial) as usize % 64;
        let guess = |number: usize| match number == right {
            true => code.clone(),
            false => wrong(&code, number),
        };
        let answers = storm(16, 64, |number| desk.check(&started, &guess(number)));
        assert!(approvals(&answers) <= 1);
        approvals(&answers)
    };
    let wins: usize = timed("G4: 200 storms", || (0..TRIALS).map(trial).sum());
    println!("G4: {wins} wins of {TRIALS} (15.6 expected)");
    assert!((3..=36).contains(&wins), "{wins}");
}

#[test]
fn an_approved_verification_is_over_for_every_verb() {
    let desk = Desk::open();
    let started = desk.start("+31612345678");
    let code = desk.tray.code("+31612345678");
    assert!(desk.check(&started, &code).approved);
    assert_eq!(desk.check(&started, &code).reason, Some(Reason::Used));
    assert_eq!(desk.check(&started, &wrong(&code, 0)).reason, Some(Reason::Used));
    assert!(desk.resend(&started).is_err());
    let canceled = now(desk.otp.cancel(otpkit::Cancel::new(started.id.as_str()))).unwrap();
    assert!(!canceled.canceled);
    assert_eq!(desk.status(&started).reason, Some(Reason::Used));
    assert_eq!(desk.status(&started).status, CheckStatus::Ended);
}

#[test]
fn of_concurrent_cancels_and_checks_exactly_one_wins() {
    const TRIALS: usize = 500;
    let desk = Desk::open();
    let (mut checked, mut canceled) = (0, 0);
    for trial in 0..TRIALS {
        let to = mailbox(trial);
        let started = desk.start(&to);
        let code = desk.tray.code(&to);
        let answers = storm(4, 4, |number| match (number + trial) % 2 {
            0 => desk.check(&started, &code).approved.then_some(true),
            _ => {
                let cancel = otpkit::Cancel::new(started.id.as_str());
                now(desk.otp.cancel(cancel)).unwrap().canceled.then_some(false)
            }
        });
        let winners: Vec<_> = answers.into_iter().flatten().collect();
        assert_eq!(winners.len(), 1, "trial {trial}");
        if winners[0] { checked += 1 } else { canceled += 1 }
    }
    println!("check or cancel, 500 trials: {checked} approved, {canceled} canceled");
}
