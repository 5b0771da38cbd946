use crate::clock::Millis;
use crate::engine::slot::Slot;
use crate::engine::verbs::WindowKey;
use crate::engine::window::WindowLog;
use crate::settings::Window;
use crate::types::Index;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};

/// How many slots that are over a verb drops on its way: more than one, so that dropping keeps up with making.
const DROPS_PER_VERB: usize = 2;

/// A part of the store under one lock.
#[derive(Default)]
pub(super) struct Shard {
    slots: HashMap<Index, Kept<Slot>, Keyed>,
    elsewhere: HashMap<WindowKey, Kept<WindowLog>, Keyed>,
    /// What has to be looked at when. An entry whose time is not the one that its owner has noted is stale.
    due: BinaryHeap<Reverse<(Millis, Owner)>>,
}

#[derive(Default)]
struct Kept<T> {
    value: T,
    due: Millis,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Owner {
    Slot(Index),
    Elsewhere(WindowKey),
}

type Keyed = BuildHasherDefault<KeyedHash>;

/// Keys are keyed hashes already, which nobody outside can choose: eight of their bytes are the hash.
#[derive(Default)]
pub(super) struct KeyedHash(u64);

impl Hasher for KeyedHash {
    fn write(&mut self, bytes: &[u8]) {
        // An array hashes its length first (by `write_usize`), then its bytes, which end up here.
        let (_, last) = bytes.split_at(bytes.len().saturating_sub(8));
        let mut word = [0u8; 8];
        word[..last.len()].copy_from_slice(last);
        self.0 = u64::from_ne_bytes(word);
    }

    fn write_usize(&mut self, _: usize) {}

    fn finish(&self) -> u64 {
        self.0
    }
}

impl Shard {
    /// Runs a verb on the slot of an index, which is made if there is none. Also returns by how many entries the
    /// shard grew.
    pub(super) fn with_slot<T>(&mut self, now: Millis, index: &Index, verb: impl FnOnce(&mut Slot) -> T) -> (T, isize) {
        let (_, dropped) = self.sweep(now, DROPS_PER_VERB);
        let before = self.slots.get(index).map_or(0, |kept| kept.value.weight());
        let kept = self.slots.entry(*index).or_default();
        let answer = verb(&mut kept.value);
        let after = match kept.value.prune(now) {
            Some(due) => {
                if kept.due == 0 || due < kept.due {
                    kept.due = due;
                    self.due.push(Reverse((due, Owner::Slot(*index))));
                }
                kept.value.weight()
            }
            None => {
                self.slots.remove(index);
                0
            }
        };
        (answer, dropped + after as isize - before as isize)
    }

    /// Counts one in the windows of a key, unless one is full: then how long it is. Also returns the growth.
    pub(super) fn count_elsewhere(&mut self, now: Millis, key: &WindowKey, windows: &[Window]) -> (u64, isize) {
        let (_, dropped) = self.sweep(now, DROPS_PER_VERB);
        let fresh = !self.elsewhere.contains_key(key);
        let kept = self.elsewhere.entry(*key).or_default();
        let wait = kept.value.wait(now, windows);
        if wait == 0 {
            kept.value.add(now, windows);
        }
        match kept.value.prune(now) {
            Some(due) if kept.due == 0 => {
                kept.due = due;
                self.due.push(Reverse((due, Owner::Elsewhere(*key))));
            }
            _ => {}
        }
        (wait, dropped + isize::from(fresh))
    }

    /// Takes one back; what is empty then is forgotten. Returns the growth.
    pub(super) fn give_back_elsewhere(&mut self, now: Millis, key: &WindowKey, windows: &[Window]) -> isize {
        let Some(kept) = self.elsewhere.get_mut(key) else {
            return 0;
        };
        kept.value.give_back(now, windows);
        match kept.value.prune(now) {
            Some(_) => 0,
            None => {
                self.elsewhere.remove(key);
                -1
            }
        }
    }

    /// Runs a verb on the slot of an index if there is one; a forged id leaves no trace.
    pub(super) fn with_existing<T>(
        &mut self,
        now: Millis,
        index: &Index,
        verb: impl FnOnce(&mut Slot) -> T,
    ) -> (Option<T>, isize) {
        match self.slots.contains_key(index) {
            true => {
                let (answer, change) = self.with_slot(now, index, verb);
                (Some(answer), change)
            }
            false => (None, 0),
        }
    }

    /// Forgets the stale entries of the queue once they are the most of it, so that what is counted and taken back
    /// over and over leaves nothing behind.
    fn compact(&mut self) {
        if self.due.len() <= 2 * (self.slots.len() + self.elsewhere.len()) + 64 {
            return;
        }
        let (slots, elsewhere) = (&self.slots, &self.elsewhere);
        self.due.retain(|Reverse((due, owner))| match owner {
            Owner::Slot(index) => slots.get(index).is_some_and(|kept| kept.due == *due),
            Owner::Elsewhere(key) => elsewhere.get(key).is_some_and(|kept| kept.due == *due),
        });
    }

    /// Looks at what is due, at most `most` of it. Returns how many were dropped and by how many entries it grew.
    pub(super) fn sweep(&mut self, now: Millis, most: usize) -> (usize, isize) {
        self.compact();
        let (mut dropped, mut change) = (0, 0);
        for _ in 0..most {
            match self.due.peek() {
                Some(Reverse((due, _))) if *due <= now => {}
                _ => break,
            }
            let Some(Reverse((due, owner))) = self.due.pop() else {
                break;
            };
            let before = self.weight(owner);
            match self.prune(owner, due, now) {
                Some(next) => self.due.push(Reverse((next, owner))),
                None if before > 0 && self.weight(owner) == 0 => dropped += 1,
                None => {}
            }
            change += self.weight(owner) as isize - before as isize;
        }
        (dropped, change)
    }

    fn weight(&self, owner: Owner) -> usize {
        match owner {
            Owner::Slot(index) => self.slots.get(&index).map_or(0, |kept| kept.value.weight()),
            Owner::Elsewhere(key) => usize::from(self.elsewhere.contains_key(&key)),
        }
    }

    /// Prunes an owner whose time has come; returns when it is due again.
    fn prune(&mut self, owner: Owner, due: Millis, now: Millis) -> Option<Millis> {
        let noted = match owner {
            Owner::Slot(index) => {
                let kept = self.slots.get_mut(&index)?;
                (kept.due == due).then(|| (kept.value.prune(now), &mut kept.due))
            }
            Owner::Elsewhere(key) => {
                let kept = self.elsewhere.get_mut(&key)?;
                (kept.due == due).then(|| (kept.value.prune(now), &mut kept.due))
            }
        };
        match noted {
            Some((Some(next), due)) => {
                *due = next;
                Some(next)
            }
            Some((None, _)) => {
                match owner {
                    Owner::Slot(index) => drop(self.slots.remove(&index)),
                    Owner::Elsewhere(key) => drop(self.elsewhere.remove(&key)),
                }
                None
            }
            None => None,
        }
    }
}

#[cfg(test)]
mod tests;
