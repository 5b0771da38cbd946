//! The pointers that C hands in. They are read and written here and nowhere else.
//!
//! The wrapped types below stand in the signatures of exported functions, so only C makes values of them, and the
//! header states what C owes: each is NULL or as its type says, for the time of the call. (cbindgen writes them as
//! plain pointers, see cbindgen.toml.)

use crate::error::{Failure, otpkit_error};
use crate::outbox::otpkit_outbox;
use crate::reply::otpkit_reply;
use std::ffi::{CStr, c_char, c_void};

/// The longest text with a length that is looked at. More than any call takes, and far from what could overflow.
const LENGTH_MAX: usize = 1 << 20;

/// NULL, or a NUL-terminated text that nobody changes during the call. Or, where a length stands beside it, NULL or
/// that many bytes.
#[repr(transparent)]
#[derive(Clone, Copy)]
pub struct Text(*const c_char);

impl Text {
    /// The text, which must be there.
    pub(crate) fn required(&self, field: &'static str) -> Result<&str, Failure> {
        self.optional(field)?.ok_or_else(|| Failure::null(field))
    }

    /// The text, if it is there.
    pub(crate) fn optional(&self, field: &'static str) -> Result<Option<&str>, Failure> {
        if self.0.is_null() {
            return Ok(None);
        }
        // SAFETY: not NULL, so by the header a NUL-terminated text that stays as it is during the call; `self` does
        // not outlive the call, so neither does the borrow.
        let bytes = unsafe { CStr::from_ptr(self.0) }.to_bytes();
        utf8(bytes, field).map(Some)
    }

    /// The text of a given length, which must be there.
    pub(crate) fn required_sized(&self, length: usize, field: &'static str) -> Result<&str, Failure> {
        self.optional_sized(length, field)?.ok_or_else(|| Failure::null(field))
    }

    /// The text of a given length, if it is there. NUL bytes in it are seen.
    pub(crate) fn optional_sized(&self, length: usize, field: &'static str) -> Result<Option<&str>, Failure> {
        match (self.0.is_null(), length) {
            (true, 0) => return Ok(None),
            (true, _) => return Err(Failure::null(field)),
            (false, 0) => return Ok(Some("")),
            (false, 1..=LENGTH_MAX) => {}
            (false, _) => {
                let sentence = format!("this length is more than {LENGTH_MAX}; nothing was read");
                return Err(otpkit::Error::invalid_input(field, sentence).into());
            }
        }
        // SAFETY: not NULL and within bounds, so by the header that many bytes that stay as they are during the call.
        let bytes = unsafe { std::slice::from_raw_parts(self.0.cast::<u8>(), length) };
        utf8(bytes, field).map(Some)
    }
}

/// NULL, or, with the length beside it, that many bytes that nobody changes during the call.
#[repr(transparent)]
#[derive(Clone, Copy)]
pub struct Bytes(*const c_void);

impl Bytes {
    /// The bytes, if they are there. A length beyond what any request has is refused before anything is read.
    pub(crate) fn optional(&self, length: usize, field: &'static str) -> Result<Option<&[u8]>, Failure> {
        match (self.0.is_null(), length) {
            (true, 0) => return Ok(None),
            (true, _) => return Err(Failure::null(field)),
            (false, 0) => return Ok(Some(&[])),
            (false, 1..=LENGTH_MAX) => {}
            (false, _) => {
                let sentence = format!("this length is more than {LENGTH_MAX}; nothing was read");
                return Err(otpkit::Error::invalid_input(field, sentence).into());
            }
        }
        // SAFETY: not NULL and within bounds, so by the header that many bytes that stay as they are during the call.
        Ok(Some(unsafe { std::slice::from_raw_parts(self.0.cast::<u8>(), length) }))
    }
}

fn utf8<'a>(bytes: &'a [u8], field: &'static str) -> Result<&'a str, Failure> {
    std::str::from_utf8(bytes).map_err(|_| Failure::utf8(field))
}

