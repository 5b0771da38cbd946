//! The client's handle.

use crate::boundary;
use crate::error::Failure;
use crate::raw::OutError;
use crate::registry::{Guard, Handle, Kind, Slab};
use crate::status::{OTPKIT_INTERNAL, OTPKIT_OK, OTPKIT_STALE_HANDLE};
use otpkit::Client;

/// Sends codes and checks codes. Made by otpkit_builder_build, for any thread and for many at once; ended by
/// otpkit_client_free.
pub struct otpkit_client;

static CLIENTS: Slab<Client> = Slab::new(Kind::Client);

pub(crate) fn keep(client: Client) -> Result<*mut otpkit_client, Failure> {
    CLIENTS
        .insert(client)
        .map(Handle::into_pointer)
        .map_err(|_| Failure::full("otpkit_client"))
}

pub(crate) fn find(client: *const otpkit_client) -> Result<Guard<Client>, Failure> {
    let handle = Handle::from_pointer(client);
    CLIENTS
        .get(handle)
        .ok_or_else(|| Failure::handle("client", handle, "otpkit_client"))
}

/// Closes a client: later calls fail with OTPKIT_CLOSED, calls under way end as they would have. The handle stays
/// good until otpkit_client_free. Any thread.
/// Returns OTPKIT_OK, OTPKIT_NULL_ARGUMENT or OTPKIT_STALE_HANDLE.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_client_close(client: *mut otpkit_client, error: OutError) -> u32 {
    boundary::status("otpkit_client_close", error, || {
        find(client)?.close();
        Ok(OTPKIT_OK)
    })
}

/// Ends the handle of a client; later uses of it return OTPKIT_STALE_HANDLE. Calls under way, on this thread or on
/// others, end as they would have; after the last of them the providers' user data are freed. NULL is fine. Any
/// thread, also from within a callback.
/// Returns OTPKIT_OK, or OTPKIT_STALE_HANDLE if it was freed before or is no client.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_client_free(client: *mut otpkit_client) -> u32 {
    boundary::accessor("otpkit_client_free", OTPKIT_INTERNAL, || {
        let freed = client.is_null() || CLIENTS.take(Handle::from_pointer(client)).is_some();
        Some(if freed { OTPKIT_OK } else { OTPKIT_STALE_HANDLE })
    })
}

#[cfg(feature = "testing")]
pub(crate) fn open() -> usize {
    CLIENTS.count()
}
