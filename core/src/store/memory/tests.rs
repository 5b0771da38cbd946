//! The memory store from inside: what it holds, in which form, and for how long.

use super::*;
use crate::engine::keys::Keys;
use crate::engine::slot::tests::{BINDING, CONTEXT, RIGHT, attempt, begin, key};
use crate::secret::Secret;
use crate::testing::{ScriptedSender, TestClock};
use crate::types::VerificationId;
use crate::{Cancel, Check, Client, PolicySettings, Reason, Resend, Start, Unlock};
use std::collections::HashMap;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, UNIX_EPOCH};

const SECRET: &[u8] = b"the-secret-of-these-tests-0123456789";

fn now<F: Future>(call: F) -> F::Output {
    match pin!(call).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("the memory store waits for nothing"),
    }
}

fn clock() -> TestClock {
    TestClock::new(UNIX_EPOCH + Duration::from_secs(1_800_000_000))
}

fn store(max_entries: usize, clock: &TestClock) -> MemoryStore {
    let settings = MemorySettings {
        max_entries,
        ..MemorySettings::default()
    };
    MemoryStore::with_clock(&settings, Arc::new(clock.clone()))
}

fn open() -> PolicySettings {
    PolicySettings {
        resend_after_seconds: Some(vec![0]),
        per_recipient: Some(vec![Window::new(1_000_000, 1)]),
        ..PolicySettings::default()
    }
}

fn client(store: &MemoryStore, sender: &ScriptedSender, policy: PolicySettings) -> Client {
    let builder = Client::builder()
        .secret(SECRET)
        .provider("sender", sender.clone())
        .store(store.clone());
    builder
        .policy(policy)
        .per_ip(vec![Window::new(10, 600)])
        .build()
        .unwrap()
}

/// Slots, windows and things to look at again, over all shards.
fn sizes(store: &MemoryStore) -> (usize, usize, usize) {
    let shards = store.inner.shards.iter().map(|shard| shard.0.lock().unwrap().sizes());
    shards.fold((0, 0, 0), |all, one| (all.0 + one.0, all.1 + one.1, all.2 + one.2))
}

fn all_bytes(store: &MemoryStore) -> Vec<u8> {
    let mut bytes = store.inner.meta.lock().unwrap().clone().unwrap_or_default();
    for shard in &store.inner.shards {
        bytes.extend_from_slice(&shard.0.lock().unwrap().all_bytes());
    }
    bytes.extend_from_slice(&store.inner.references.all_bytes());
    bytes
}

fn holds(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}

#[test]
fn g2_at_the_store_five_of_10000_wrong_codes_are_evaluated() {
    let store = store(100, &clock());
    now(store.begin(&begin(key(1), 5))).unwrap().unwrap();
    let (next, answers) = (AtomicUsize::new(0), Mutex::new(HashMap::new()));
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    if number >= 10_000 {
                        return;
                    }
                    let mut wrong = [0xffu8; 16];
                    wrong[..8].copy_from_slice(&number.to_le_bytes());
                    let answer = now(store.attempt(&attempt(key(1), wrong, CONTEXT, [0; 8]))).unwrap();
                    *answers.lock().unwrap().entry(format!("{answer:?}")).or_insert(0) += 1;
                }
            });
        }
    });
    let answers = answers.into_inner().unwrap();
    println!("G2 at the store: {answers:?}");
    let mut expected: HashMap<_, _> = (0..5)
        .map(|left| (format!("{:?}", Attempted::Wrong { left }), 1))
        .collect();
    expected.insert(format!("{:?}", Attempted::Ended(Reason::Locked)), 9_995);
    assert_eq!(answers, expected);
    let right = now(store.attempt(&attempt(key(1), RIGHT, CONTEXT, [0; 8]))).unwrap();
    assert_eq!(right, Attempted::Ended(Reason::Locked));
}

