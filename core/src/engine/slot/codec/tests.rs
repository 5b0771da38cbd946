use super::*;
use crate::clock::{LATEST, Millis};
use crate::engine::slot::tests::{self, CONTEXT, RIGHT, WRONG, attempt, begin, served};
use crate::engine::verbs::{Attempted, Key, Renew, Settle, Settlement};
use crate::engine::window::WindowLog;
use crate::settings::Window;
use proptest::prelude::*;

const NOW: Millis = 1_800_000_000_000;

/// A slot in which everything that can be kept is kept.
fn full() -> Slot {
    let mut slot = Slot::default();
    for number in 1..=6 {
        slot.begin(NOW, &begin(key(number), 5)).unwrap();
    }
    slot.attempt(NOW, &attempt(key(1), WRONG, WRONG, [0; 8]));
    slot.attempt(NOW, &attempt(key(2), RIGHT, RIGHT, [1; 8]));
    slot.settle(NOW, &served(key(3), 0));
    slot.attempt(NOW, &attempt(key(3), WRONG, CONTEXT, [2; 8]));
    slot.settle(
        NOW,
        &Settle {
            key: key(4),
            what: Settlement::Cancel,
        },
    );
    slot.settle(
        NOW,
        &Settle {
            key: key(5),
            what: Settlement::StartFailed { cooldown: true },
        },
    );
    slot.renew(
        NOW + 1,
        &Renew {
            key: key(6),
            generation: 0,
            request: [3; 8],
            replacement: None,
            ttl_ms: 300_000,
            ceiling_ms: 600_000,
            resend_after_ms: 30_000,
            per_recipient: [Window::new(1_000, 60)].into(),
            counted: [Window::new(1_000, 60)].into(),
            elsewhere: Vec::new(),
        },
    );
    slot
}

/// A verification of one of two subjects.
fn key(number: u8) -> Key {
    Key {
        binding: [number % 2; 16],
        ..tests::key(number)
    }
}

#[test]
fn what_is_written_is_read() {
    let slot = full();
    let bytes = slot.encode();
    println!("a slot of six verifications takes {} bytes", bytes.len());
    let read = Slot::decode(&bytes).unwrap();
    assert_eq!(slot.all_bytes(), read.all_bytes());
    assert_eq!(read.encode(), bytes);
    assert_eq!(Slot::decode(&Slot::default().encode()).unwrap().weight(), 1);
}

#[test]
fn what_is_cut_or_longer_is_no_slot() {
    let bytes = full().encode();
    for end in 0..bytes.len() {
        assert!(Slot::decode(&bytes[..end]).is_none(), "{end}");
    }
    assert!(Slot::decode(&[&bytes[..], &[0]].concat()).is_none());
}

/// Every verb on whatever decodes: nothing overflows, nothing panics.
fn drive(slot: &mut Slot) {
    for now in [0, NOW, NOW + 86_400_000, LATEST] {
        for number in 1..=6 {
            let key = key(number);
            slot.status(now, &key);
            let mut call = begin(key, 5);
            call.key.random = [number + 100; 16];
            let _ = slot.begin(now, &call);
            slot.attempt(now, &attempt(key, WRONG, WRONG, [9; 8]));
            slot.settle(
                now,
                &Settle {
                    key,
                    what: Settlement::NotCompared { request: [2; 8] },
                },
            );
            slot.unlock(&key.binding);
        }
        slot.over_at();
        slot.prune(now);
        slot.rebase(now);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Some(mut slot) = Slot::decode(&bytes) { drive(&mut slot); }
        if let Some(mut log) = WindowLog::decode(&bytes) { log.wait(NOW, &[Window::new(3, 60)]); log.prune(NOW); }
    }

    #[test]
    fn no_changed_byte_panics(at in 0usize..10_000, to in any::<u8>(), more in prop::collection::vec((0usize..10_000, any::<u8>()), 0..4)) {
        let mut bytes = full().encode();
        let length = bytes.len();
        for (at, to) in more.into_iter().chain([(at, to)]) { bytes[at % length] = to; }
        if let Some(mut slot) = Slot::decode(&bytes) { drive(&mut slot); }
    }
}

#[test]
fn a_slot_on_an_earlier_clock_is_stricter() {
    let mut slot = full();
    let earlier = NOW - 3_600_000;
    slot.rebase(earlier);
    for number in 1..=6 {
        let key = key(number);
        let answer = slot.attempt(earlier, &attempt(key, RIGHT, CONTEXT, [4; 8]));
        assert!(matches!(answer, Attempted::Ended(_)), "{number}: {answer:?}");
    }
    assert_eq!(slot.failures_and_reserved(earlier, &[1; 16]).0, 2);
    let windows = [Window::new(6, 60)];
    let mut log = WindowLog::default();
    for _ in 0..6 {
        log.add(NOW, &windows);
    }
    log.rebase(earlier);
    assert_eq!(log.wait(earlier, &windows), 60_000);
    assert_eq!(log.wait(earlier + 60_000, &windows), 0);
}
