//! The verbs as calls that return at once and answer through a completion.

use crate::client::otpkit_client;
use crate::completion::{call, otpkit_completion};
use crate::raw::Text;
use crate::verbs::{ask, read};
use std::ffi::c_void;

/// As otpkit_start, without waiting. All asynchronous functions copy their texts, never fail by themselves (every error
/// goes to the completion) and return a number for otpkit_call_cancel: 0 if there is nothing to cancel, because the call
/// has completed, or because `completion` is NULL and nothing was done. What a completion gets and where it runs: see
/// otpkit_completion. Threads: any, many at once, also from within a callback.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_start_async(
    client: *const otpkit_client,
    request: Text,
    completion: otpkit_completion,
    context: *mut c_void,
) -> u64 {
    call("otpkit_start_async", client, (completion, context), |client| {
        Ok(ask::start(client, read::json("start", request)?))
    })
}

/// As otpkit_check, without waiting (see otpkit_start_async).
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_check_async(
    client: *const otpkit_client,
    id: Text,
    code: Text,
    purpose: Text,
    completion: otpkit_completion,
    context: *mut c_void,
) -> u64 {
    call("otpkit_check_async", client, (completion, context), |client| {
        Ok(ask::check(client, read::check(id, code, purpose)?))
    })
}

/// As otpkit_check_n, without waiting (see otpkit_start_async).
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_check_n_async(
    client: *const otpkit_client,
    id: Text,
    id_length: usize,
    code: Text,
    code_length: usize,
    purpose: Text,
    purpose_length: usize,
    completion: otpkit_completion,
    context: *mut c_void,
) -> u64 {
    call("otpkit_check_n_async", client, (completion, context), |client| {
        Ok(ask::check(
            client,
            read::check_n((id, id_length), (code, code_length), (purpose, purpose_length))?,
        ))
    })
}

/// As otpkit_check_json, without waiting (see otpkit_start_async).
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_check_json_async(
    client: *const otpkit_client,
    request: Text,
    completion: otpkit_completion,
    context: *mut c_void,
) -> u64 {
    call("otpkit_check_json_async", client, (completion, context), |client| {
        Ok(ask::check(client, read::json("check", request)?.into_check()))
    })
}

/// As otpkit_resend, without waiting (see otpkit_start_async).
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_resend_async(
    client: *const otpkit_client,
    id: Text,
    purpose: Text,
    completion: otpkit_completion,
    context: *mut c_void,
) -> u64 {
    call("otpkit_resend_async", client, (completion, context), |client| {
        Ok(ask::resend(client, read::resend(id, purpose)?))
    })
}

/// As otpkit_resend_json, without waiting (see otpkit_start_async).
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_resend_json_async(
    client: *const otpkit_client,
    request: Text,
    completion: otpkit_completion,
    context: *mut c_void,
) -> u64 {
    call("otpkit_resend_json_async", client, (completion, context), |client| {
        Ok(ask::resend(client, read::json("resend", request)?.into_resend()))
    })
}

/// As otpkit_cancel, without waiting (see otpkit_start_async).
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_cancel_async(
    client: *const otpkit_client,
    id: Text,
    purpose: Text,
    completion: otpkit_completion,
    context: *mut c_void,
) -> u64 {
    call("otpkit_cancel_async", client, (completion, context), |client| {
        Ok(ask::cancel(client, read::cancel(id, purpose)?))
    })
}

/// As otpkit_cancel_json, without waiting (see otpkit_start_async).
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_cancel_json_async(
    client: *const otpkit_client,
    request: Text,
    completion: otpkit_completion,
    context: *mut c_void,
) -> u64 {
    call("otpkit_cancel_json_async", client, (completion, context), |client| {
        Ok(ask::cancel(client, read::json("cancel", request)?.into_cancel()))
    })
}

/// As otpkit_status, without waiting (see otpkit_start_async).
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_status_async(
    client: *const otpkit_client,
    id: Text,
    purpose: Text,
    completion: otpkit_completion,
    context: *mut c_void,
) -> u64 {
    call("otpkit_status_async", client, (completion, context), |client| {
        Ok(ask::status(client, read::status(id, purpose)?))
    })
}

/// As otpkit_status_json, without waiting (see otpkit_start_async).
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_status_json_async(
    client: *const otpkit_client,
    request: Text,
    completion: otpkit_completion,
    context: *mut c_void,
) -> u64 {
    call("otpkit_status_json_async", client, (completion, context), |client| {
        Ok(ask::status(client, read::json("status", request)?.into_status()))
    })
}

/// As otpkit_deliver, without waiting (see otpkit_start_async).
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_deliver_async(
    client: *const otpkit_client,
    request: Text,
    completion: otpkit_completion,
    context: *mut c_void,
) -> u64 {
    call("otpkit_deliver_async", client, (completion, context), |client| {
        Ok(ask::deliver(client, read::json("deliver", request)?))
    })
}

/// As otpkit_unlock, without waiting (see otpkit_start_async).
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_unlock_async(
    client: *const otpkit_client,
    to: Text,
    purpose: Text,
    completion: otpkit_completion,
    context: *mut c_void,
) -> u64 {
    call("otpkit_unlock_async", client, (completion, context), |client| {
        Ok(ask::unlock(client, read::unlock(to, purpose)?))
    })
}

/// As otpkit_unlock_json, without waiting (see otpkit_start_async).
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_unlock_json_async(
    client: *const otpkit_client,
    request: Text,
    completion: otpkit_completion,
    context: *mut c_void,
) -> u64 {
    call("otpkit_unlock_json_async", client, (completion, context), |client| {
        Ok(ask::unlock(client, read::json("unlock", request)?.into_unlock()))
    })
}
