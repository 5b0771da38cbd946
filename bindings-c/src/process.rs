//! The library in its process: version and threads.

use crate::boundary;
use crate::run;
use crate::status::{OTPKIT_INTERNAL, OTPKIT_OK};
use std::ffi::{CStr, c_char};
use std::time::Duration;

/// The version of this header, to compare with otpkit_version.
pub const OTPKIT_VERSION_MAJOR: u32 = 0;
/// The version of this header, to compare with otpkit_version.
pub const OTPKIT_VERSION_MINOR: u32 = 1;
/// The version of this header, to compare with otpkit_version.
pub const OTPKIT_VERSION_PATCH: u32 = 0;

const VERSION: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
    Ok(version) => version,
    Err(_) => panic!("a version has no NUL"),
};

// The header is written from the constants above, so they must be this crate's version.
const _: () = {
    const fn number(text: &str) -> u32 {
        match u32::from_str_radix(text, 10) {
            Ok(number) => number,
            Err(_) => panic!("a part of a version is a number"),
        }
    }
    assert!(number(env!("CARGO_PKG_VERSION_MAJOR")) == OTPKIT_VERSION_MAJOR);
    assert!(number(env!("CARGO_PKG_VERSION_MINOR")) == OTPKIT_VERSION_MINOR);
    assert!(number(env!("CARGO_PKG_VERSION_PATCH")) == OTPKIT_VERSION_PATCH);
};

/// The version of the library, such as "0.1.0". Ownership: static, never freed. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_version() -> *const c_char {
    VERSION.as_ptr()
}

/// Ends otpkit's threads, waiting at most `limit_ms` for callbacks that are running. Calls under way end with
/// OTPKIT_ABORTED; completions that are due run before this returns, or soon after when the limit passed first. Handles
/// stay good, and a later call that needs threads makes new ones. No process needs this to exit; call it before a
/// checker of leaks looks. Not from within an event, a completion or a provider's callback.
/// Returns OTPKIT_OK.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_runtime_shutdown(limit_ms: u32) -> u32 {
    boundary::accessor("otpkit_runtime_shutdown", OTPKIT_INTERNAL, || {
        run::shut_down(Duration::from_millis(limit_ms.into()));
        Some(OTPKIT_OK)
    })
}
