//! The stores: the suite that every store goes through, and what only a store in a file has to show: several processes
//! (`processes`), crashes (`kill`), clocks (`clock`), files (`file`) and runtimes that end (`runtime`).
//!
//! `cargo test --release -p otpkit --test stores -- --nocapture` shows the figures. The program runs itself as its
//! workers: `worker --exact --ignored` with the work in the environment.

#![allow(clippy::unwrap_used)]

mod callback;
mod clock;
mod file;
mod kill;
mod processes;
mod runtime;
mod support;

use otpkit::AnyStore;
use otpkit::settings::{SqliteSettings, StoreSettings, Synchronous};
use otpkit::testing::TestClock;

fn memory(clock: &TestClock, _: &str) -> AnyStore {
    AnyStore::on_clock(&StoreSettings::default(), clock).unwrap()
}

fn sqlite(clock: &TestClock, name: &str) -> AnyStore {
    let settings = SqliteSettings::new(support::folder().join(format!("{name}.db")).to_str().unwrap());
    AnyStore::on_clock(&StoreSettings::Sqlite(settings), clock).unwrap()
}

fn sqlite_normal(clock: &TestClock, name: &str) -> AnyStore {
    let mut settings = SqliteSettings::new(support::folder().join(format!("{name}.db")).to_str().unwrap());
    settings.synchronous = Synchronous::Normal;
    AnyStore::on_clock(&StoreSettings::Sqlite(settings), clock).unwrap()
}

otpkit::store_conformance!(memory_store, memory);
otpkit::store_conformance!(sqlite_store, sqlite);
otpkit::store_conformance!(sqlite_store_normal, sqlite_normal);
