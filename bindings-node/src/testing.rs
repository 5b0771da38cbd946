//! A clock that tests move, and a panic at a place that they choose. This file is not in a release build.

use napi_derive::napi;
use otpkit::Builder;
use otpkit::testing::{TestClock, Trace};
use std::cell::{Cell, RefCell};
use std::time::{Duration, UNIX_EPOCH};

thread_local! {
    static FAULT: Cell<Fault> = const { Cell::new(Fault::None) };
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

/// What reached the log of Rust at its finest level since the first call of this.
#[napi(catch_unwind)]
pub(crate) fn trace() -> String {
    Trace::of_process().text()
}

/// Where the next call panics.
#[derive(Clone, Copy)]
pub(crate) enum Fault {
    None,
    /// While the JavaScript thread builds the call.
    Export,
    /// While the JavaScript thread polls it.
    Poll,
    /// While the runtime polls it.
    Runtime,
}

/// The next call of this thread panics: `export`, `poll` or `runtime`.
#[napi(catch_unwind)]
pub(crate) fn panic_in_next_call(place: String) {
    FAULT.set(match place.as_str() {
        "export" => Fault::Export,
        "poll" => Fault::Poll,
        "runtime" => Fault::Runtime,
        _ => Fault::None,
    });
}

impl Fault {
    /// The fault of this call; the next one has none.
    pub(crate) fn take() -> Fault {
        let fault = FAULT.replace(Fault::None);
        assert!(
            !matches!(fault, Fault::Export),
            "secret-123456: a panic that a test wants"
        );
        fault
    }

    pub(crate) async fn strike(self) {
        if matches!(self, Fault::Runtime) {
            tokio::task::yield_now().await;
        }
        assert!(matches!(self, Fault::None), "secret-123456: a panic that a test wants");
    }
}
