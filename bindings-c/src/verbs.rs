//! The verbs as calls that return when they are done. The parsing of requests is shared with the asynchronous ones.

use crate::boundary;
use crate::client::{self, otpkit_client};
use crate::error::Failure;
use crate::raw::{Bytes, OutError, OutReply, Text};
use crate::registry::Guard;
use crate::reply::{self, Body};
use crate::run;
use otpkit::{Cancel, Check, Client, Resend, Result, Status, Unlock, WebhookRequest};
use otpkit_bindings_common::webhook;
use otpkit_bindings_common::wire::Call;
use std::future::Future;

/// Makes the future of a verb from its request; each becomes a future type of its own, of no more than its size.
pub(crate) mod ask {
    use super::*;

    type Ask = Guard<Client>;

    pub(crate) async fn start(client: Ask, call: Call) -> Result<Body> {
        client.start(call.into_start()).await.map(Body::Started)
    }

    pub(crate) async fn check(client: Ask, check: Check) -> Result<Body> {
        client.check(check).await.map(Body::Checked)
    }

    pub(crate) async fn resend(client: Ask, resend: Resend) -> Result<Body> {
        client.resend(resend).await.map(Body::Started)
    }

    pub(crate) async fn cancel(client: Ask, cancel: Cancel) -> Result<Body> {
        client.cancel(cancel).await.map(Body::Canceled)
    }

    pub(crate) async fn status(client: Ask, status: Status) -> Result<Body> {
        client.status(status).await.map(Body::Status)
    }

    pub(crate) async fn deliver(client: Ask, call: Call) -> Result<Body> {
        client.deliver(call.into_deliver()).await.map(Body::Delivered)
    }

    pub(crate) async fn unlock(client: Ask, unlock: Unlock) -> Result<Body> {
        client.unlock(unlock).await.map(Body::Unlocked)
    }

    pub(crate) async fn webhook(client: Ask, (provider, request): (String, WebhookRequest)) -> Result<Body> {
        client.webhook(&provider, request).await.map(Body::Reported)
    }
}

/// Reads requests from arguments.
pub(crate) mod read {
    use super::*;

    pub(crate) fn json(verb: &str, request: Text) -> std::result::Result<Call, Failure> {
        Ok(Call::from_json(verb, request.required("request")?)?)
    }

    pub(crate) fn check(id: Text, code: Text, purpose: Text) -> std::result::Result<Check, Failure> {
        let mut check = Check::new(id.required("id")?, code.required("code")?);
        check.purpose = purpose.optional("purpose")?.map(str::to_owned);
        Ok(check)
    }

    pub(crate) fn check_n(
        (id, id_length): (Text, usize),
        (code, code_length): (Text, usize),
        (purpose, purpose_length): (Text, usize),
    ) -> std::result::Result<Check, Failure> {
        let mut check = Check::new(
            id.required_sized(id_length, "id")?,
            code.required_sized(code_length, "code")?,
        );
        check.purpose = purpose.optional_sized(purpose_length, "purpose")?.map(str::to_owned);
        Ok(check)
    }

    pub(crate) fn resend(id: Text, purpose: Text) -> std::result::Result<Resend, Failure> {
        let mut resend = Resend::new(id.required("id")?);
        resend.purpose = purpose.optional("purpose")?.map(str::to_owned);
        Ok(resend)
    }

    pub(crate) fn cancel(id: Text, purpose: Text) -> std::result::Result<Cancel, Failure> {
        let mut cancel = Cancel::new(id.required("id")?);
        cancel.purpose = purpose.optional("purpose")?.map(str::to_owned);
        Ok(cancel)
    }

    pub(crate) fn status(id: Text, purpose: Text) -> std::result::Result<Status, Failure> {
        let mut status = Status::new(id.required("id")?);
        status.purpose = purpose.optional("purpose")?.map(str::to_owned);
        Ok(status)
    }

    pub(crate) fn unlock(to: Text, purpose: Text) -> std::result::Result<Unlock, Failure> {
        let mut unlock = Unlock::to(to.required("to")?);
        unlock.purpose = purpose.optional("purpose")?.map(str::to_owned);
        Ok(unlock)
    }

    pub(crate) fn webhook(
        provider: Text,
        request: Text,
        (body, body_length): (Bytes, usize),
    ) -> std::result::Result<(String, WebhookRequest), Failure> {
        let body = body.optional(body_length, "body")?;
        let request = webhook::from_json(request.required("request")?, body)?;
        Ok((provider.required("provider")?.to_owned(), request))
    }
}