#[test]
fn g18_what_is_stored_shows_no_number_no_mailbox_and_no_code() {
    const EACH: usize = 100;
    let (clock, sender) = (clock(), ScriptedSender::new(vec![]));
    let mut hits = Vec::new();
    let mut searched = 0;
    for number in 0..EACH {
        // A store of its own, so that few bytes are searched for each code.
        let store = store(100, &clock);
        // Ten digits: shorter codes are in the digits of the clock by chance, once in some runs.
        let policy = PolicySettings {
            length: Some(10),
            ..open()
        };
        let otp = client(&store, &sender, policy);
        let phone = format!("+316123{number:05}");
        let mailbox = format!("canary.mailbox{number}@example.com");
        for to in [phone.as_str(), mailbox.as_str()] {
            let call = Start::to(to)
                .ip("192.0.2.77")
                .context("amount=10;payee=canary")
                .value("name", "Canary Name")
                .locale("nl-BE");
            let started = now(otp.start(call)).unwrap();
            let code = sender.last_code().unwrap();
            now(otp.resend(Resend::new(started.id.as_str()))).unwrap();
            now(otp.check(Check::new(started.id.as_str(), "000000"))).unwrap();
            let bytes = all_bytes(&store);
            searched += bytes.len();
            let secrets: [&[u8]; 12] = [
                phone.as_bytes(),
                &phone.as_bytes()[1..],
                &phone.as_bytes()[3..],
                &phone[1..].parse::<u64>().unwrap().to_le_bytes(),
                &phone[1..].parse::<u64>().unwrap().to_be_bytes(),
                b"canary.mailbox",
                code.as_bytes(),
                b"payee",
                b"Canary Name",
                b"nl-BE",
                b"192.0.2.77",
                SECRET,
            ];
            hits.extend(
                secrets
                    .iter()
                    .filter(|secret| holds(&bytes, secret))
                    .map(|secret| secret.to_vec()),
            );
            // The test of the test: what is there is found.
            let id = VerificationId::parse(started.id.as_str()).unwrap().parts();
            assert!(holds(&bytes, &id.random));
        }
    }
    println!("G18: {} hits in {searched} bytes of {} stores", hits.len(), EACH);
    assert!(hits.is_empty(), "{hits:?}");
}

#[test]
fn g18_a_million_candidate_codes_match_no_stored_digest_without_the_secret() {
    let (clock, sender) = (clock(), ScriptedSender::new(vec![]));
    let store = store(100, &clock);
    now(client(&store, &sender, open()).start(Start::to("+31612345678"))).unwrap();
    let code = sender.last_code().unwrap();
    let digests: Vec<_> = store
        .inner
        .shards
        .iter()
        .flat_map(|shard| shard.0.lock().unwrap().digests())
        .collect();
    let (random, digest) = digests[0];
    let matches = |secret: &[u8]| {
        let keys = Keys::new(&[Secret::new(secret).unwrap()]).unwrap();
        let candidate = |number: u32| format!("{number:06}");
        let is_it = |code: &String| keys.current().code_digest(&random, &[], code) == digest;
        (0..1_000_000).map(candidate).filter(is_it).collect::<Vec<_>>()
    };
    let stolen = matches(b"what-a-thief-of-the-store-makes-up-1");
    let ours = matches(SECRET);
    println!(
        "G18: of 1,000,000 candidates {} match without the secret, {} with it",
        stolen.len(),
        ours.len()
    );
    assert!(stolen.is_empty());
    assert_eq!(ours, [code]);
    // Nor do the bare hashes that one would try first.
    let plain = |number: u32| {
        let code = format!("{number:06}");
        let [one, two] = [code.clone().into_bytes(), [&random[..], code.as_bytes()].concat()]
            .map(|text| ring::digest::digest(&ring::digest::SHA256, &text));
        one.as_ref()[..16] == digest || two.as_ref()[..16] == digest
    };
    assert!(!(0..1_000_000).any(plain));
}

#[test]
fn all_entries_are_gone_when_their_time_is_over() {
    let clock = clock();
    let (store, sender) = (store(100_000, &clock), ScriptedSender::new(vec![]));
    let otp = client(&store, &sender, PolicySettings::default());
    for number in 0..10_000 {
        let ip = format!("198.51.{}.{}", number / 250, number % 250);
        let to = format!("user{number}@example.com");
        now(otp.start(Start::to(to).purpose(format!("p{}", number % 7)).ip(ip))).unwrap();
    }
    assert_eq!(
        store.entries(),
        30_000,
        "a recipient, a verification and an address each"
    );
    // Codes end, addresses leave their window, recipients leave theirs; then nothing is left.
    for (seconds, left) in [(371, 20_000), (600, 10_000), (86_400, 0)] {
        clock.advance(Duration::from_secs(seconds));
        store.sweep().unwrap();
        assert_eq!(store.entries(), left, "after {seconds} s more");
    }
    assert_eq!(sizes(&store), (0, 0, 0));
    assert_eq!(store.sweep().unwrap(), 0);
}

