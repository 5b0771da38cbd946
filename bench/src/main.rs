//! Runs what bench/run.py asks for, one case at a time: a line `CASE COUNT` in, a line of JSON out.
//!
//! Several such processes (one a language) are alive at once and take turns, so that every ratio is of rounds that
//! lie beside each other in time.

mod cycle;

use serde_json::{Value, json};
use std::io::{BufRead, Write};

fn main() {
    let mut cycle = cycle::Cycle::default();
    let mut out = std::io::stdout();
    for line in std::io::stdin().lock().lines() {
        let Ok(line) = line else { return };
        let mut words = line.split(' ');
        let case = words.next().unwrap_or_default();
        let count = words.next().and_then(|count| count.parse().ok()).unwrap_or(1);
        let answer = cycle.run(case, count).unwrap_or_else(|| unknown(case));
        if writeln!(out, "{answer}").and_then(|()| out.flush()).is_err() {
            return;
        }
    }
}

fn unknown(case: &str) -> Value {
    json!({ "error": format!("no case `{case}`") })
}
