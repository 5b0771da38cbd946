//! The one transport of every provider that speaks HTTP.

mod transport;

pub(super) use transport::{Failure, Transport, loopback_url};
