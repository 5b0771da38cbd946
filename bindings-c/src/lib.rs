//! The C face of otpkit: a thin skin of handles, strings and callbacks over the core. It holds no rules.
//!
//! `include/otpkit.h` is generated from this crate (`bindings-c/header.sh`), so the comments here are the reference
//! that C programmers read. Unsafe blocks live in `raw`, `lent`, `fork` and `registry` only (test.sh holds this): everything
//! else handles checked values.

#![allow(non_camel_case_types)]
// Exported functions are reached by their symbols, and their types by the generator of the header.
#![allow(unreachable_pub)]

#[cfg(not(target_pointer_width = "64"))]
compile_error!("handles carry a kind, a generation and an index in 64 bits: this binding needs a 64-bit target");

mod boundary;
mod fork;
mod lent;
mod raw;
mod registry;
mod run;

// The order of these is the order of the header.
mod status;

mod error;

mod builder;

mod provider;

mod request;

mod event;

mod client;

mod verbs;

mod completion;

mod verbs_async;

mod verbs_webhook;

mod reply;

mod outbox;

mod process;

/// cbindgen:ignore
#[cfg(feature = "testing")]
mod testing;
