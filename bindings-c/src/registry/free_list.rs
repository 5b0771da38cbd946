//! Vacant slots, as lock-free stacks of indices. Each head carries a count of its changes, so that a slot which was
//! popped and pushed back meanwhile is not mistaken for one that never moved.

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// Stacks, so that threads seldom meet on one.
const STACKS: usize = 8;

pub(super) struct FreeList {
    heads: [Head; STACKS],
}

// A cache line each.
#[repr(align(64))]
struct Head(AtomicU64);

/// The index in the low half is one more than the slot's; 0 is the end.
fn pack(changes: u32, link: u32) -> u64 {
    u64::from(changes) << 32 | u64::from(link)
}

impl FreeList {
    pub(super) const fn new() -> Self {
        Self {
            heads: [const { Head(AtomicU64::new(0)) }; STACKS],
        }
    }

    /// A vacant slot: from this thread's stack, else from another's. `link` finds the link of a slot.
    pub(super) fn pop<'a>(&self, link: impl Fn(u32) -> &'a AtomicU32) -> Option<u32> {
        let own = own_stack();
        (0..STACKS).find_map(|step| self.heads[(own + step) % STACKS].pop(&link))
    }

    /// Gives a slot back to this thread's stack.
    pub(super) fn push(&self, index: u32, link: &AtomicU32) {
        let head = &self.heads[own_stack()].0;
        let mut seen = head.load(Ordering::Relaxed);
        loop {
            link.store(seen as u32, Ordering::Relaxed);
            let next = pack(((seen >> 32) as u32).wrapping_add(1), index + 1);
            match head.compare_exchange_weak(seen, next, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return,
                Err(now) => seen = now,
            }
        }
    }
}

impl Head {
    fn pop<'a>(&self, link: &impl Fn(u32) -> &'a AtomicU32) -> Option<u32> {
        let mut seen = self.0.load(Ordering::Acquire);
        loop {
            let index = (seen as u32).checked_sub(1)?;
            // Another thread may pop this slot right now; then the link read here is stale, and the exchange fails.
            let after = link(index).load(Ordering::Relaxed);
            let next = pack(((seen >> 32) as u32).wrapping_add(1), after);
            match self
                .0
                .compare_exchange_weak(seen, next, Ordering::Acquire, Ordering::Acquire)
            {
                Ok(_) => return Some(index),
                Err(now) => seen = now,
            }
        }
    }
}

fn own_stack() -> usize {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    thread_local!(static OWN: Cell<u32> = const { Cell::new(u32::MAX) });
    // A thread that is ending may have lost its locals: any stack will do.
    let own = OWN.try_with(|own| {
        if own.get() == u32::MAX {
            own.set(NEXT.fetch_add(1, Ordering::Relaxed) % STACKS as u32);
        }
        own.get()
    });
    own.unwrap_or(0) as usize
}
