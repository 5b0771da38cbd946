//! The promises that many at once must not break: the goals G1 to G6 and G20, at the store.

use super::*;
use crate::types::Reason;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::time::Instant;

const CALLS: usize = 10_000;

/// How often each answer was given.
fn counted<T: std::fmt::Debug>(answers: &[T]) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for answer in answers {
        *counts.entry(format!("{answer:?}")).or_insert(0) += 1;
    }
    counts
}

fn approvals(answers: &[Attempted]) -> usize {
    let approved = |answer: &&Attempted| matches!(answer, Attempted::Approved { .. });
    answers.iter().filter(approved).count()
}

/// G1.
pub fn g1_of_10000_right_codes_one_is_approved(subject: &Subject) {
    subject.begin(&begin(key(1, 1))).expect("it is the first");
    let began = Instant::now();
    let answers = subject.storm(CALLS, |_| subject.attempt(key(1, 1), RIGHT));
    subject.say(format_args!(
        "{} approved in {:.2?}",
        approvals(&answers),
        began.elapsed()
    ));
    assert_eq!(approvals(&answers), 1);
    assert_eq!(counted(&answers)["Ended(Used)"], CALLS - 1);
}

/// G2.
pub fn g2_of_10000_wrong_codes_five_are_compared(subject: &Subject) {
    subject.begin(&begin(key(1, 1))).expect("it is the first");
    let answers = subject.storm(CALLS, |number| subject.attempt(key(1, 1), wrong(number)));
    let counts = counted(&answers);
    subject.say(format_args!("{counts:?}"));
    let mut expected: HashMap<_, _> = (0..5)
        .map(|left| (format!("{:?}", Attempted::Wrong { left }), 1))
        .collect();
    expected.insert(format!("{:?}", Attempted::Ended(Reason::Locked)), CALLS - 5);
    assert_eq!(counts, expected);
    assert_eq!(subject.attempt(key(1, 1), RIGHT), Attempted::Ended(Reason::Locked));
}

/// G3: 1,000 trials.
pub fn g3_a_right_code_among_three_wrong_ones_is_never_lost(subject: &Subject) {
    const TRIALS: usize = 1_000;
    // Four of the sixteen threads each make one guess of a trial.
    for trial in 0..TRIALS as u16 {
        subject.begin(&begin(key(trial, 1))).expect("it is the first");
    }
    let answers = subject.storm(4 * TRIALS, |number| {
        let (trial, guess) = (number / 4, number % 4);
        let code = if guess == trial % 4 { RIGHT } else { wrong(guess) };
        subject.attempt(key(trial as u16, 1), code)
    });
    subject.say(format_args!("{} of {TRIALS} right codes approved", approvals(&answers)));
    assert_eq!(approvals(&answers), TRIALS);
}

/// G4: 64 guesses of which 5 are compared; the right one is among them in 15.6 of 200 trials. Fewer than 3 happens once
/// in 40,000 runs by chance, more than 36 once in 300,000.
pub fn g4_a_storm_wins_as_often_as_five_guesses_do(subject: &Subject) {
    const TRIALS: u16 = 200;
    let seed = RandomState::new();
    let trial = |trial: u16| {
        subject.begin(&begin(key(trial, 1))).expect("it is the first");
        let right = seed.hash_one(trial) as usize % 64;
        let answers = subject.storm(64, |number| {
            let code = if number == right { RIGHT } else { wrong(number) };
            subject.attempt(key(trial, 1), code)
        });
        assert!(approvals(&answers) <= 1);
        approvals(&answers)
    };
    let wins: usize = (0..TRIALS).map(trial).sum();
    subject.say(format_args!("{wins} wins of {TRIALS} (15.6 expected)"));
    assert!((3..=36).contains(&wins), "{wins}");
}

/// G5: those of a subject, over any number of verifications that begin at the same time.
pub fn g5_no_more_than_100_guesses_however_many_begin(subject: &Subject) {
    let begun = subject.storm(1_000, |number| subject.begin(&begin(key(1, number as u32))).is_ok());
    let through = begun.iter().filter(|begun| **begun).count();
    let answers = subject.storm(CALLS, |number| {
        subject.attempt(key(1, number as u32 % 1_000), wrong(number))
    });
    let compared = answers
        .iter()
        .filter(|answer| matches!(answer, Attempted::Wrong { .. }))
        .count();
    subject.say(format_args!("{through} of 1,000 begun, {compared} guesses compared"));
    assert_eq!((through, compared), (20, 100));
    let locked = subject.begin(&begin(key(1, 5_000)));
    assert!(matches!(locked, Err(Refusal::Locked { .. })), "{locked:?}");
    // Neither their end nor more of them give guesses back.
    subject.advance(TTL_MS + 3_600_000);
    assert!(matches!(
        subject.begin(&begin(key(1, 5_000))),
        Err(Refusal::Locked { .. })
    ));
}

/// G6: 1,000 starts of a stranger for the same recipient, and guesses at what came of them.
pub fn g6_a_strangers_starts_touch_nothing(subject: &Subject) {
    let victim = key(1, 0);
    subject.begin(&begin(victim)).expect("it is the first");
    let begun = subject.storm(1_000, |number| subject.begin(&begin(key(1, 1 + number as u32))).is_ok());
    subject.storm(1_000, |number| {
        subject.attempt(key(1, 1 + number as u32), wrong(number))
    });
    let through = begun.iter().filter(|begun| **begun).count();
    subject.say(format_args!("{through} of 1,000 hostile starts begun"));
    assert_eq!(subject.status(victim).expect("it is pending").left, 5);
    assert!(matches!(subject.attempt(victim, RIGHT), Attempted::Approved { .. }));
}

/// G20: 1,000 at once.
pub fn g20_exactly_the_cap_passes(subject: &Subject) {
    for (recipient, cap) in [(1, 1), (2, 5), (3, 19)] {
        let cap_of = [Window::new(cap, 3_600)];
        let call = |number: usize| subject.begin(&windows(begin(key(recipient, number as u32)), &cap_of));
        let passed = subject.storm(1_000, call).into_iter().filter(Result::is_ok).count();
        assert_eq!(passed, cap as usize);
    }
}

/// G20, over 1,000 recipients.
pub fn g20_exactly_the_cap_elsewhere_passes(subject: &Subject) {
    for (window, cap) in [([1; 16], 1), ([2; 16], 10), ([3; 16], 64)] {
        let cap_of = [Window::new(cap, 3_600)];
        let call = |number: usize| {
            let recipient = 1_000 * u16::from(window[0]) + number as u16;
            subject.begin(&elsewhere(begin(key(recipient, 1)), window, &cap_of))
        };
        let passed = subject.storm(1_000, call).into_iter().filter(Result::is_ok).count();
        assert_eq!(passed, cap as usize);
    }
}

/// All processes that begin an empty store end up with one key.
pub fn one_meta_document_wins(subject: &Subject) {
    let won = subject.storm(THREADS, |number| {
        subject.wait(subject.store.put_meta(None, &[number as u8]))
    });
    assert_eq!(won.iter().filter(|won| **won).count(), 1);
    let winner = won.len();
    let kept = subject.wait(subject.store.meta()).expect("one was put");
    assert!(usize::from(kept[0]) < winner);
}
