use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// A value that each process has for itself.
///
/// A child of `fork` has a copy of its parent's memory, locks included, and a lock may have been held by a thread that
/// the child does not have. So the child never looks at the parent's value: it takes the next slot.
pub(crate) struct PerProcess<T> {
    slots: [(AtomicU32, OnceLock<T>); SLOTS],
}

/// How often a process image can be forked in a row (the child of a child of ...).
const SLOTS: usize = 16;

impl<T> PerProcess<T> {
    pub(crate) const fn new() -> Self {
        Self {
            slots: [const { (AtomicU32::new(0), OnceLock::new()) }; SLOTS],
        }
    }

    /// This process's value; `None` in the child of too many nested forks.
    pub(crate) fn get(&self, make: impl FnOnce() -> T) -> Option<&T> {
        let pid = std::process::id();
        for (owner, value) in &self.slots {
            match owner.compare_exchange(0, pid, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return Some(value.get_or_init(make)),
                Err(owner) if owner == pid => return Some(value.get_or_init(make)),
                Err(_) => {}
            }
        }
        None
    }
}
