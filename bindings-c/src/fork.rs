//! Noticing a fork without asking the operating system at every call (which would cost a tenth of a check).

use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

static FORKS: AtomicU32 = AtomicU32::new(0);

/// How far the registration of the hook is: not begun, under way on some thread, done.
static HOOK: AtomicU8 = AtomicU8::new(NONE);
const NONE: u8 = 0;
const BEGUN: u8 = 1;
const DONE: u8 = 2;

/// A number that changes in the child of every fork, and when [`forget`] is called; `None` while that cannot be told.
pub(crate) fn generation() -> Option<u32> {
    if HOOK.load(Ordering::Acquire) != DONE {
        hook();
        if HOOK.load(Ordering::Acquire) != DONE {
            return None;
        }
    }
    Some(FORKS.load(Ordering::Acquire))
}

/// Has everyone look anew.
pub(crate) fn forget() {
    FORKS.fetch_add(1, Ordering::AcqRel);
}

#[cold]
fn hook() {
    if HOOK
        .compare_exchange(NONE, BEGUN, Ordering::AcqRel, Ordering::Acquire)
        .is_ok()
    {
        // SAFETY: the function is there as long as the process (the library is never unmapped), and all it does is to
        // count, which a child may do before anything else.
        let failed = unsafe { libc::pthread_atfork(None, None, Some(count)) } != 0;
        HOOK.store(if failed { NONE } else { DONE }, Ordering::Release);
    }
}

extern "C" fn count() {
    FORKS.fetch_add(1, Ordering::AcqRel);
}
