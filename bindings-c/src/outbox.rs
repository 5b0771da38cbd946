//! What an `outbox` provider kept, for tests and development.

use crate::boundary;
use crate::client::{self, otpkit_client};
use crate::error::Failure;
use crate::lent::{c_string, lend};
use crate::raw::{OutError, OutOutbox, Text};
use crate::registry::{Guard, Handle, Kind, Slab};
use crate::status::{OTPKIT_INTERNAL, OTPKIT_OK, OTPKIT_STALE_HANDLE};
use std::ffi::{CString, c_char};
use std::ptr;

/// A copy of the messages that a provider of type "outbox" kept, the oldest first. It holds codes in clear: outboxes
/// are for tests and development. It is yours: end it with otpkit_outbox_free. Any thread, many at once; texts are lent
/// until otpkit_outbox_free.
pub struct otpkit_outbox;

static OUTBOXES: Slab<Copied> = Slab::new(Kind::Outbox);

pub(crate) struct Copied {
    messages: Vec<[Option<CString>; FIELDS.len()]>,
    json: CString,
}

const FIELDS: [&str; 7] = ["to", "channel", "purpose", "code", "text", "locale", "at"];

fn outbox_of(client: *const otpkit_client, name: Text) -> Result<otpkit::Outbox, Failure> {
    let client = client::find(client)?;
    let unknown = || otpkit::Error::invalid_input("name", "no provider of type \"outbox\" has this name");
    Ok(client.outbox(name.required("name")?).ok_or_else(unknown)?)
}

/// Copies what the outbox provider of this name holds.
/// Returns OTPKIT_OK and the copy, or OTPKIT_INVALID_INPUT if no outbox has this name, or 4xx. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_outbox_read(
    client: *const otpkit_client,
    name: Text,
    outbox: OutOutbox,
    error: OutError,
) -> u32 {
    boundary::status("otpkit_outbox_read", error, || {
        let kept = outbox_of(client, name)?.messages();
        let out = outbox.required("outbox")?;
        let json = serde_json::to_value(&kept).unwrap_or_default();
        let text = |message: &serde_json::Value, field| message.get(field)?.as_str().map(c_string);
        let message = |message| FIELDS.map(|field| text(message, field));
        let messages = json
            .as_array()
            .map(|all| all.iter().map(message).collect())
            .unwrap_or_default();
        let copied = Copied {
            messages,
            json: c_string(json.to_string()),
        };
        out.write(
            OUTBOXES
                .insert(copied)
                .map_err(|_| Failure::full("otpkit_outbox"))?
                .into_pointer(),
        );
        Ok(OTPKIT_OK)
    })
}

/// Has the outbox provider of this name forget its messages. Copies that were read stay as they are.
/// Returns OTPKIT_OK, or OTPKIT_INVALID_INPUT if no outbox has this name, or 4xx. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_outbox_clear(client: *const otpkit_client, name: Text, error: OutError) -> u32 {
    boundary::status("otpkit_outbox_clear", error, || {
        outbox_of(client, name)?.clear();
        Ok(OTPKIT_OK)
    })
}

fn find(outbox: *const otpkit_outbox) -> Option<Guard<Copied>> {
    OUTBOXES.get(Handle::from_pointer(outbox))
}

/// How many messages the copy has; 0 for a handle that is not good.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_outbox_count(outbox: *const otpkit_outbox) -> usize {
    boundary::accessor("otpkit_outbox_count", 0, || Some(find(outbox)?.messages.len()))
}

/// A field of a message, counted from 0: "to", "channel", "purpose", "code", "text", "locale" or "at" (RFC 3339 in
/// UTC). NULL if there is no such message or field.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_outbox_get(outbox: *const otpkit_outbox, index: usize, name: Text) -> *const c_char {
    boundary::accessor("otpkit_outbox_get", ptr::null(), || {
        let name = name.optional("name").ok()??;
        let at = FIELDS.iter().position(|known| *known == name)?;
        Some(lend(find(outbox)?.messages.get(index)?[at].as_deref()))
    })
}

/// All messages as a JSON array; NULL for a handle that is not good.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_outbox_json(outbox: *const otpkit_outbox) -> *const c_char {
    boundary::accessor("otpkit_outbox_json", ptr::null(), || {
        Some(lend(Some(&find(outbox)?.json)))
    })
}

/// Ends a copy and the texts that it lent. NULL is fine. Any thread.
/// Returns OTPKIT_OK, or OTPKIT_STALE_HANDLE if it was freed before or is no outbox.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_outbox_free(outbox: *mut otpkit_outbox) -> u32 {
    boundary::accessor("otpkit_outbox_free", OTPKIT_INTERNAL, || {
        let freed = outbox.is_null() || OUTBOXES.take(Handle::from_pointer(outbox)).is_some();
        Some(if freed { OTPKIT_OK } else { OTPKIT_STALE_HANDLE })
    })
}

#[cfg(feature = "testing")]
pub(crate) fn open() -> usize {
    OUTBOXES.count()
}
