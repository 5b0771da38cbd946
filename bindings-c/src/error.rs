//! What went wrong, as C holds it.

use crate::boundary;
use crate::lent::{c_string, lend};
use crate::raw::OutError;
use crate::registry::{CAPACITY, Guard, Handle, Kind, Slab};
use crate::status::{
    OTPKIT_BUSY, OTPKIT_INTERNAL, OTPKIT_INVALID_UTF8, OTPKIT_NULL_ARGUMENT, OTPKIT_OK, OTPKIT_STALE_HANDLE, code_of,
};
use std::ffi::{CString, c_char};

/// What went wrong: a status, a sentence, and what is needed to act on it. Every function that takes an
/// `otpkit_error **` writes one there when it fails, and leaves the place as it is otherwise; NULL means that you do
/// not want it. The error is yours: end it with otpkit_error_free. No error holds a code, a key or a recipient.
pub struct otpkit_error;

static ERRORS: Slab<Failure> = Slab::new(Kind::Error);

/// Why a call failed.
pub(crate) struct Failure {
    pub(crate) status: u32,
    message: CString,
    field: Option<CString>,
    retry_after_ms: Option<u64>,
}

impl From<otpkit::Error> for Failure {
    fn from(error: otpkit::Error) -> Self {
        Self {
            status: error.kind().number(),
            message: c_string(error.message()),
            field: error.field().map(c_string),
            retry_after_ms: error.retry_after().map(otpkit_bindings_common::millis_up),
        }
    }
}

impl Failure {
    fn new(status: u32, field: Option<&str>, message: impl Into<String>) -> Self {
        Self {
            status,
            message: c_string(message.into()),
            field: field.map(c_string),
            retry_after_ms: None,
        }
    }

    pub(crate) fn null(field: &str) -> Self {
        Self::new(OTPKIT_NULL_ARGUMENT, Some(field), "this argument must not be NULL")
    }

    pub(crate) fn utf8(field: &str) -> Self {
        Self::new(OTPKIT_INVALID_UTF8, Some(field), "this text is not UTF-8")
    }

    /// For a handle that is not good: NULL, of another kind, ended, or never one.
    pub(crate) fn handle(field: &str, handle: Handle, wanted: &str) -> Self {
        match handle.type_name() {
            _ if handle == Handle::from_pointer::<u8>(std::ptr::null()) => Self::null(field),
            Some(found) if found != wanted => Self::new(
                OTPKIT_STALE_HANDLE,
                Some(field),
                format!("this is an {found}, and {wanted} is needed"),
            ),
            Some(_) => Self::new(
                OTPKIT_STALE_HANDLE,
                Some(field),
                format!("this {wanted} was freed before"),
            ),
            None => Self::new(
                OTPKIT_STALE_HANDLE,
                Some(field),
                format!("this is no {wanted}, nor any handle of otpkit"),
            ),
        }
    }

    pub(crate) fn full(what: &str) -> Self {
        Self::new(
            OTPKIT_BUSY,
            None,
            format!("{CAPACITY} handles of {what} are open: free those that are done with"),
        )
    }

    pub(crate) fn builder_in_use() -> Self {
        Self::new(
            OTPKIT_BUSY,
            Some("builder"),
            "another thread is using this builder: a builder is for one at a time",
        )
    }

    pub(crate) fn aborted() -> Self {
        let sentence = "the call was aborted; what had been sent stays sent";
        otpkit::Error::new(otpkit::ErrorKind::Aborted, sentence).into()
    }

    /// Writes itself as a handle where C wants one, and returns its status.
    pub(crate) fn report(self, error: OutError) -> u32 {
        let status = self.status;
        if error.required("error").is_ok() {
            error.write(self.into_handle());
        }
        status
    }

    /// As a handle; NULL when too many errors are open.
    pub(crate) fn into_handle(self) -> *mut otpkit_error {
        ERRORS.insert(self).map_or(std::ptr::null_mut(), Handle::into_pointer)
    }
}

fn find(error: *const otpkit_error) -> Option<Guard<Failure>> {
    ERRORS.get(Handle::from_pointer(error))
}

/// The status, as the function returned it; 0 for NULL or a freed error. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_error_status(error: *const otpkit_error) -> u32 {
    boundary::accessor("otpkit_error_status", OTPKIT_OK, || Some(find(error)?.status))
}

/// The stable string of the status, such as "invalid_input"; NULL for NULL or a freed error.
/// Ownership: static, never freed. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_error_code(error: *const otpkit_error) -> *const c_char {
    boundary::accessor("otpkit_error_code", std::ptr::null(), || {
        let status = find(error)?.status;
        Some(lend(code_of(status).or(code_of(OTPKIT_INTERNAL))))
    })
}

/// The sentence for the person who meets it: what was wrong and what to do. NULL for NULL or a freed error.
/// Ownership: lent, until otpkit_error_free. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_error_message(error: *const otpkit_error) -> *const c_char {
    boundary::accessor("otpkit_error_message", std::ptr::null(), || {
        Some(lend(Some(&find(error)?.message)))
    })
}

/// The field of the call, the argument, or the path of the setting that was wrong; NULL if none is to blame.
/// Ownership: lent, until otpkit_error_free. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_error_field(error: *const otpkit_error) -> *const c_char {
    boundary::accessor("otpkit_error_field", std::ptr::null(), || {
        Some(lend(find(error)?.field.as_deref()))
    })
}

/// How long to wait before the call may pass, in milliseconds; -1 if the error does not say. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_error_retry_after_ms(error: *const otpkit_error) -> i64 {
    boundary::accessor("otpkit_error_retry_after_ms", -1, || {
        i64::try_from(find(error)?.retry_after_ms?).ok()
    })
}

/// Ends an error and the texts that it lent. NULL is fine. Any thread.
/// Returns OTPKIT_OK, or OTPKIT_STALE_HANDLE if it was freed before or is no error.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_error_free(error: *mut otpkit_error) -> u32 {
    boundary::accessor("otpkit_error_free", OTPKIT_INTERNAL, || {
        let freed = error.is_null() || ERRORS.take(Handle::from_pointer(error)).is_some();
        Some(if freed { OTPKIT_OK } else { OTPKIT_STALE_HANDLE })
    })
}

#[cfg(feature = "testing")]
pub(crate) fn open() -> usize {
    ERRORS.count()
}
