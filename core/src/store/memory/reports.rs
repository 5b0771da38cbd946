//! References of messages whose providers report about them, each until its verification is forgotten. They are apart
//! from the slots, because a report names no recipient.

use crate::clock::Millis;
use crate::engine::verbs::{ReportKey, Tracked};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

const PARTS: usize = 16;
/// How many that are over go with each that comes: more than one, so that forgetting keeps up.
const DROPS: usize = 2;

/// Which verification a message belongs to, by the keyed hash of its provider and reference.
pub(super) struct References(Vec<Mutex<Part>>);

#[derive(Default)]
struct Part {
    known: HashMap<ReportKey, (Tracked, Millis)>,
    due: BinaryHeap<Reverse<(Millis, ReportKey)>>,
}

impl References {
    pub(super) fn new() -> References {
        References((0..PARTS).map(|_| Mutex::default()).collect())
    }

    /// Returns by how many the references grew.
    pub(super) fn insert(&self, now: Millis, key: ReportKey, tracked: Tracked, until: Millis) -> isize {
        let mut part = self.part(key[0]);
        let dropped = part.drop_due(now, DROPS);
        part.due.push(Reverse((until, key)));
        let fresh = part.known.insert(key, (tracked, until)).is_none();
        isize::from(fresh) - dropped
    }

    pub(super) fn find(&self, now: Millis, key: &ReportKey) -> Option<Tracked> {
        let part = self.part(key[0]);
        let (tracked, until) = part.known.get(key)?;
        (*until > now).then_some(*tracked)
    }

    /// Forgets what is over. Returns by how many the references grew.
    pub(super) fn sweep(&self, now: Millis) -> isize {
        (0..PARTS)
            .map(|at| -self.part(at as u8).drop_due(now, usize::MAX))
            .sum()
    }

    fn part(&self, first: u8) -> MutexGuard<'_, Part> {
        let part = &self.0[usize::from(first) % PARTS];
        part.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Part {
    fn drop_due(&mut self, now: Millis, most: usize) -> isize {
        let mut dropped = 0;
        for _ in 0..most {
            match self.due.peek() {
                Some(Reverse((due, _))) if *due <= now => {}
                _ => break,
            }
            let Some(Reverse((due, key))) = self.due.pop() else {
                break;
            };
            // One that was tracked again meanwhile is due later.
            if self.known.get(&key).is_some_and(|known| known.1 == due) {
                self.known.remove(&key);
                dropped += 1;
            }
        }
        dropped
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::verbs::Key;

    impl References {
        /// Every byte that is kept.
        pub(in crate::store::memory) fn all_bytes(&self) -> Vec<u8> {
            let mut bytes = Vec::new();
            for part in &self.0 {
                let Part { known, due } = &*part.lock().unwrap();
                for (
                    key,
                    (
                        Tracked {
                            key: of,
                            key_id,
                            generation,
                        },
                        _,
                    ),
                ) in known
                {
                    for part in [
                        &key[..],
                        &of.index,
                        &of.random,
                        &of.binding,
                        &[*key_id],
                        &generation.to_le_bytes(),
                    ] {
                        bytes.extend_from_slice(part);
                    }
                }
                due.iter().for_each(|Reverse((_, key))| bytes.extend_from_slice(key));
            }
            bytes
        }
    }

    fn tracked(byte: u8) -> Tracked {
        let key = Key {
            index: [byte; 10],
            random: [byte; 16],
            binding: [byte; 16],
        };
        Tracked {
            key,
            key_id: byte,
            generation: 0,
        }
    }

    #[test]
    fn a_reference_is_known_until_its_time_and_then_leaves_nothing() {
        let references = References::new();
        assert_eq!(references.insert(0, [1; 16], tracked(1), 100), 1);
        assert_eq!(references.find(99, &[1; 16]).unwrap().key_id, 1);
        assert!(references.find(100, &[1; 16]).is_none());
        assert!(references.find(0, &[2; 16]).is_none());
        // Tracked again: it counts once, and the later time holds.
        assert_eq!(references.insert(0, [1; 16], tracked(2), 200), 0);
        assert_eq!(references.sweep(150), 0);
        assert_eq!(references.find(150, &[1; 16]).unwrap().key_id, 2);
        assert_eq!(references.sweep(200), -1);
        assert!(references.0.iter().all(|part| {
            let part = part.lock().unwrap();
            part.known.is_empty() && part.due.is_empty()
        }));
    }

    #[test]
    fn those_that_come_carry_away_those_that_are_over() {
        let references = References::new();
        let mut held = 0;
        for at in 0..10_000u64 {
            let mut key = [0; 16];
            key[8..].copy_from_slice(&at.to_be_bytes());
            held += references.insert(at, key, tracked(0), at + 10);
        }
        assert!((1..=11).contains(&held), "{held}");
    }
}
