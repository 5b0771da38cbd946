//! The providers that speak HTTP, against servers on 127.0.0.1: the recordings of the vendors' own SDKs replayed, a
//! matrix of faults, settings that are refused, and whole ways through a client.
//!
//! `cargo test --release -p otpkit --test providers -- --nocapture` shows the figures and what does not apply.

#![allow(clippy::unwrap_used)]

mod measure;
mod server;
mod support;

mod answers;
mod faults;
mod faults_wire;
mod golden;
mod golden_cases;
mod names;
mod settings;
mod tls;
mod whole;
