use super::wheel::Wheel;
use crate::clock::Millis;
use crate::engine::bytes::{Reader, Writer};
use crate::engine::slot::Slot;
use crate::engine::verbs::WindowKey;
use crate::engine::window::WindowLog;
use crate::settings::Window;
use crate::types::Index;
use hashbrown::HashTable;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// How many slots that are over a verb drops on its way: more than one, so that dropping keeps up with making.
const DROPS_PER_VERB: usize = 2;

/// A part of the store under one lock.
///
/// A slot is kept as bytes, in one piece of memory that is as long as they are: there may be millions of slots, and each
/// is looked at twice in its life as a rule.
#[derive(Default)]
pub(super) struct Shard {
    slots: HashTable<Kept>,
    elsewhere: HashMap<WindowKey, WindowLog, Keyed>,
    /// When a slot or a window has to be looked at. An entry is stale unless its second is the one that a slot has noted.
    due: Wheel<Index>,
    due_elsewhere: Wheel<WindowKey>,
}

/// The index of a slot, the second at which it is due, and the slot.
struct Kept(Box<[u8]>);

const INDEX: usize = size_of::<Index>();
const HEAD: usize = INDEX + size_of::<u32>();

impl Kept {
    fn new(index: &Index, due: u32, slot: &Slot) -> Kept {
        let mut bytes = Vec::with_capacity(256);
        bytes.extend_from_slice(index);
        bytes.extend_from_slice(&due.to_le_bytes());
        let mut writer = Writer::after(bytes);
        slot.write(&mut writer);
        Kept(writer.done().into())
    }

    fn index(&self) -> &Index {
        self.0.first_chunk().expect("it begins with its index")
    }

    fn due(&self) -> u32 {
        let due = self.0[INDEX..]
            .first_chunk()
            .expect("its second stands behind its index");
        u32::from_le_bytes(*due)
    }

    fn slot(&self) -> Slot {
        Slot::read(Reader::new(&self.0[HEAD..])).expect("it was written by the same rules")
    }
}

/// Indices are keyed hashes, which nobody outside can choose: eight of their bytes are the hash.
fn hash(index: &Index) -> u64 {
    u64::from_ne_bytes(*index.last_chunk().expect("an index has ten bytes"))
}

type Keyed = BuildHasherDefault<KeyedHash>;

