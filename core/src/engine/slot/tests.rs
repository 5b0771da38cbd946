//! The state machine, verb by verb, and a look at all that a slot keeps.

use super::*;
use crate::engine::bytes::{Reader, Writer};
use crate::engine::verbs::{Digest, NewRecord, Random, RequestToken, Settle, Settled, Settlement};

pub(crate) const BINDING: Binding = [1; 16];
pub(crate) const RIGHT: Digest = [5; 16];
pub(crate) const CONTEXT: Digest = [6; 16];
pub(crate) const WRONG: Digest = [7; 16];
pub(super) const NOW: Millis = 1_000_000_000;

impl Slot {
    /// Every byte that the slot keeps, however it is kept: a field that is added has to be added here.
    pub(crate) fn all_bytes(&self) -> Vec<u8> {
        let Slot {
            records,
            subjects,
            sends,
        } = self;
        let mut bytes = Vec::new();
        for record in records {
            let Record {
                random,
                binding,
                digest,
                kind,
                state,
                generation,
                used,
                attempts,
                operator: _,
                report,
                tracked,
                created_at,
                expires_at,
                resend_at,
                sealed,
                open,
                last,
            } = record;
            for part in [
                &random[..],
                &binding[..],
                &digest[..],
                &last[..],
                &sealed[..],
                &open.iter().flat_map(|open| open.request).collect::<Vec<u8>>(),
            ] {
                bytes.extend_from_slice(part);
            }
            for number in [created_at, expires_at, resend_at] {
                bytes.extend_from_slice(&number.to_le_bytes());
            }
            bytes.extend_from_slice(&generation.to_le_bytes());
            bytes.extend_from_slice(&tracked.to_le_bytes());
            bytes.extend_from_slice(&[*used, *attempts]);
            bytes.extend_from_slice(format!("{kind:?} {state:?} {report:?}").as_bytes());
        }
        for Subject {
            binding,
            failures,
            cooldown_until,
            operator: _,
        } in subjects
        {
            bytes.extend_from_slice(binding);
            bytes.extend_from_slice(&failures.count.to_le_bytes());
            bytes.extend_from_slice(&failures.last.to_le_bytes());
            bytes.extend_from_slice(&cooldown_until.to_le_bytes());
        }
        bytes.extend_from_slice(format!("{sends:?}").as_bytes());
        bytes
    }

    /// The slot as a store gives it back.
    pub(crate) fn as_read_back(&self) -> Slot {
        let mut writer = Writer::default();
        self.write(&mut writer);
        Slot::read(Reader::new(&writer.done())).unwrap()
    }

    /// What each record is compared by.
    pub(crate) fn digests(&self) -> Vec<(Random, Digest)> {
        self.records
            .iter()
            .map(|record| (record.random, record.digest))
            .collect()
    }

    /// Failures of a subject and attempts that its pending verifications have left.
    pub(crate) fn failures_and_reserved(&self, now: Millis, binding: &Binding) -> (u32, u32) {
        let subject = self.subjects.iter().find(|subject| subject.binding == *binding);
        let pending = self
            .records
            .iter()
            .filter(|record| record.binding == *binding && record.ended(now).is_none());
        (
            subject.map_or(0, |subject| subject.failures.count),
            pending.map(Record::left).sum(),
        )
    }

    pub(crate) fn open_requests(&self) -> usize {
        self.records.iter().map(|record| record.open.len()).sum()
    }
}

pub(crate) fn key(number: u8) -> Key {
    Key {
        index: [0; 10],
        random: [number; 16],
        binding: BINDING,
    }
}

pub(crate) fn begin(key: Key, attempts: u32) -> Begin {
    Begin {
        key,
        record: Some(NewRecord {
            digest: RIGHT,
            sealed: [1, 2, 3].into(),
            ttl_ms: 300_000,
            attempts,
            resend_after_ms: 0,
        }),
        per_recipient: [Window::new(1_000_000, 1)].into(),
        counted: [Window::new(1_000_000, 1)].into(),
        elsewhere: Vec::new(),
        budget: Budget {
            attempts,
            operator: false,
        },
    }
}

