//! The memory store from outside: bounded, and as quick with a million verifications as with none.

use crate::support::{NL, Tray, builder, kind, mailbox, now, storm};
use async_trait::async_trait;
use otpkit::{Check, Client, ErrorKind, MemoryStore, Outgoing, SendResult, Sender, Start};
use serde_json::json;
use std::time::Instant;

#[test]
fn a_full_store_refuses_new_starts_and_keeps_what_is_pending() {
    const MOST: usize = 10_000;
    let (store, tray) = (MemoryStore::new(MOST), Tray::default());
    let otp = builder(json!({}))
        .store(store.clone())
        .provider("tray", tray.clone())
        .build()
        .unwrap();
    now(otp.unlock(otpkit::Unlock::to(NL))).unwrap();
    let answers = storm(16, MOST, |number| {
        now(otp.start(Start::to(mailbox(number)))).map(|started| (number, started))
    });
    let (accepted, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    println!(
        "memory store of {MOST}: {} starts accepted, {} entries",
        accepted.len(),
        store.entries()
    );
    assert!(refused.iter().all(|answer| kind(answer) == Some(ErrorKind::StoreFull)));
    assert_eq!(accepted.len(), tray.sent(), "what is refused is not sent");
    // A start takes two entries; each of the 16 threads may have passed the door just before it closed.
    assert!((MOST..MOST + 32).contains(&store.entries()), "{}", store.entries());
    let error = now(otp.start(Start::to(NL))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StoreFull);
    assert!(error.message().contains("max_entries"), "{error}");
    for (number, started) in accepted.into_iter().map(Result::unwrap) {
        let check = Check::new(started.id.as_str(), tray.code(&mailbox(number)));
        assert!(now(otp.check(check)).unwrap().approved);
    }
}

#[test]
fn the_bound_is_a_setting() {
    let settings = json!({ "store": { "type": "memory", "max_entries": 4 } });
    let otp = builder(settings).provider("tray", Tray::default()).build().unwrap();
    let answers: Vec<_> = (0..4)
        .map(|number| kind(&now(otp.start(Start::to(mailbox(number))))))
        .collect();
    assert_eq!(
        answers,
        [None, None, Some(ErrorKind::StoreFull), Some(ErrorKind::StoreFull)]
    );
}

/// Takes every message and keeps none.
struct Nowhere;

#[async_trait]
impl Sender for Nowhere {
    async fn send(&self, _: Outgoing) -> SendResult {
        SendResult::SENT
    }
}

/// Blocks of starts on a full store and on fresh ones take turns, so that a busy machine slows both: only the ratio of the
/// quickest is judged.
#[test]
fn a_start_with_a_million_pending_costs_at_most_three_times_one_with_none() {
    const MILLION: usize = 1_000_000;
    const BLOCK: usize = 10_000;
    let client = |store: &MemoryStore| {
        let otp = builder(json!({}))
            .store(store.clone())
            .provider("nowhere", Nowhere)
            .build()
            .unwrap();
        now(otp.unlock(otpkit::Unlock::to(NL))).unwrap();
        otp
    };
    let block = |otp: &Client, first: usize| {
        let recipients: Vec<_> = (first..first + BLOCK).map(mailbox).collect();
        let began = Instant::now();
        let start = |to| now(otp.start(Start::to(to))).unwrap().id;
        let ids: Vec<_> = recipients.into_iter().map(start).collect();
        (ids, began.elapsed().as_secs_f64() / BLOCK as f64 * 1e6)
    };
    let store = MemoryStore::new(4 * MILLION);
    let otp = client(&store);
    let began = Instant::now();
    let mut ids: Vec<_> = (0..MILLION / BLOCK).flat_map(|at| block(&otp, at * BLOCK).0).collect();
    assert_eq!(store.entries(), 2 * MILLION);
    let filled = began.elapsed().as_secs_f64();
    let (mut empty, mut full) = (f64::INFINITY, f64::INFINITY);
    for round in 0..15 {
        full = full.min(block(&otp, MILLION + round * BLOCK).1);
        empty = empty.min(block(&client(&MemoryStore::new(MILLION)), 0).1);
    }
    println!(
        "memory store: a start costs {empty:.2} us with none pending, {full:.2} us with 1,000,000 ({:.2} times); filled in {filled:.1} s",
        full / empty
    );
    assert!(full <= 3.0 * empty);

    ids.sort_unstable_by(|a, b| a.as_str().cmp(b.as_str()));
    ids.dedup();
    println!("ids: {} of {MILLION} are unique", ids.len());
    assert_eq!(ids.len(), MILLION);
}
