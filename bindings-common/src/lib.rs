//! What the language bindings share: the wire form of calls, the outcomes of host callbacks, a runtime that knows
//! its process, and the one poll that lets a call complete on the calling thread. No rules and no defaults live here.

#![forbid(unsafe_code)]

mod inline;
mod outcome;
mod runtime;
pub mod webhook;
pub mod wire;

pub use inline::{Now, poll_now};
pub use outcome::{Outcome, failed_check, failed_create, failed_send};
pub use runtime::{Runtime, RuntimeUnavailable};

/// Seconds of `Retry-After` and the like as milliseconds for a wire, rounded up so that nobody calls too early.
pub fn millis_up(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}