pub(crate) fn attempt(key: Key, ours: Digest, context: Digest, request: RequestToken) -> Attempt {
    Attempt {
        key,
        ours,
        context,
        request,
    }
}

pub(crate) fn served(key: Key, generation: u32) -> Settle {
    let what = Settlement::Served {
        tracked: None,
        generation,
        kind: Kind::Verifier,
        digest: Some(CONTEXT),
        sealed: [9].into(),
    };
    Settle { key, what }
}

pub(super) fn slot_with(attempts: u32) -> Slot {
    let mut slot = Slot::default();
    slot.begin(NOW, &begin(key(1), attempts)).unwrap();
    slot
}

pub(super) fn renew(generation: u32, request: u8) -> Renew {
    Renew {
        key: key(1),
        generation,
        request: [request; 8],
        replacement: None,
        ttl_ms: 300_000,
        ceiling_ms: 600_000,
        resend_after_ms: 60_000,
        per_recipient: [Window::new(5, 3600)].into(),
        counted: [Window::new(5, 3600)].into(),
        elsewhere: Vec::new(),
    }
}

#[test]
fn the_fifth_wrong_code_is_evaluated_and_the_sixth_is_not() {
    let mut slot = slot_with(5);
    for left in (0..5).rev() {
        assert_eq!(
            slot.attempt(NOW, &attempt(key(1), WRONG, WRONG, [0; 8])),
            Attempted::Wrong { left }
        );
    }
    for digest in [WRONG, RIGHT] {
        assert_eq!(
            slot.attempt(NOW, &attempt(key(1), digest, WRONG, [0; 8])),
            Attempted::Ended(Reason::Locked)
        );
    }
    assert_eq!(slot.failures_and_reserved(NOW, &BINDING), (5, 0));
}

#[test]
fn a_code_of_ours_is_not_compared_with_the_context_nor_the_other_way_round() {
    let mut slot = slot_with(5);
    assert_eq!(
        slot.attempt(NOW, &attempt(key(1), WRONG, RIGHT, [0; 8])),
        Attempted::Wrong { left: 4 }
    );
    slot.settle(NOW, &served(key(1), 0));
    assert_eq!(
        slot.attempt(NOW, &attempt(key(1), CONTEXT, RIGHT, [0; 8])),
        Attempted::Wrong { left: 3 }
    );
    let asked = slot.attempt(NOW, &attempt(key(1), WRONG, CONTEXT, [0; 8]));
    assert_eq!(
        asked,
        Attempted::Ask {
            sealed: [9].into(),
            left: 2
        }
    );
}

#[test]
fn a_foreign_binding_is_unknown_to_every_verb_and_changes_nothing() {
    let mut slot = slot_with(5);
    let before = slot.all_bytes();
    let foreign = Key {
        binding: [2; 16],
        ..key(1)
    };
    assert_eq!(
        slot.attempt(NOW, &attempt(foreign, RIGHT, CONTEXT, [1; 8])),
        Attempted::Ended(Reason::Unknown)
    );
    assert_eq!(
        slot.renew(
            NOW,
            &Renew {
                key: foreign,
                ..renew(0, 1)
            }
        ),
        Renewed::Ended(Reason::Unknown)
    );
    assert_eq!(slot.status(NOW, &foreign), None);
    assert!(!slot.unlock(&foreign.binding));
    for what in [
        Settlement::Cancel,
        Settlement::StartFailed { cooldown: false },
        Settlement::ResendFailed {
            generation: 0,
            restore: None,
        },
        Settlement::Approved { request: [0; 8] },
        Settlement::Wrong { request: [0; 8] },
    ] {
        assert_eq!(
            slot.settle(NOW, &Settle { key: foreign, what }),
            Settled::Ended(Reason::Unknown)
        );
    }
    assert_eq!(slot.settle(NOW, &served(foreign, 0)), Settled::Ended(Reason::Unknown));
    assert_eq!(slot.all_bytes(), before);
}