/// Where a call writes a handle to: NULL, or a place that C owns during the call.
macro_rules! out {
    ($($(#[$doc:meta])+ $name:ident -> $handle:ty;)+) => {$(
        $(#[$doc])+
        #[repr(transparent)]
        #[derive(Clone, Copy)]
        pub struct $name(*mut *mut $handle);

        impl $name {
            /// Writes the handle, if there is a place for it.
            pub(crate) fn write(self, handle: *mut $handle) {
                if !self.0.is_null() {
                    // SAFETY: not NULL, so by the header a place for one pointer that is C's during the call.
                    unsafe { self.0.write(handle) }
                }
            }

            /// Fails if there is no place.
            pub(crate) fn required(self, field: &'static str) -> Result<Self, Failure> {
                if self.0.is_null() { Err(Failure::null(field)) } else { Ok(self) }
            }
        }
    )+};
}

out! {
    /// Where an error goes to, if one is wanted.
    OutError -> otpkit_error;
    /// Where a reply goes to.
    OutReply -> otpkit_reply;
    /// Where a copy of an outbox goes to.
    OutOutbox -> otpkit_outbox;
}

/// A struct that C made with its `size` in front: as much of it as this library knows, the rest zero. `T` is all
/// integers, pointers and optional function pointers, for which zero is a value.
///
/// A longer struct is taken if what this library does not know is zero: then nothing that was asked for is lost.
pub(crate) fn sized_struct<T: Zero>(from: *const T, least: usize, field: &'static str) -> Result<T, Failure> {
    let wrong = |sentence: &str| Err(otpkit::Error::invalid_settings(format!("{field}.size"), sentence).into());
    if from.is_null() {
        return Err(Failure::null(field));
    }
    // SAFETY: not NULL, so by the header a struct whose first member is its size.
    let size = unsafe { from.cast::<usize>().read_unaligned() };
    if size < least || size > 4096 {
        return wrong("set `size` to the sizeof of the struct");
    }
    let known = size_of::<T>();
    // SAFETY: by the header the struct has `size` bytes.
    let bytes = unsafe { std::slice::from_raw_parts(from.cast::<u8>(), size) };
    if bytes[known.min(size)..].iter().any(|byte| *byte != 0) {
        return wrong("this struct is of a newer otpkit than the library, and uses what only that one knows");
    }
    let mut copy = T::ZERO;
    // SAFETY: both have at least the smaller of the two sizes; any bytes that C wrote there are a `T`.
    unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), (&raw mut copy).cast::<u8>(), known.min(size)) };
    Ok(copy)
}

/// A struct that may be all zero.
pub(crate) trait Zero: Copy {
    const ZERO: Self;
}

/// The host's pointer, passed back to it and never followed. The host says that any thread may have it.
pub(crate) struct UserData {
    pointer: *mut c_void,
    free: Option<unsafe extern "C" fn(*mut c_void)>,
}

// SAFETY: the pointer is only passed back; the header says that callbacks run on any thread, several at once.
unsafe impl Send for UserData {}
// SAFETY: as above.
unsafe impl Sync for UserData {}

impl UserData {
    /// Takes the pointer over: `free` gets it once, when this is dropped.
    pub(crate) fn new(pointer: *mut c_void, free: Option<unsafe extern "C" fn(*mut c_void)>) -> Self {
        Self { pointer, free }
    }

    /// Gives the pointer to a function of the host, with whatever else it takes.
    pub(crate) fn call<A>(&self, function: unsafe extern "C" fn(*mut c_void, A), argument: A) {
        // SAFETY: the host gave this function for this pointer, which it keeps valid until `free`.
        unsafe { function(self.pointer, argument) }
    }

    /// Gives the pointer to a completion of the host.
    pub(crate) fn complete(
        &self,
        function: unsafe extern "C" fn(*mut c_void, u32, *mut otpkit_reply, *mut otpkit_error),
        (status, reply, error): (u32, *mut otpkit_reply, *mut otpkit_error),
    ) {
        // SAFETY: the host gave this function for this pointer, which it keeps valid until the completion.
        unsafe { function(self.pointer, status, reply, error) }
    }
}

impl Drop for UserData {
    fn drop(&mut self) {
        if let Some(free) = self.free {
            // SAFETY: the host gave this function to end this pointer; this runs once, after the last use.
            unsafe { free(self.pointer) }
        }
    }
}