/// Runs a verb on the calling thread and writes what came of it.
pub(crate) fn call<F>(
    name: &'static str,
    client: *const otpkit_client,
    (reply, error): (OutReply, OutError),
    ask: impl FnOnce(Guard<Client>) -> std::result::Result<F, Failure>,
) -> u32
where
    F: Future<Output = Result<Body>> + Send + 'static,
{
    boundary::status(name, error, || {
        let client = client::find(client)?;
        let reply = reply.required("reply")?;
        reply::make_room()?;
        let body = run::blocking(ask(client)?)?;
        let status = body.status();
        reply.write(reply::keep(body)?);
        Ok(status)
    })
}

/// Sends a code. `request` is a JSON object: "to" (phone number or e-mail address), and if wanted "purpose", "channel",
/// "ip", "context", "locale", "values" (an object of texts). It is copied.
///
/// Threads: any, many at once, also from within a callback. Blocks until the message is out, at most for the client's
/// deadline. Callbacks of a provider that said it never blocks run on the calling thread (see otpkit_provider).
///
/// Returns OTPKIT_OK and a reply with id, to_masked, channel, provider, delivery, expires_at and resend_at. Errors:
/// OTPKIT_INVALID_INPUT, _NO_ROUTE, _REJECTED, _RATE_LIMITED, _LOCKED, _PROVIDER_LIMITED, _PROVIDER_UNAVAILABLE,
/// _CANNOT_TELL, _STORE_UNAVAILABLE, _STORE_FULL, _CLOSED, and those of the C interface (4xx).
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_start(client: *const otpkit_client, request: Text, reply: OutReply, error: OutError) -> u32 {
    call("otpkit_start", client, (reply, error), |client| {
        Ok(ask::start(client, read::json("start", request)?))
    })
}

/// Checks a code. `purpose` is the one that start named, NULL for "default". The texts are copied.
/// Threads: as otpkit_start.
///
/// Returns OTPKIT_OK if the code is right and this call used it: otpkit_reply_to tells who was proved. Returns
/// OTPKIT_NOT_APPROVED, with a reply, if it is not: otpkit_reply_status is "pending" while attempts are left, else
/// "ended". Errors: OTPKIT_INVALID_INPUT (nothing is spent), _CANNOT_TELL, _STORE_UNAVAILABLE, _CLOSED, and 4xx.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_check(
    client: *const otpkit_client,
    id: Text,
    code: Text,
    purpose: Text,
    reply: OutReply,
    error: OutError,
) -> u32 {
    call("otpkit_check", client, (reply, error), |client| {
        Ok(ask::check(client, read::check(id, code, purpose)?))
    })
}

/// As otpkit_check, for texts with a length: they need no NUL at the end, and a NUL inside them is seen (and refused).
/// `purpose` NULL with length 0 is "default". A length above 1 MiB is refused before anything is read.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_check_n(
    client: *const otpkit_client,
    id: Text,
    id_length: usize,
    code: Text,
    code_length: usize,
    purpose: Text,
    purpose_length: usize,
    reply: OutReply,
    error: OutError,
) -> u32 {
    call("otpkit_check_n", client, (reply, error), |client| {
        let check = read::check_n((id, id_length), (code, code_length), (purpose, purpose_length))?;
        Ok(ask::check(client, check))
    })
}

/// As otpkit_check, with every field that a check has: a JSON object of "id", "code", and if wanted "purpose", "to"
/// (the verification must be for this recipient) and "context" (the one that start named).
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_check_json(
    client: *const otpkit_client,
    request: Text,
    reply: OutReply,
    error: OutError,
) -> u32 {
    call("otpkit_check_json", client, (reply, error), |client| {
        Ok(ask::check(client, read::json("check", request)?.into_check()))
    })
}

/// Sends the code of a pending verification again; its id and the attempts that are left stay. `purpose` is the one
/// that start named, NULL for "default". Threads: as otpkit_start.
///
/// Returns OTPKIT_OK and a reply as otpkit_start does. Errors: as otpkit_start, and OTPKIT_VERIFICATION_ENDED.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_resend(
    client: *const otpkit_client,
    id: Text,
    purpose: Text,
    reply: OutReply,
    error: OutError,
) -> u32 {
    call("otpkit_resend", client, (reply, error), |client| {
        Ok(ask::resend(client, read::resend(id, purpose)?))
    })
}

