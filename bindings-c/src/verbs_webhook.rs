//! Delivery reports: what a vendor's request to the host's web server says.

use crate::client::otpkit_client;
use crate::completion::{self, otpkit_completion};
use crate::raw::{Bytes, OutError, OutReply, Text};
use crate::verbs::{ask, call, read};
use std::ffi::c_void;

/// Checks and reads a delivery report that the vendor behind the provider of this name sent to your web server. It
/// tells operators what became of a message, and approves nothing. Repeats are fine.
///
/// `request` is a JSON object: "method" and "url" (the whole URL exactly as the vendor called it), and "headers" (an
/// object of texts or of lists of texts). `body` is the raw body, `body_length` bytes as they came, or NULL with length 0
/// if there is none, or if the JSON has it as a text "body". A length above 1 MiB is refused before anything is read. All
/// of it is copied. Threads: as otpkit_start.
///
/// Returns OTPKIT_OK and a reply with the field "reports": a JSON array, which may be empty, of objects with provider,
/// reference, status, changed and, where known, id, error_code, to_masked and at. Errors: OTPKIT_INVALID_SIGNATURE (answer
/// the vendor with 403), OTPKIT_INVALID_INPUT (also for a provider that has no reports), _STORE_UNAVAILABLE (answer with
/// 500, so that the vendor tries again), _CLOSED, and 4xx.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_webhook(
    client: *const otpkit_client,
    provider: Text,
    request: Text,
    body: Bytes,
    body_length: usize,
    reply: OutReply,
    error: OutError,
) -> u32 {
    call("otpkit_webhook", client, (reply, error), |client| {
        Ok(ask::webhook(
            client,
            read::webhook(provider, request, (body, body_length))?,
        ))
    })
}

/// As otpkit_webhook, without waiting (see otpkit_start_async).
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_webhook_async(
    client: *const otpkit_client,
    provider: Text,
    request: Text,
    body: Bytes,
    body_length: usize,
    completion: otpkit_completion,
    context: *mut c_void,
) -> u64 {
    completion::call("otpkit_webhook_async", client, (completion, context), |client| {
        Ok(ask::webhook(
            client,
            read::webhook(provider, request, (body, body_length))?,
        ))
    })
}
