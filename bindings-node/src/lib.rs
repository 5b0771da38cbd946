//! The native half of the npm package `otpkit`. It is not an API: the TypeScript in `ts/` is, and only that calls it.
//!
//! Everything crosses the boundary as a few flat strings (see `convert`), because each property of a JavaScript
//! object costs as much as a whole string. Rules and defaults live in the core; host types are checked in TypeScript.

mod callback;
mod calls;
mod client;
mod convert;
mod events;
mod hub;
mod inline;
#[cfg(feature = "testing")]
mod testing;

use napi::bindgen_prelude::*;
use napi_derive::napi;

/// Two threads are enough: they wait for sockets and timers, and hand everything else to JavaScript.
#[napi_derive::module_init]
fn init() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("otpkit")
        .enable_all()
        .build();
    // Without threads napi's own default is tried, which says what is missing.
    if let Ok(runtime) = runtime {
        napi::bindgen_prelude::create_custom_tokio_runtime(runtime);
    }
}

/// The version of the library.
#[napi(catch_unwind)]
pub(crate) fn version() -> String {
    otpkit::VERSION.to_owned()
}

/// The JSON Schema of the settings, as text.
#[napi(catch_unwind)]
pub(crate) fn settings_schema() -> String {
    otpkit::settings_schema().to_string()
}

/// The table of errors: `[code, number, group, help]` a kind, as JSON.
#[napi(catch_unwind)]
pub(crate) fn error_table() -> String {
    let row = |kind: &otpkit::ErrorKind| (kind.code(), kind.number(), kind.group().as_str(), kind.help());
    let rows: Vec<_> = otpkit::ErrorKind::ALL.iter().map(row).collect();
    serde_json::to_string(&rows).expect("strings and numbers are JSON")
}

/// Opens the traffic of one JavaScript environment: see `hub::open`.
#[napi(catch_unwind)]
pub(crate) fn open<'env>(
    env: &'env Env,
    deliver: Function<'env, FnArgs<(hub::Flat,)>, Unknown<'static>>,
    provide: hub::Provide,
) -> Result<Object<'env>> {
    hub::open(env, deliver, provide)
}