/// As otpkit_resend, from a JSON object of "id", and if wanted "purpose" and "to".
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_resend_json(
    client: *const otpkit_client,
    request: Text,
    reply: OutReply,
    error: OutError,
) -> u32 {
    call("otpkit_resend_json", client, (reply, error), |client| {
        Ok(ask::resend(client, read::json("resend", request)?.into_resend()))
    })
}

/// Ends a pending verification: its code is good no more. `purpose` is the one that start named, NULL for "default".
/// Threads: as otpkit_start.
///
/// Returns OTPKIT_OK; the field "canceled" of the reply says whether this call ended it. Errors:
/// OTPKIT_INVALID_INPUT, _CANNOT_TELL, _STORE_UNAVAILABLE, _CLOSED, and 4xx.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_cancel(
    client: *const otpkit_client,
    id: Text,
    purpose: Text,
    reply: OutReply,
    error: OutError,
) -> u32 {
    call("otpkit_cancel", client, (reply, error), |client| {
        Ok(ask::cancel(client, read::cancel(id, purpose)?))
    })
}

/// As otpkit_cancel, from a JSON object of "id", and if wanted "purpose" and "to".
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_cancel_json(
    client: *const otpkit_client,
    request: Text,
    reply: OutReply,
    error: OutError,
) -> u32 {
    call("otpkit_cancel_json", client, (reply, error), |client| {
        Ok(ask::cancel(client, read::json("cancel", request)?.into_cancel()))
    })
}

/// Tells how a verification stands. For operators: it is never proof of anything. `purpose` is the one that start
/// named, NULL for "default". Threads: as otpkit_start.
///
/// Returns OTPKIT_OK and a reply with status, and where known reason, channel, to_masked, provider, attempts_left,
/// created_at, expires_at and resend_at. Errors: OTPKIT_INVALID_INPUT, _CANNOT_TELL, _STORE_UNAVAILABLE, _CLOSED, 4xx.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_status(
    client: *const otpkit_client,
    id: Text,
    purpose: Text,
    reply: OutReply,
    error: OutError,
) -> u32 {
    call("otpkit_status", client, (reply, error), |client| {
        Ok(ask::status(client, read::status(id, purpose)?))
    })
}

/// As otpkit_status, from a JSON object of "id", and if wanted "purpose" and "to".
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_status_json(
    client: *const otpkit_client,
    request: Text,
    reply: OutReply,
    error: OutError,
) -> u32 {
    call("otpkit_status_json", client, (reply, error), |client| {
        Ok(ask::status(client, read::json("status", request)?.into_status()))
    })
}

/// Sends a code that you made, through senders and routes only; nothing can be checked afterwards. `request` is a JSON
/// object: "to" and "code" (4 to 10 characters), and if wanted "purpose", "channel", "ip", "locale", "values".
/// Threads: as otpkit_start.
///
/// Returns OTPKIT_OK and a reply with channel, to_masked, provider, delivery and, where there is one, reference.
/// Errors: as otpkit_start.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_deliver(client: *const otpkit_client, request: Text, reply: OutReply, error: OutError) -> u32 {
    call("otpkit_deliver", client, (reply, error), |client| {
        Ok(ask::deliver(client, read::json("deliver", request)?))
    })
}

/// Forgets the failures and the lock of a subject: a recipient and a purpose (NULL for "default"). For operators.
/// Threads: as otpkit_start.
///
/// Returns OTPKIT_OK; the field "unlocked" of the reply says whether there was anything to forget. Errors:
/// OTPKIT_INVALID_INPUT, _STORE_UNAVAILABLE, _CLOSED, and 4xx.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_unlock(
    client: *const otpkit_client,
    to: Text,
    purpose: Text,
    reply: OutReply,
    error: OutError,
) -> u32 {
    call("otpkit_unlock", client, (reply, error), |client| {
        Ok(ask::unlock(client, read::unlock(to, purpose)?))
    })
}

/// As otpkit_unlock, from a JSON object of "to", and if wanted "purpose".
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_unlock_json(
    client: *const otpkit_client,
    request: Text,
    reply: OutReply,
    error: OutError,
) -> u32 {
    call("otpkit_unlock_json", client, (reply, error), |client| {
        Ok(ask::unlock(client, read::json("unlock", request)?.into_unlock()))
    })
}
