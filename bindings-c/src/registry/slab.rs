//! The values behind handles. Slots are made in chunks, never moved and never given back to the system, so that a
//! stale handle always meets a slot whose generation tells that it is stale.

use super::free_list::FreeList;
use super::{CAPACITY, Handle, Kind};
use std::cell::UnsafeCell;
use std::mem::MaybeUninit;
use std::ops::Deref;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering};

/// Slots of the first chunk; each further chunk has twice as many.
const FIRST: u32 = 64;
const CHUNKS: usize = (CAPACITY / FIRST).ilog2() as usize + 1;

/// All values of one kind.
pub(crate) struct Slab<T: 'static> {
    kind: Kind,
    chunks: [AtomicPtr<Slot<T>>; CHUNKS],
    /// How many slots were ever handed out.
    made: AtomicU32,
    vacant: FreeList,
}

/// `state`: generation in the high half; then one bit that says whether handles of this generation are good, and a
/// count of those who use the value. The slab itself counts as one while the handle is good.
#[repr(align(64))]
struct Slot<T> {
    state: AtomicU64,
    link: AtomicU32,
    value: UnsafeCell<MaybeUninit<T>>,
}

const GOOD: u64 = 1 << 31;
const USERS: u64 = GOOD - 1;

fn generation_of(state: u64) -> u32 {
    (state >> 32) as u32
}

// SAFETY: a value is reached through guards only. A guard exists only while the count of users is above zero, and the
// value is written before the handle becomes good and dropped after the count fell to zero, each ordered by `state`.
// Guards on several threads share `&T` (hence Sync) and the last one drops the `T` on its thread (hence Send).
unsafe impl<T: Send + Sync> Sync for Slab<T> {}

impl<T: Send + Sync> Slab<T> {
    pub(crate) const fn new(kind: Kind) -> Self {
        Self {
            kind,
            chunks: [const { AtomicPtr::new(ptr::null_mut()) }; CHUNKS],
            made: AtomicU32::new(0),
            vacant: FreeList::new(),
        }
    }

    /// Whether [`insert`](Self::insert) would find room.
    pub(crate) fn has_room(&self) -> bool {
        self.made.load(Ordering::Relaxed) < CAPACITY || self.vacancy().map(|index| self.give_back(index)).is_some()
    }

    /// Keeps a value and returns its handle; gives the value back when too many are kept.
    pub(crate) fn insert(&self, value: T) -> Result<Handle, T> {
        let Some(index) = self.vacancy().or_else(|| self.make()) else {
            return Err(value);
        };
        let slot = self.slot(index);
        let generation = generation_of(slot.state.load(Ordering::Relaxed)).max(1);
        // SAFETY: a vacant slot belongs to the one who took it, until the store below shows it to others.
        unsafe { (*slot.value.get()).write(value) };
        slot.state
            .store(u64::from(generation) << 32 | GOOD | 1, Ordering::Release);
        Ok(Handle::new(self.kind, generation, index))
    }

    /// The value of a handle, kept alive by the guard; `None` if the handle is not good.
    pub(crate) fn get(&'static self, handle: Handle) -> Option<Guard<T>> {
        let (slot, index, generation) = self.find(handle)?;
        let mut state = slot.state.load(Ordering::Relaxed);
        loop {
            if generation_of(state) != generation || state & GOOD == 0 || state & USERS == USERS {
                return None;
            }
            match slot
                .state
                .compare_exchange_weak(state, state + 1, Ordering::Acquire, Ordering::Relaxed)
            {
                Ok(_) => {
                    return Some(Guard {
                        slab: self,
                        slot,
                        index,
                    });
                }
                Err(now) => state = now,
            }
        }
    }

    /// Ends a handle. Exactly one caller succeeds; the value goes when its last guard does.
    pub(crate) fn take(&'static self, handle: Handle) -> Option<Guard<T>> {
        let (slot, index, generation) = self.find(handle)?;
        let mut state = slot.state.load(Ordering::Relaxed);
        loop {
            if generation_of(state) != generation || state & GOOD == 0 {
                return None;
            }
            match slot
                .state
                .compare_exchange_weak(state, state & !GOOD, Ordering::Acquire, Ordering::Relaxed)
            {
                // The slab's own use passes to this guard.
                Ok(_) => {
                    return Some(Guard {
                        slab: self,
                        slot,
                        index,
                    });
                }
                Err(now) => state = now,
            }
        }
    }

