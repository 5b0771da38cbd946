//! A clock that tests move. This file is not in a release build.

use napi_derive::napi;
use otpkit::Builder;
use otpkit::testing::TestClock;
use std::cell::RefCell;
use std::time::{Duration, UNIX_EPOCH};

thread_local! {
    static CLOCK: RefCell<Option<TestClock>> = const { RefCell::new(None) };
}

/// From now on the clients of this thread take their time from a clock that stands at `start_ms`.
#[napi(catch_unwind)]
pub(crate) fn use_test_clock(start_ms: f64) {
    let start = UNIX_EPOCH + Duration::from_millis(start_ms as u64);
    CLOCK.set(Some(TestClock::new(start)));
}

/// Moves the clock of the clients that were made since `use_test_clock`.
#[napi(catch_unwind)]
pub(crate) fn advance_test_clock(ms: f64) {
    CLOCK.with_borrow(|clock| {
        if let Some(clock) = clock {
            clock.advance(Duration::from_millis(ms as u64));
        }
    });
}

/// Clients made from now on use the system's clock again.
#[napi(catch_unwind)]
pub(crate) fn use_system_clock() {
    CLOCK.set(None);
}

pub(crate) fn with_clock(builder: Builder) -> Builder {
    CLOCK.with_borrow(|clock| match clock {
        Some(clock) => builder.clock(clock.clone()),
        None => builder,
    })
}
