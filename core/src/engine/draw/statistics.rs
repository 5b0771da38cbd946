//! G13: ten million codes of the real generator, and a million ids.

use super::*;
use crate::random::OsRandom;
use std::time::Instant;

const CODES: usize = 10_000_000;
const DIGITS: usize = 6;

/// How often each digit stood in each place, and each pair of digits in each pair of places.
struct Counts {
    single: [[u64; 10]; DIGITS],
    pairs: Vec<[u64; 100]>,
    seen: Vec<u32>,
}

fn places() -> Vec<(usize, usize)> {
    (0..DIGITS)
        .flat_map(|first| (first + 1..DIGITS).map(move |second| (first, second)))
        .collect()
}

impl Counts {
    fn new() -> Counts {
        Counts {
            single: [[0; 10]; DIGITS],
            pairs: vec![[0; 100]; places().len()],
            seen: vec![0; 1_000_000],
        }
    }

    fn of(codes: usize) -> Counts {
        let (mut counts, places) = (Counts::new(), places());
        for _ in 0..codes {
            let code = draw_code(&OsRandom, DIGITS, Alphabet::Digits).unwrap();
            let digits: [u8; DIGITS] = std::array::from_fn(|at| code.expose().as_bytes()[at] - b'0');
            for (place, digit) in digits.iter().enumerate() {
                counts.single[place][usize::from(*digit)] += 1;
            }
            for (pair, (first, second)) in counts.pairs.iter_mut().zip(&places) {
                pair[usize::from(digits[*first]) * 10 + usize::from(digits[*second])] += 1;
            }
            let number = digits.iter().fold(0, |number, digit| number * 10 + usize::from(*digit));
            counts.seen[number] += 1;
        }
        counts
    }

    fn add(mut self, other: Counts) -> Counts {
        for (place, counts) in self.single.iter_mut().zip(other.single) {
            place.iter_mut().zip(counts).for_each(|(all, more)| *all += more);
        }
        for (pair, counts) in self.pairs.iter_mut().zip(other.pairs) {
            pair.iter_mut().zip(counts).for_each(|(all, more)| *all += more);
        }
        self.seen
            .iter_mut()
            .zip(other.seen)
            .for_each(|(all, more)| *all += more);
        self
    }

    /// The chance of a fair generator being at least as uneven, for each place and for each pair of places.
    fn chances(&self) -> Vec<(String, f64)> {
        let single = self.single.iter().enumerate();
        let single = single.map(|(at, counts)| (format!("place {at}"), chance(counts)));
        let pairs = self.pairs.iter().zip(places());
        single
            .chain(pairs.map(|(counts, at)| (format!("places {at:?}"), chance(counts))))
            .collect()
    }
}

/// Pearson's test against the even distribution.
fn chance(counts: &[u64]) -> f64 {
    let expected = counts.iter().sum::<u64>() as f64 / counts.len() as f64;
    let statistic: f64 = counts
        .iter()
        .map(|count| (*count as f64 - expected).powi(2) / expected)
        .sum();
    upper_gamma((counts.len() - 1) as f64 / 2.0, statistic / 2.0)
}

/// The regularised incomplete gamma function Q(a, x), by its series: good for the few hundred terms needed here.
fn upper_gamma(a: f64, x: f64) -> f64 {
    let (mut term, mut sum, mut n) = (1.0 / a, 1.0 / a, a);
    while term > sum * 1e-15 {
        n += 1.0;
        term *= x / n;
        sum += term;
    }
    1.0 - (a * x.ln() - x - log_gamma(a)).exp() * sum
}

/// For the halves that occur here: gamma(a + 1) = a gamma(a).
fn log_gamma(a: f64) -> f64 {
    let (mut at, mut log) = (a % 1.0, 0.0);
    match at == 0.0 {
        true => at = 1.0,
        false => log = std::f64::consts::PI.sqrt().ln(),
    }
    while at < a {
        log += at.ln();
        at += 1.0;
    }
    log
}

#[test]
fn the_test_of_evenness_knows_even_from_uneven() {
    // Tables of the chi-square distribution: one in a thousand is beyond 27.877 (9 degrees) and 148.230 (99 degrees).
    assert!((upper_gamma(4.5, 27.877 / 2.0) - 0.001).abs() < 1e-6);
    assert!((upper_gamma(49.5, 148.230 / 2.0) - 0.001).abs() < 1e-6);
    assert!(chance(&[1_000; 10]) > 0.999);
    // What `value % 10` of a byte gives: 0 to 5 a little more often.
    let modulo: Vec<u64> = (0..10).map(|digit| if digit < 6 { 26_000 } else { 25_000 }).collect();
    assert!(chance(&modulo) < 0.001);
}