/// The same for the keys of windows.
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
        let (answer, change) = self.apply(now, index, self.find(index), verb);
        (answer, dropped + change)
    }

    /// Runs a verb on the slot of an index if there is one; a forged id leaves no trace.
    pub(super) fn with_existing<T>(
        &mut self,
        now: Millis,
        index: &Index,
        verb: impl FnOnce(&mut Slot) -> T,
    ) -> (Option<T>, isize) {
        let (_, dropped) = self.sweep(now, DROPS_PER_VERB);
        let Some(kept) = self.find(index) else {
            return (None, dropped);
        };
        let (answer, change) = self.apply(now, index, Some(kept), verb);
        (Some(answer), dropped + change)
    }

    fn find(&self, index: &Index) -> Option<(Slot, u32)> {
        let kept = self.slots.find(hash(index), |kept| kept.index() == index)?;
        Some((kept.slot(), kept.due()))
    }

    fn apply<T>(
        &mut self,
        now: Millis,
        index: &Index,
        found: Option<(Slot, u32)>,
        verb: impl FnOnce(&mut Slot) -> T,
    ) -> (T, isize) {
        let before = found.as_ref().map_or(0, |(slot, _)| slot.weight());
        let (mut slot, noted) = found.unwrap_or_default();
        let answer = verb(&mut slot);
        let after = match slot.prune(now) {
            Some(due) => {
                let due = second(due);
                let sooner = noted == 0 || due < noted;
                if sooner {
                    self.due.add(due, *index);
                }
                self.keep(Kept::new(index, if sooner { due } else { noted }, &slot));
                slot.weight()
            }
            None => {
                self.forget(index);
                0
            }
        };
        (answer, after as isize - before as isize)
    }

    fn keep(&mut self, kept: Kept) {
        let place = self.slots.entry(
            hash(kept.index()),
            |other| other.index() == kept.index(),
            |kept| hash(kept.index()),
        );
        place.insert(kept);
    }

    fn forget(&mut self, index: &Index) {
        if let Ok(found) = self.slots.find_entry(hash(index), |kept| kept.index() == index) {
            found.remove();
        }
    }

    /// Counts one in the windows of a key, unless one is full: then how long it is. Also returns the growth.
    pub(super) fn count_elsewhere(&mut self, now: Millis, key: &WindowKey, windows: &[Window]) -> (u64, isize) {
        let (_, dropped) = self.sweep(now, DROPS_PER_VERB);
        let fresh = !self.elsewhere.contains_key(key);
        let log = self.elsewhere.entry(*key).or_default();
        let wait = log.wait(now, windows);
        if wait == 0 {
            log.add(now, windows);
        }
        if let (true, Some(due)) = (fresh, log.prune(now)) {
            self.due_elsewhere.add(second(due), *key);
        }
        (wait, dropped + isize::from(fresh))
    }

    /// Takes one back; what is empty then is forgotten. Returns the growth.
    pub(super) fn give_back_elsewhere(&mut self, now: Millis, key: &WindowKey, windows: &[Window]) -> isize {
        let Some(log) = self.elsewhere.get_mut(key) else {
            return 0;
        };
        log.give_back(now, windows);
        match log.prune(now) {
            Some(_) => 0,
            None => {
                self.elsewhere.remove(key);
                -1
            }
        }
    }

    /// Looks at what is due, at most `most` of it. Returns how many were dropped and by how many entries it grew.
    pub(super) fn sweep(&mut self, now: Millis, most: usize) -> (usize, isize) {
        self.compact();
        let (mut dropped, mut change) = (0, 0);
        let over = u32::try_from(now / 1000).unwrap_or(u32::MAX);
        for _ in 0..most {
            let change_of_one = if let Some((due, index)) = self.due.take(over) {
                self.look_at(now, due, &index)
            } else if let Some(key) = self.due_elsewhere.take(over).map(|(_, key)| key) {
                self.look_elsewhere(now, &key)
            } else {
                break;
            };
            dropped += usize::from(change_of_one.1);
            change += change_of_one.0;
        }
        (dropped, change)
    }

    /// Drops what is over of a slot that was due then. Returns the growth and whether all of it is gone.
    fn look_at(&mut self, now: Millis, due: u32, index: &Index) -> (isize, bool) {
        let Some((mut slot, _)) = self.find(index).filter(|(_, noted)| *noted == due) else {
            return (0, false);
        };
        let before = slot.weight();
        match slot.prune(now) {
            Some(next) => {
                let next = second(next);
                self.due.add(next, *index);
                self.keep(Kept::new(index, next, &slot));
                (slot.weight() as isize - before as isize, false)
            }
            None => {
                self.forget(index);
                (-(before as isize), true)
            }
        }
    }

    fn look_elsewhere(&mut self, now: Millis, key: &WindowKey) -> (isize, bool) {
        let Some(log) = self.elsewhere.get_mut(key) else {
            return (0, false);
        };
        match log.prune(now) {
            Some(next) => {
                self.due_elsewhere.add(second(next), *key);
                (0, false)
            }
            None => {
                self.elsewhere.remove(key);
                (-1, true)
            }
        }
    }

    /// Forgets the stale entries of the wheels once they are the most of them, so that what is counted and taken back
    /// over and over leaves nothing behind.
    fn compact(&mut self) {
        if self.due.len() > 2 * self.slots.len() + 64 {
            self.due = Wheel::default();
            for kept in &self.slots {
                self.due.add(kept.due(), *kept.index());
            }
        }
        if self.due_elsewhere.len() > 2 * self.elsewhere.len() + 64 {
            let over_at = |log: &WindowLog| log.clone().prune(0).map_or(0, second);
            let live = self.elsewhere.iter().map(|(key, log)| (over_at(log), *key));
            self.due_elsewhere = live.collect();
        }
    }
}

/// The second in which an instant has passed. Good until the year 2106; what is due later is looked at then.
fn second(at: Millis) -> u32 {
    u32::try_from(at.div_ceil(1000)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
