//! Texts that are lent to C: NUL-terminated, and good for as long as their owner lives.

use std::ffi::{CStr, CString, c_char};
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

/// A C string of this text. No text of otpkit holds a NUL; should one come from a host, the rest is cut off.
pub(crate) fn c_string(text: impl Into<Vec<u8>>) -> CString {
    let mut bytes = text.into();
    bytes.truncate(bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len()));
    CString::new(bytes).expect("cut before the first NUL")
}

/// The pointer to lend, or NULL.
pub(crate) fn lend(text: Option<&CStr>) -> *const c_char {
    text.map_or(ptr::null(), CStr::as_ptr)
}

/// A text that is made when it is first asked for. Without a lock, so that a process forked meanwhile does not wait
/// for one: of two threads that make it at once, one throws its own away.
#[derive(Default)]
pub(crate) struct LazyText(AtomicPtr<c_char>);

impl LazyText {
    /// The text, made by `make` if nobody asked before; `None` if there is none.
    pub(crate) fn get(&self, make: impl FnOnce() -> Option<String>) -> Option<&CStr> {
        let mut text = self.0.load(Ordering::Acquire);
        if text.is_null() {
            let made = c_string(make()?).into_raw();
            match self
                .0
                .compare_exchange(ptr::null_mut(), made, Ordering::AcqRel, Ordering::Acquire)
            {
                Ok(_) => text = made,
                Err(other) => {
                    // SAFETY: `made` came from `into_raw` just now, and nobody else has it.
                    drop(unsafe { CString::from_raw(made) });
                    text = other;
                }
            }
        }
        // SAFETY: a text that is kept is a C string, never changed, and freed only with `self`.
        Some(unsafe { CStr::from_ptr(text) })
    }
}

impl Drop for LazyText {
    fn drop(&mut self) {
        let text = *self.0.get_mut();
        if !text.is_null() {
            // SAFETY: it came from `into_raw`, and nobody can have it once `self` goes.
            drop(unsafe { CString::from_raw(text) });
        }
    }
}
