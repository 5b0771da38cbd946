//! The numbers that calls return. The table of the core is the truth; this file fails to compile when it differs.

use otpkit::ErrorKind;
use std::ffi::{CStr, c_char};

// What a call comes to. 0 and 1 are results; 1xx mean that the input is wrong, 2xx that it is too early, 3xx an
// outage, and 4xx that the C interface was used wrongly. Numbers never change their meaning.

/// Done. For a check: the code is right, and this call used it.
pub const OTPKIT_OK: u32 = 0;
/// For a check only: the code was not approved. This is a result with a reply, not an error.
pub const OTPKIT_NOT_APPROVED: u32 = 1;

/// A field of the call has the wrong shape; otpkit_error_field names it. No attempt was spent, nothing was stored.
pub const OTPKIT_INVALID_INPUT: u32 = 100;
/// The settings cannot work or are unsafe. Returned when the client is built, never later.
pub const OTPKIT_INVALID_SETTINGS: u32 = 101;
/// No route serves this recipient on this channel, or the policy does not allow its country.
pub const OTPKIT_NO_ROUTE: u32 = 102;
/// The verification to resend is unknown or has ended. Start a new one.
pub const OTPKIT_VERIFICATION_ENDED: u32 = 103;
/// The provider refused this message for good. Nothing was sent.
pub const OTPKIT_REJECTED: u32 = 104;
/// The call was aborted: by otpkit_call_cancel or otpkit_runtime_shutdown. What had been sent stays sent.
pub const OTPKIT_ABORTED: u32 = 105;
/// The client was closed.
pub const OTPKIT_CLOSED: u32 = 106;
/// A delivery report that its vendor has not signed, or not like this: answer it with 403.
pub const OTPKIT_INVALID_SIGNATURE: u32 = 107;
/// A cooldown or a send window is used up. otpkit_error_retry_after_ms tells when the next call may pass.
pub const OTPKIT_RATE_LIMITED: u32 = 200;
/// Too many consecutive wrong codes for this subject. Wait, or an operator calls otpkit_unlock.
pub const OTPKIT_LOCKED: u32 = 201;
/// The provider itself limits the sends.
pub const OTPKIT_PROVIDER_LIMITED: u32 = 202;
/// No provider of the route took the message. Nothing was sent.
pub const OTPKIT_PROVIDER_UNAVAILABLE: u32 = 300;
/// It is not known whether the code is right, or whether a provider began. Never read this as a yes.
pub const OTPKIT_CANNOT_TELL: u32 = 301;
/// The store did not answer, or this process may not use it.
pub const OTPKIT_STORE_UNAVAILABLE: u32 = 302;
/// The store holds as many verifications as it may. Nothing was sent.
pub const OTPKIT_STORE_FULL: u32 = 303;
/// A defect in otpkit. Please report it.
pub const OTPKIT_INTERNAL: u32 = 304;

/// An argument that must be given is NULL; otpkit_error_field names it. Nothing was done.
pub const OTPKIT_NULL_ARGUMENT: u32 = 400;
/// A text is not UTF-8; otpkit_error_field names it. Nothing was done.
pub const OTPKIT_INVALID_UTF8: u32 = 401;
/// A handle was freed before, is of another kind, or never was one. Nothing was done.
pub const OTPKIT_STALE_HANDLE: u32 = 402;
/// Too late: a request that was answered before or given up, or an asynchronous call that has completed.
pub const OTPKIT_GONE: u32 = 403;
/// Another thread is using this builder, or 16 million handles of one kind are open. Nothing was done.
pub const OTPKIT_BUSY: u32 = 404;

const KINDS: &[(ErrorKind, u32, &CStr)] = &[
    (ErrorKind::InvalidInput, OTPKIT_INVALID_INPUT, c"invalid_input"),
    (ErrorKind::InvalidSettings, OTPKIT_INVALID_SETTINGS, c"invalid_settings"),
    (ErrorKind::NoRoute, OTPKIT_NO_ROUTE, c"no_route"),
    (
        ErrorKind::VerificationEnded,
        OTPKIT_VERIFICATION_ENDED,
        c"verification_ended",
    ),
    (ErrorKind::Rejected, OTPKIT_REJECTED, c"rejected"),
    (ErrorKind::Aborted, OTPKIT_ABORTED, c"aborted"),
    (ErrorKind::Closed, OTPKIT_CLOSED, c"closed"),
    (
        ErrorKind::InvalidSignature,
        OTPKIT_INVALID_SIGNATURE,
        c"invalid_signature",
    ),
    (ErrorKind::RateLimited, OTPKIT_RATE_LIMITED, c"rate_limited"),
    (ErrorKind::Locked, OTPKIT_LOCKED, c"locked"),
    (ErrorKind::ProviderLimited, OTPKIT_PROVIDER_LIMITED, c"provider_limited"),
    (
        ErrorKind::ProviderUnavailable,
        OTPKIT_PROVIDER_UNAVAILABLE,
        c"provider_unavailable",
    ),
    (ErrorKind::CannotTell, OTPKIT_CANNOT_TELL, c"cannot_tell"),
    (
        ErrorKind::StoreUnavailable,
        OTPKIT_STORE_UNAVAILABLE,
        c"store_unavailable",
    ),
    (ErrorKind::StoreFull, OTPKIT_STORE_FULL, c"store_full"),
    (ErrorKind::Internal, OTPKIT_INTERNAL, c"internal"),
];

const C_ONLY: &[(u32, &CStr)] = &[
    (OTPKIT_OK, c"ok"),
    (OTPKIT_NOT_APPROVED, c"not_approved"),
    (OTPKIT_NULL_ARGUMENT, c"null_argument"),
    (OTPKIT_INVALID_UTF8, c"invalid_utf8"),
    (OTPKIT_STALE_HANDLE, c"stale_handle"),
    (OTPKIT_GONE, c"gone"),
    (OTPKIT_BUSY, c"busy"),
];

const fn same(left: &[u8], right: &[u8]) -> bool {
    let mut at = 0;
    while at < left.len() && at < right.len() && left[at] == right[at] {
        at += 1;
    }
    at == left.len() && at == right.len()
}

// A kind that the core gains, loses or renumbers stops the build here.
const _: () = {
    assert!(
        KINDS.len() == ErrorKind::ALL.len(),
        "a kind of the core's table is missing here"
    );
    let mut at = 0;
    while at < KINDS.len() {
        let (kind, number, code) = KINDS[at];
        assert!(
            number == ErrorKind::ALL[at].number() && number == kind.number(),
            "a number differs from the core's"
        );
        assert!(
            same(code.to_bytes(), ErrorKind::ALL[at].code().as_bytes()),
            "a code differs from the core's"
        );
        at += 1;
    }
};

/// The stable string of a status, or `None` for a number that is none.
pub(crate) fn code_of(status: u32) -> Option<&'static CStr> {
    let kinds = KINDS.iter().map(|(_, number, code)| (*number, *code));
    kinds
        .chain(C_ONLY.iter().copied())
        .find(|(number, _)| *number == status)
        .map(|(_, code)| code)
}

/// The stable string of a status, such as "rate_limited"; "unknown_status" for a number that is none.
/// Ownership: static, never freed. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_status_string(status: u32) -> *const c_char {
    code_of(status).unwrap_or(c"unknown_status").as_ptr()
}
