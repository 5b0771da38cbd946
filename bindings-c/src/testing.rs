//! Seams for the tests of this binding. Not in the header, and not in a library that is published.

use crate::boundary;
use crate::builder::{self, otpkit_builder};
use crate::error::Failure;
use crate::raw::{OutError, Text};
use crate::registry::{Handle, Kind, Slab};
use crate::status::{OTPKIT_OK, OTPKIT_STALE_HANDLE};
use crate::{client, completion, error, outbox, reply, request};
use otpkit::testing::{TestClock, Trace};
use std::ptr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

/// A clock that stands still until it is moved.
pub struct otpkit_testing_clock;

static CLOCKS: Slab<TestClock> = Slab::new(Kind::Clock);
static PANIC_SET: AtomicBool = AtomicBool::new(false);
static PANIC_AT: Mutex<String> = Mutex::new(String::new());
static KEPT_MS: AtomicU64 = AtomicU64::new(u64::MAX);

/// A clock that shows these milliseconds since 1970.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_testing_clock_new(unix_ms: u64) -> *mut otpkit_testing_clock {
    let clock = TestClock::new(UNIX_EPOCH + Duration::from_millis(unix_ms));
    CLOCKS.insert(clock).map_or(ptr::null_mut(), Handle::into_pointer)
}

/// Moves the clock on.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_testing_clock_advance(clock: *mut otpkit_testing_clock, ms: u64) -> u32 {
    let Some(clock) = CLOCKS.get(Handle::from_pointer(clock)) else {
        return OTPKIT_STALE_HANDLE;
    };
    clock.advance(Duration::from_millis(ms));
    OTPKIT_OK
}

/// Drops the handle of the clock; clients that have it keep it.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_testing_clock_free(clock: *mut otpkit_testing_clock) -> u32 {
    if CLOCKS.take(Handle::from_pointer(clock)).is_some() {
        OTPKIT_OK
    } else {
        OTPKIT_STALE_HANDLE
    }
}

/// Has a client run on this clock.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_testing_builder_clock(
    builder: *mut otpkit_builder,
    clock: *mut otpkit_testing_clock,
    error: OutError,
) -> u32 {
    boundary::status("otpkit_testing_builder_clock", error, || {
        let handle = Handle::from_pointer(clock);
        let clock = CLOCKS
            .get(handle)
            .ok_or_else(|| Failure::handle("clock", handle, "otpkit_testing_clock"))?;
        builder::with_clock(builder, clock.clone())
    })
}

/// The next time that this point is passed, it panics. Points are the names of exported functions, and "callback",
/// "event" and "future".
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_testing_panic_at(point: Text) {
    let name = point.optional("point").ok().flatten().unwrap_or_default();
    name.clone_into(&mut PANIC_AT.lock().expect("nothing panics under this lock"));
    PANIC_SET.store(!name.is_empty(), Ordering::SeqCst);
}

/// Whether the panic that was asked for is still to come.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_testing_panic_is_set() -> bool {
    PANIC_SET.load(Ordering::SeqCst)
}

/// How long a request that nobody answered is kept after its deadline.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_testing_keep_requests_ms(ms: u64) {
    KEPT_MS.store(ms, Ordering::SeqCst);
}

/// Writes what reached the log of Rust at its finest level, since the first call of this, into a file; true if that succeeded.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_testing_trace_into(path: Text) -> bool {
    let path = path.optional("path").ok().flatten().unwrap_or_default();
    std::fs::write(path, Trace::of_process().text()).is_ok()
}

/// How many handles of all kinds are good.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_testing_open_handles() -> usize {
    let kinds = [
        client::open(),
        builder::open(),
        reply::open(),
        error::open(),
        request::open_count(),
        outbox::open(),
    ];
    kinds.iter().sum::<usize>() + completion::open() + CLOCKS.count()
}

pub(crate) fn request_kept() -> Option<Duration> {
    match KEPT_MS.load(Ordering::SeqCst) {
        u64::MAX => None,
        ms => Some(Duration::from_millis(ms)),
    }
}

/// Panics if a test asked for it here, with a text that must not come out anywhere.
pub(crate) fn point(name: &'static str) {
    if !PANIC_SET.load(Ordering::SeqCst) {
        return;
    }
    let mut wanted = PANIC_AT.lock().expect("nothing panics under this lock");
    if *wanted == name {
        wanted.clear();
        drop(wanted);
        PANIC_SET.store(false, Ordering::SeqCst);
        panic!("canary-of-a-panic");
    }
}
