//! What otpkit promises, a module per theme and a test per promise, through the public API only. Tests that need to look
//! inside (the stored form, the state machine, the generator) stand beside the code that they test.
//!
//! Concurrency here is real: threads of the operating system that start together at a barrier. Time is a clock that
//! stands until a test moves it. `cargo test --release -p otpkit --test promises -- --nocapture` shows the figures.

#![allow(clippy::unwrap_used)]

mod support;

mod budget;
mod budget_model;
mod canary;
mod context;
mod deliver;
mod dispatch;
mod events;
mod failover;
mod hostile_code;
mod hostile_field;
mod log;
mod memory;
mod panics;
mod races;
mod resend;
mod rotation;
mod settings;
mod settings_rules;
mod spelling;
mod stranger;
mod verifier;
mod verifier_race;
mod webhook;
mod webhook_reference;
mod webhook_vendor;
mod window;
