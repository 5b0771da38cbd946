//! From settings and callbacks to a client.

use crate::boundary;
use crate::client::{self, otpkit_client};
use crate::error::Failure;
use crate::event::{Events, otpkit_event_call};
use crate::provider::{self, otpkit_free, otpkit_provider};
use crate::raw::{OutError, Text, UserData};
use crate::registry::{Handle, Kind, Slab};
use crate::status::{OTPKIT_INTERNAL, OTPKIT_OK, OTPKIT_STALE_HANDLE};
use otpkit::{Builder, OnError, ProviderSettings, Settings};
use std::ffi::c_void;
use std::ptr;
use std::sync::{Mutex, TryLockError};

/// A client in the making. For one thread at a time; another that comes in between gets OTPKIT_BUSY.
pub struct otpkit_builder;

static BUILDERS: Slab<Mutex<Option<Draft>>> = Slab::new(Kind::Builder);

pub(crate) struct Draft {
    builder: Builder,
    /// What a failure of each callback provider means, by the settings.
    on_error: Vec<(String, OnError)>,
}

/// Begins a client from its settings: one JSON document ("{}" for the defaults), copied. Wrong settings fail here or
/// in otpkit_builder_build, and otpkit_error_field tells the path of the wrong one.
///
/// Returns the builder, which is yours: otpkit_builder_build uses it up, otpkit_builder_free drops it. NULL with
/// OTPKIT_INVALID_SETTINGS, _NULL_ARGUMENT, _INVALID_UTF8 or _BUSY in the error. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_builder_new(settings_json: Text, error: OutError) -> *mut otpkit_builder {
    boundary::value("otpkit_builder_new", error, ptr::null_mut(), || {
        let settings = Settings::from_json(settings_json.required("settings_json")?)?;
        let placeholder = |(name, provider): (&String, &ProviderSettings)| match provider {
            ProviderSettings::Callback(callback) => Some((name.clone(), callback.on_error)),
            _ => None,
        };
        let on_error = settings.providers.iter().filter_map(placeholder).collect();
        let draft = Draft {
            builder: Builder::from_settings(settings),
            on_error,
        };
        let kept = BUILDERS.insert(Mutex::new(Some(draft)));
        kept.map(Handle::into_pointer)
            .map_err(|_| Failure::full("otpkit_builder"))
    })
}

/// Adds a provider of your own under a name. Where the settings have {"type": "callback"} under this name, its place
/// in the order and its settings are taken from there; else it stands last. The struct and the name are copied.
///
/// Returns OTPKIT_OK; then the user data belong to the client, and the struct's `free` ends them exactly once, after
/// their last use, also if the client is never built. Whatever else is returned (OTPKIT_INVALID_SETTINGS,
/// _NULL_ARGUMENT, _INVALID_UTF8, _STALE_HANDLE, _BUSY), the user data are still yours.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_builder_add_provider(
    builder: *mut otpkit_builder,
    name: Text,
    provider: *const otpkit_provider,
    user_data: *mut c_void,
    error: OutError,
) -> u32 {
    boundary::status("otpkit_builder_add_provider", error, || {
        let handle = Handle::from_pointer(builder);
        edit(handle, |draft| {
            let name = name.required("name")?;
            let on_error = draft
                .on_error
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, on_error)| *on_error);
            let provider = provider::from_c(provider, user_data, on_error.unwrap_or_default())?;
            Ok(move |builder: Builder| builder.live_provider(name, provider))
        })
    })
}

/// Has the client tell what happens, for logs, metrics and audit. `free` (NULL if there is nothing to end) gets the
/// user data once, after the last event. Setting it again replaces the former.
///
/// Returns OTPKIT_OK; then the user data belong to the client. Whatever else is returned (OTPKIT_NULL_ARGUMENT,
/// _STALE_HANDLE, _BUSY), they are still yours.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_builder_on_event(
    builder: *mut otpkit_builder,
    on_event: otpkit_event_call,
    user_data: *mut c_void,
    free: otpkit_free,
    error: OutError,
) -> u32 {
    boundary::status("otpkit_builder_on_event", error, || {
        edit(Handle::from_pointer(builder), |_| {
            let function = on_event.ok_or_else(|| Failure::null("on_event"))?;
            let events = Events::new(function, UserData::new(user_data, free));
            Ok(move |builder: Builder| builder.observer(events))
        })
    })
}

/// Makes the client. The builder is used up, also when this fails (with OTPKIT_BUSY it is not).
///
/// Returns the client, which is yours: end it with otpkit_client_free. NULL with OTPKIT_INVALID_SETTINGS,
/// _NULL_ARGUMENT, _STALE_HANDLE or _BUSY in the error. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_builder_build(builder: *mut otpkit_builder, error: OutError) -> *mut otpkit_client {
    boundary::value("otpkit_builder_build", error, ptr::null_mut(), || {
        let handle = Handle::from_pointer(builder);
        let draft = with_draft(handle, |draft| Ok(draft.take()))?;
        BUILDERS.take(handle);
        let draft = draft.ok_or_else(|| stale(handle))?;
        client::keep(draft.builder.build()?)
    })
}

/// Drops a builder that was not built, and frees the user data that it was given. NULL is fine.
/// Returns OTPKIT_OK, or OTPKIT_STALE_HANDLE if it was built or freed before, or is no builder.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_builder_free(builder: *mut otpkit_builder) -> u32 {
    boundary::accessor("otpkit_builder_free", OTPKIT_INTERNAL, || {
        let freed = builder.is_null() || BUILDERS.take(Handle::from_pointer(builder)).is_some();
        Some(if freed { OTPKIT_OK } else { OTPKIT_STALE_HANDLE })
    })
}

fn stale(handle: Handle) -> Failure {
    Failure::handle("builder", handle, "otpkit_builder")
}

/// Uses the draft of a builder, without ever waiting for another thread that does.
fn with_draft<T>(handle: Handle, with: impl FnOnce(&mut Option<Draft>) -> Result<T, Failure>) -> Result<T, Failure> {
    let builder = BUILDERS.get(handle).ok_or_else(|| stale(handle))?;
    let mut draft = match builder.try_lock() {
        Ok(draft) => draft,
        Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
        Err(TryLockError::WouldBlock) => return Err(Failure::builder_in_use()),
    };
    with(&mut draft)
}

/// Changes a draft: first everything that can fail, then the change, which cannot.
fn edit<C: FnOnce(Builder) -> Builder>(
    handle: Handle,
    prepare: impl FnOnce(&Draft) -> Result<C, Failure>,
) -> Result<u32, Failure> {
    with_draft(handle, |slot| {
        let change = prepare(slot.as_ref().ok_or_else(|| stale(handle))?)?;
        let Draft { builder, on_error } = slot.take().expect("it was there");
        *slot = Some(Draft {
            builder: change(builder),
            on_error,
        });
        Ok(OTPKIT_OK)
    })
}

/// For tests: puts a clock into a draft.
#[cfg(feature = "testing")]
pub(crate) fn with_clock(builder: *mut otpkit_builder, clock: otpkit::testing::TestClock) -> Result<u32, Failure> {
    edit(Handle::from_pointer(builder), |_| {
        Ok(move |builder: Builder| builder.clock(clock))
    })
}

#[cfg(feature = "testing")]
pub(crate) fn open() -> usize {
    BUILDERS.count()
}