#[test]
fn g13_ten_million_codes_are_even_in_each_place_and_pair_and_keep_their_zeros() {
    let began = Instant::now();
    let draw = || {
        std::thread::scope(|scope| {
            let other = scope.spawn(|| Counts::of(CODES / 2));
            Counts::of(CODES / 2).add(other.join().unwrap())
        })
    };
    let counts = draw();
    let mut chances = counts.chances();
    let zeros = counts.single[0][0] as f64 / CODES as f64;
    let unseen = counts.seen.iter().filter(|times| **times == 0).count();
    let edge = |codes: &[u32]| codes.iter().filter(|times| **times > 0).count();
    let (low, high) = (edge(&counts.seen[..100]), edge(&counts.seen[999_900..]));
    chances.sort_by(|a, b| a.1.total_cmp(&b.1));
    println!(
        "G13: {CODES} codes in {:.1} s: least p of 6 places and 15 pairs {:.4} ({}), leading zeros {:.3} %, codes unseen {unseen}",
        began.elapsed().as_secs_f64(),
        chances[0].1,
        chances[0].0,
        zeros * 100.0
    );
    // Of 21 fair tests one in 48 runs has a p below 0.001: what is uneven by chance is even in ten million others.
    if chances[0].1 <= 0.001 {
        let again = draw().chances();
        let uneven: Vec<_> = chances.iter().filter(|(_, chance)| *chance <= 0.001).collect();
        println!("G13: drawn again because of {uneven:?}");
        assert!(
            again
                .iter()
                .all(|(what, chance)| *chance > 0.001 || uneven.iter().all(|(name, _)| name != what))
        );
        assert!(uneven.iter().all(|(_, chance)| *chance > 1e-9));
    }
    // Five standard deviations of the share.
    assert!((zeros - 0.1).abs() < 5.0 * (0.09f64 / CODES as f64).sqrt(), "{zeros}");
    // Every code has a chance of e^-10 to stay unseen: 45 of a million, give or take seven.
    assert!((5..=95).contains(&unseen), "{unseen}");
    assert!(low >= 95 && high >= 95, "{low} {high}");
}

#[test]
fn g13_letters_are_even_too() {
    const LETTERS: usize = 500_000;
    let characters = Alphabet::Unambiguous.characters();
    let mut counts = [[0u64; 27]; 10];
    for _ in 0..LETTERS {
        let code = draw_code(&OsRandom, 10, Alphabet::Unambiguous).unwrap();
        for (place, byte) in code.expose().bytes().enumerate() {
            counts[place][characters.iter().position(|c| *c == byte).unwrap()] += 1;
        }
    }
    let least = counts.iter().map(|counts| chance(counts)).fold(1.0, f64::min);
    println!("G13: {LETTERS} codes of 10 letters: least p of 10 places {least:.4}");
    // Ten fair tests: below 0.00001 once in 10,000 runs.
    assert!(least > 1e-5);
}

#[test]
fn a_million_drawn_ids_nonces_and_codes_do_not_repeat_each_other() {
    const IDS: usize = 1_000_000;
    let began = Instant::now();
    let mut random = Vec::with_capacity(IDS);
    let mut same_bytes = 0;
    for _ in 0..IDS {
        let drawn = draw(&OsRandom, DIGITS, Alphabet::Digits).unwrap();
        // Id and nonce come from one call of the generator, from different bytes of it.
        same_bytes += usize::from(drawn.random[..12] == drawn.nonce || drawn.random[4..] == drawn.nonce);
        random.push(drawn.random);
    }
    random.sort_unstable();
    random.dedup();
    println!(
        "G13: {} of {IDS} ids unique: {:.1} s",
        random.len(),
        began.elapsed().as_secs_f64()
    );
    assert_eq!((random.len(), same_bytes), (IDS, 0));
}

#[test]
fn a_generator_that_fails_fails_the_draw() {
    struct Broken;

    impl SecureRandom for Broken {
        fn fill(&self, _: &mut [u8]) -> Result<()> {
            Err(crate::Error::new(crate::ErrorKind::Internal, "no random bytes"))
        }
    }

    assert!(draw(&Broken, DIGITS, Alphabet::Digits).is_err());
    assert!(draw_code(&Broken, DIGITS, Alphabet::Digits).is_err());
}