#[test]
fn calls_sweep_as_fast_as_they_fill() {
    let clock = clock();
    let (store, sender) = (store(1_000_000, &clock), ScriptedSender::new(vec![]));
    let otp = client(&store, &sender, open());
    let mut most = (0, 0);
    // Four starts a second for two hours, and no other call: what is pending is what began in the last 370 s.
    for number in 0..4 * 7_200 {
        let to = format!("user{number}@example.com");
        now(otp.start(Start::to(to).ip(format!("198.51.{}.{}", number / 250 % 250, number % 250)))).unwrap();
        clock.advance(Duration::from_millis(250));
        most = most.max((store.entries(), sizes(&store).2 * usize::from(number % 1_000 == 0)));
    }
    let live = 4 * (370 * 2 + 600);
    println!(
        "memory store: at most {} entries for {live} live ones, {} left to look at",
        most.0,
        sizes(&store).2
    );
    assert!(most.0 < 2 * live);
    assert!(sizes(&store).2 < 4 * live);
}

#[test]
fn what_is_refused_leaves_no_entry() {
    let clock = clock();
    let (store, sender) = (store(100_000, &clock), ScriptedSender::new(vec![]));
    let otp = client(&store, &sender, PolicySettings::default());
    now(otp.start(Start::to("+31612345678"))).unwrap();
    let before = (store.entries(), sizes(&store));
    for number in 0..1_000 {
        // Each from an address of its own: nobody can fill the store with starts that come to nothing.
        let ip = format!("2001:db8:{number:x}::1");
        assert!(now(otp.start(Start::to("+31612345678").ip(ip))).is_err());
    }
    assert_eq!(store.entries(), before.0);
    let started = sender.sent().len();
    for number in 0..1_000u32 {
        let id = [&number.to_le_bytes()[..], &[0; 12]].concat().try_into().unwrap();
        let id = Keys::new(&[Secret::new(SECRET).unwrap()])
            .unwrap()
            .current()
            .id(&[number as u8; 10], id)
            .0;
        now(otp.check(Check::new(id.as_str(), "123456"))).unwrap();
        now(otp.cancel(Cancel::new(id.as_str()))).unwrap();
        now(otp.unlock(Unlock::to(format!("user{number}@example.com")))).unwrap();
    }
    assert_eq!((store.entries(), sizes(&store).0), (before.0, before.1.0));
    assert_eq!(sender.sent().len(), started);
}

#[test]
fn a_full_store_takes_new_ones_again_when_old_ones_are_over() {
    let clock = clock();
    let (store, sender) = (store(100, &clock), ScriptedSender::new(vec![]));
    let otp = client(&store, &sender, open());
    let start = |number: usize| now(otp.start(Start::to(format!("user{number}@example.com"))));
    let accepted = (0..200).filter(|number| start(*number).is_ok()).count();
    assert_eq!((accepted, store.entries()), (50, 100));
    clock.advance(Duration::from_secs(369));
    assert_eq!(start(1_000).unwrap_err().kind(), ErrorKind::StoreFull);
    clock.advance(Duration::from_secs(1));
    assert_eq!((0..200).filter(|number| start(2_000 + number).is_ok()).count(), 50);
}

#[test]
fn a_repeat_of_begin_counts_once_in_every_window() {
    let store = store(100, &clock());
    let windows = vec![Window::new(2, 60)];
    let call = |number| {
        let mut call = begin(key(number), 5);
        call.elsewhere = vec![([7; 16], windows.clone())];
        now(store.begin(&call)).unwrap()
    };
    let first = call(1).unwrap();
    // The answer was lost on its way, so the caller asks again: the first facts, and nothing counted.
    for _ in 0..5 {
        assert_eq!(call(1), Ok(first));
    }
    assert!(call(2).is_ok());
    assert!(call(3).is_err());
}

#[test]
fn unlocking_and_canceling_keep_the_books() {
    let clock = clock();
    let (store, sender) = (store(100, &clock), ScriptedSender::new(vec![]));
    let otp = client(&store, &sender, open());
    for round in 0..100 {
        let started = now(otp.start(Start::to("+31612345678"))).unwrap();
        match round % 3 {
            0 => assert!(
                now(otp.check(Check::new(started.id.as_str(), sender.last_code().unwrap())))
                    .unwrap()
                    .approved
            ),
            1 => assert!(now(otp.cancel(Cancel::new(started.id.as_str()))).unwrap().canceled),
            _ => drop(now(otp.unlock(Unlock::to("+31612345678"))).unwrap()),
        }
        clock.advance(Duration::from_secs(100));
        let (slots, windows, _) = sizes(&store);
        assert!(
            slots == 1 && windows == 0 && store.entries() <= 1 + 5,
            "{} entries",
            store.entries()
        );
        assert!(now(store.status(&key(9))).unwrap().is_none() && BINDING == key(9).binding);
    }
    clock.advance(Duration::from_secs(1_000));
    store.sweep().unwrap();
    assert_eq!((store.entries(), sizes(&store)), (0, (0, 0, 0)));
}