    /// Whether this handle was good once, or is.
    pub(crate) fn was_good(&self, handle: Handle) -> bool {
        self.find(handle).is_some_and(|(slot, _, generation)| {
            (1..=generation_of(slot.state.load(Ordering::Relaxed))).contains(&generation)
        })
    }

    /// How many handles are good.
    #[cfg(feature = "testing")]
    pub(crate) fn count(&self) -> usize {
        let made = self.made.load(Ordering::Acquire).min(CAPACITY);
        (0..made)
            .filter(|index| self.slot(*index).state.load(Ordering::Relaxed) & GOOD != 0)
            .count()
    }

    fn find(&self, handle: Handle) -> Option<(&Slot<T>, u32, u32)> {
        let (generation, index) = handle.parts(self.kind)?;
        let (chunk, offset) = place(index);
        let slots = self.chunks[chunk].load(Ordering::Acquire);
        if slots.is_null() {
            return None;
        }
        // SAFETY: a chunk that is not null has all its slots, and `offset` is below their number (see `place`).
        Some((unsafe { &*slots.add(offset) }, index, generation))
    }

    fn slot(&self, index: u32) -> &Slot<T> {
        let (chunk, offset) = place(index);
        let slots = self.chunk(chunk);
        // SAFETY: as in `find`; `chunk` makes the chunk if it is missing.
        unsafe { &*slots.add(offset) }
    }

    /// The slots of a chunk, made on first use. Of two threads that make it at once, one throws its own away.
    fn chunk(&self, chunk: usize) -> *mut Slot<T> {
        let slots = self.chunks[chunk].load(Ordering::Acquire);
        if !slots.is_null() {
            return slots;
        }
        let vacant = || Slot {
            state: AtomicU64::new(1 << 32),
            link: AtomicU32::new(0),
            value: UnsafeCell::new(MaybeUninit::uninit()),
        };
        let made: Box<[Slot<T>]> = (0..FIRST << chunk).map(|_| vacant()).collect();
        let made = Box::into_raw(made);
        let first = made.cast::<Slot<T>>();
        match self.chunks[chunk].compare_exchange(ptr::null_mut(), first, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => first,
            Err(other) => {
                // SAFETY: nobody else has seen this box, and its slots hold no values.
                drop(unsafe { Box::from_raw(made) });
                other
            }
        }
    }

    fn vacancy(&self) -> Option<u32> {
        self.vacant.pop(|index| &self.slot(index).link)
    }

    fn make(&self) -> Option<u32> {
        let more = |made: u32| (made < CAPACITY).then_some(made + 1);
        self.made.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).ok()
    }

    fn give_back(&self, index: u32) {
        self.vacant.push(index, &self.slot(index).link);
    }
}

/// The chunk of an index and the place in it. Index + FIRST has its highest bit in the chunk's number.
fn place(index: u32) -> (usize, usize) {
    let shifted = index + FIRST;
    let chunk = shifted.ilog2() - FIRST.ilog2();
    (chunk as usize, (shifted - (FIRST << chunk)) as usize)
}

/// Uses a value: it lives at least as long as this.
pub(crate) struct Guard<T: Send + Sync + 'static> {
    slab: &'static Slab<T>,
    slot: &'static Slot<T>,
    index: u32,
}

// SAFETY: a guard is a counted reference to a `T` that is Send and Sync, as an `Arc` is.
unsafe impl<T: Send + Sync> Send for Guard<T> {}
// SAFETY: as above; a shared guard gives `&T` only.
unsafe impl<T: Send + Sync> Sync for Guard<T> {}

impl<T: Send + Sync> Deref for Guard<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: this guard is counted, so the value is there and nobody has `&mut` to it.
        unsafe { (*self.slot.value.get()).assume_init_ref() }
    }
}

impl<T: Send + Sync> Drop for Guard<T> {
    fn drop(&mut self) {
        let before = self.slot.state.fetch_sub(1, Ordering::AcqRel);
        if before & USERS > 1 {
            return;
        }
        // SAFETY: the count fell to zero, which happens once a generation and only after the handle ended; no guard
        // is left and none can come, so the value is ours alone.
        unsafe { (*self.slot.value.get()).assume_init_drop() };
        // A slot whose generations are used up is never used again, so that no stale handle ever becomes good.
        if let Some(generation) = generation_of(before).checked_add(1) {
            self.slot.state.store(u64::from(generation) << 32, Ordering::Release);
            self.slab.give_back(self.index);
        }
    }
}
