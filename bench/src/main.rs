//! Runs what bench/run.py asks for, one case at a time: a line `CASE COUNT [IN_FLIGHT PLACE]` in, a line of JSON out.
//!
//! Several such processes (one a language) are alive at once and take turns, so that every ratio is of rounds that
//! lie beside each other in time.

mod cycle;
mod flood;
mod sends;
mod sqlite;

use serde_json::json;
use std::cell::OnceCell;
use std::io::{BufRead, Write};

fn main() {
    let mut cycle = cycle::Cycle::default();
    let mut sends = OnceCell::new();
    let mut sqlite = OnceCell::new();
    let mut out = std::io::stdout();
    for line in std::io::stdin().lock().lines() {
        let Ok(line) = line else { return };
        let words: Vec<&str> = line.split(' ').collect();
        let case = words[0];
        let number = |at: usize| words.get(at).and_then(|word| word.parse().ok()).unwrap_or(1);
        let (count, in_flight, place) = (number(1), number(2), words.get(3).copied().unwrap_or_default());
        let answer = if case.starts_with("send-") {
            sends.get_or_init(sends::Sends::new);
            sends
                .get_mut()
                .and_then(|sends| sends.run(case, count, in_flight, place))
        } else if case.starts_with("sqlite-") {
            sqlite.get_or_init(sqlite::Sqlite::new);
            sqlite
                .get_mut()
                .and_then(|sqlite| sqlite.run(case, count, in_flight, place))
        } else {
            cycle.run(case, count)
        };
        let answer = answer.unwrap_or_else(|| json!({ "error": format!("no case `{case}`") }));
        if writeln!(out, "{answer}").and_then(|()| out.flush()).is_err() {
            return;
        }
    }
}