#[test]
fn a_repeat_of_begin_and_renew_gives_the_first_facts_and_counts_once() {
    let mut slot = slot_with(5);
    let first = slot.begin(NOW, &begin(key(1), 5)).unwrap();
    let before = slot.all_bytes();
    let again = slot.begin(NOW + 1_000, &begin(key(1), 5)).unwrap();
    assert_eq!((again.expires_at, again.resend_at), (first.expires_at, first.resend_at));
    let Renewed::Done { begun, replaced } = slot.renew(NOW + 30_000, &renew(0, 1)) else {
        panic!("the first renewal is refused");
    };
    assert_eq!(replaced.map(|replaced| replaced.expires_at), Some(first.expires_at));
    assert_ne!(slot.all_bytes(), before);
    let before = slot.all_bytes();
    let Renewed::Done {
        begun: again,
        replaced: None,
    } = slot.renew(NOW + 31_000, &renew(0, 1))
    else {
        panic!("the repeat is refused, or would undo more than once");
    };
    assert_eq!((again.expires_at, again.resend_at), (begun.expires_at, begun.resend_at));
    assert_eq!(slot.all_bytes(), before);
    // Somebody else's resend of the same generation is too late.
    let late = slot.renew(NOW + 31_000, &renew(0, 2));
    assert_eq!(late, Renewed::Refused(Refusal::Cooldown { retry_after_ms: 59_000 }));
    let stale = slot.renew(NOW + 90_000, &renew(0, 2));
    assert_eq!(stale, Renewed::Refused(Refusal::Cooldown { retry_after_ms: 1 }));
}

#[test]
fn very_many_records_of_one_recipient_never_push_a_pending_one_out() {
    let mut slot = Slot::default();
    let number = |number: u32| Key {
        random: [number.to_le_bytes(); 4].concat().try_into().unwrap(),
        ..key(0)
    };
    let subject = |at: u32, binding: u8| Key {
        binding: [binding; 16],
        ..number(at)
    };
    let victim = number(u32::MAX);
    slot.begin(NOW, &begin(victim, 5)).unwrap();
    for at in 0..2_000 {
        let key = subject(at, (at % 200) as u8);
        slot.begin(NOW, &begin(key, 5)).unwrap();
        if at % 3 > 0 {
            slot.settle(
                NOW,
                &Settle {
                    key,
                    what: Settlement::Cancel,
                },
            );
        }
    }
    println!("slot: 2,001 verifications of one recipient, {} kept", slot.weight() - 1);
    assert!(slot.weight() < 2_001);
    assert!(matches!(
        slot.attempt(NOW, &attempt(victim, RIGHT, WRONG, [1; 8])),
        Attempted::Approved { .. }
    ));
}

#[test]
fn bytes_that_are_cut_or_changed_are_no_slot_or_another_and_never_a_fault() {
    let mut slot = slot_with(5);
    slot.settle(NOW, &served(key(1), 0));
    slot.attempt(NOW, &attempt(key(1), RIGHT, CONTEXT, [3; 8]));
    let mut writer = Writer::default();
    slot.write(&mut writer);
    let bytes = writer.done();
    for length in 0..bytes.len() {
        // A slot cut behind its records is one whose subjects are missing; a store's checksum tells.
        let _ = Slot::read(Reader::new(&bytes[..length]));
    }
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        if let Some(mut read) = Slot::read(Reader::new(&changed)) {
            // Whatever it is, the verbs run on it.
            read.attempt(NOW, &attempt(key(1), WRONG, CONTEXT, [4; 8]));
            read.prune(NOW + 1);
        }
    }
}
