//! The rules, pure: no I/O, no async, no clock and no randomness but what is passed in.

pub(crate) mod budget;
pub(crate) mod bytes;
pub(crate) mod draw;
pub(crate) mod keys;
mod record;
pub(crate) mod route;
pub(crate) mod sealed;
pub(crate) mod slot;
pub(crate) mod verbs;
pub(crate) mod window;
