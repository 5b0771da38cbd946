//! A request to a provider of the host: lent texts, and one answer.

mod texts;

pub(crate) use texts::Texts;

use crate::boundary;
use crate::lent::{LazyText, lend};
use crate::raw::{Text, UserData};
use crate::registry::{Guard, Handle, Kind, Slab};
use crate::status::{
    OTPKIT_GONE, OTPKIT_INTERNAL, OTPKIT_INVALID_INPUT, OTPKIT_INVALID_UTF8, OTPKIT_OK, OTPKIT_STALE_HANDLE,
};
use otpkit::Message;
use otpkit_bindings_common::Outcome;
use std::ffi::{CStr, c_char};
use std::ptr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use texts::Name;
use tokio::sync::oneshot;

/// What a provider is asked. Its handle and the texts that it lends are good while the callback runs, and afterwards
/// until otpkit_request_complete, or until a minute after the deadline if that never comes. Any thread.
pub struct otpkit_request;

static REQUESTS: Slab<Request> = Slab::new(Kind::Request);

/// The message was taken (send). A reference, if given, is the service's name of it.
pub const OTPKIT_RESULT_SENT: u32 = 1;
/// The service sent its code (create, resend). The reference is what a check needs.
pub const OTPKIT_RESULT_CREATED: u32 = 2;
/// Nothing was sent; another provider may be tried.
pub const OTPKIT_RESULT_NOT_SENT: u32 = 3;
/// The message is refused for good. Nothing was sent.
pub const OTPKIT_RESULT_REJECTED: u32 = 4;
/// No more is taken for now; retry_after_ms says for how long. Nothing was sent.
pub const OTPKIT_RESULT_LIMITED: u32 = 5;
/// The message may have been sent. It is never sent a second time by itself.
pub const OTPKIT_RESULT_AMBIGUOUS: u32 = 6;
/// The code is right (check).
pub const OTPKIT_RESULT_APPROVED: u32 = 7;
/// The code is wrong (check).
pub const OTPKIT_RESULT_WRONG: u32 = 8;
/// The service has nothing to check any more (check).
pub const OTPKIT_RESULT_ENDED: u32 = 9;
/// It could not be found out (check). Never read as a yes.
pub const OTPKIT_RESULT_CANNOT_TELL: u32 = 10;
/// The provider itself failed, as by an exception in other languages. The provider's setting "on_error" says what that
/// means for a send; for a check it is *cannot tell*.
pub const OTPKIT_RESULT_FAILED: u32 = 11;

const WORDS: [(u32, &str); 10] = [
    (OTPKIT_RESULT_SENT, "sent"),
    (OTPKIT_RESULT_CREATED, "created"),
    (OTPKIT_RESULT_NOT_SENT, "not_sent"),
    (OTPKIT_RESULT_REJECTED, "rejected"),
    (OTPKIT_RESULT_LIMITED, "limited"),
    (OTPKIT_RESULT_AMBIGUOUS, "ambiguous"),
    (OTPKIT_RESULT_APPROVED, "approved"),
    (OTPKIT_RESULT_WRONG, "wrong"),
    (OTPKIT_RESULT_ENDED, "ended"),
    (OTPKIT_RESULT_CANNOT_TELL, "cannot_tell"),
];

/// What the host said.
pub(crate) enum Answer {
    Said(Outcome),
    Failed(String),
}

/// How long after its deadline a request that nobody answers is kept, because a thread of the host may be reading it.
const KEPT: Duration = Duration::from_secs(60);

pub(crate) struct Request {
    verb: &'static CStr,
    texts: Texts,
    ttl: Duration,
    deadline: Instant,
    answer: Mutex<Option<oneshot::Sender<Answer>>>,
    values: LazyText,
    // The host may use its data until it has answered, so they live as long as the request.
    _data: Arc<UserData>,
}

/// A request that waits for its answer.
pub(crate) struct Waiting {
    handle: Handle,
    answer: oneshot::Receiver<Answer>,
    deadline: Instant,
    runtime: tokio::runtime::Handle,
}

/// Opens a request; `None` if too many are open, or if this is not within a call.
pub(crate) fn open(verb: &'static CStr, texts: Texts, message: &Message, data: Arc<UserData>) -> Option<Waiting> {
    // The runtime that this call runs on; asking for the process's would make a new one while that one is shut down.
    let runtime = tokio::runtime::Handle::try_current().ok()?;
    let (sender, answer) = oneshot::channel();
    let deadline = Instant::now() + message.deadline;
    let request = Request {
        verb,
        texts,
        ttl: message.ttl,
        deadline,
        answer: Mutex::new(Some(sender)),
        values: LazyText::default(),
        _data: data,
    };
    let handle = REQUESTS.insert(request).ok()?;
    Some(Waiting {
        handle,
        answer,
        deadline,
        runtime,
    })
}

impl Waiting {
    pub(crate) fn handle(&self) -> Handle {
        self.handle
    }

    /// Runs the host's code where it may block.
    pub(crate) fn spawn(&self, call: impl FnOnce() + Send + 'static) {
        self.runtime.spawn_blocking(call);
    }

    pub(crate) async fn answer(mut self) -> Option<Answer> {
        (&mut self.answer).await.ok()
    }
}

impl Drop for Waiting {
    /// The call was given up, or has its answer. In the first case the request still stands, and a thread of the
    /// host may be reading its texts.
    fn drop(&mut self) {
        self.answer.close();
        if REQUESTS.get(self.handle).is_none() {
            return;
        }
        let ends = Ends(self.handle);
        let until = self.deadline + kept();
        self.runtime.spawn(async move {
            tokio::time::sleep_until(until.into()).await;
            drop(ends);
        });
    }
}

/// Ends a request, also when the runtime that it waits on goes.
struct Ends(Handle);

impl Drop for Ends {
    fn drop(&mut self) {
        REQUESTS.take(self.0);
    }
}

#[cfg(not(feature = "testing"))]
fn kept() -> Duration {
    KEPT
}

#[cfg(feature = "testing")]
fn kept() -> Duration {
    crate::testing::request_kept().unwrap_or(KEPT)
}

/// Keeps a request's texts; `None`, and the request ends, if nobody waits for its answer any more.
pub(crate) fn hold_unless_given_up(request: Handle) -> Option<Guard<Request>> {
    let held = REQUESTS.get(request)?;
    let given_up = held
        .answer
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .as_ref()
        .is_none_or(oneshot::Sender::is_closed);
    if given_up {
        REQUESTS.take(request);
        return None;
    }
    Some(held)
}

/// Answers for a host that could not.
pub(crate) fn fail(request: Handle, why: &str) {
    complete(request, Answer::Failed(why.to_owned()));
}

fn complete(request: Handle, answer: Answer) -> u32 {
    // Whoever takes the request out is the one who answers it.
    let Some(taken) = REQUESTS.take(request) else {
        return if REQUESTS.was_good(request) {
            OTPKIT_GONE
        } else {
            OTPKIT_STALE_HANDLE
        };
    };
    let sender = taken.answer.lock().unwrap_or_else(PoisonError::into_inner).take();
    let heard = sender.is_some_and(|sender| sender.send(answer).is_ok());
    if heard { OTPKIT_OK } else { OTPKIT_GONE }
}

/// Answers a request, once, from any thread, also before the callback returns. `result` is one of OTPKIT_RESULT_...;
/// `reference` (NULL for none) goes with SENT and CREATED, `retry_after_ms` (-1 for unknown) with LIMITED, and
/// `reason` (NULL for none) is for the operator's events. The texts are copied. The request and what it lent end with this call
/// (or when the callback returns, if it is made from there), whatever is returned but OTPKIT_STALE_HANDLE.
///
/// Returns OTPKIT_OK; OTPKIT_GONE if the request was answered before or has been given up (nothing else happens);
/// OTPKIT_INVALID_INPUT for a result that the provider cannot give, and OTPKIT_INVALID_UTF8 for a text that is none:
/// the request is then answered as unclear (ambiguous, or cannot tell), because something may have been sent;
/// OTPKIT_STALE_HANDLE if `request` is none.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_request_complete(
    request: *mut otpkit_request,
    result: u32,
    reference: Text,
    retry_after_ms: i64,
    reason: Text,
) -> u32 {
    boundary::accessor("otpkit_request_complete", OTPKIT_INTERNAL, || {
        let handle = Handle::from_pointer(request);
        let word = WORDS
            .iter()
            .find(|(number, _)| *number == result)
            .map(|(_, word)| *word);
        let (said, wrong) = match (word, reference.optional("reference"), reason.optional("reason")) {
            (_, Err(_), _) | (_, _, Err(_)) => (Answer::Said(Outcome::of("unreadable")), OTPKIT_INVALID_UTF8),
            (None, _, Ok(reason)) if result == OTPKIT_RESULT_FAILED => (
                Answer::Failed(reason.unwrap_or("the provider failed").to_owned()),
                OTPKIT_OK,
            ),
            (None, _, _) => (Answer::Said(Outcome::of("unknown")), OTPKIT_INVALID_INPUT),
            (Some(word), Ok(reference), Ok(reason)) => {
                let mut outcome = Outcome::of(word);
                outcome.reference = reference.map(str::to_owned);
                outcome.retry_after_ms = (retry_after_ms >= 0).then_some(retry_after_ms as f64);
                outcome.reason = reason.map(str::to_owned);
                (Answer::Said(outcome), OTPKIT_OK)
            }
        };
        let done = complete(handle, said);
        Some(if done == OTPKIT_OK { wrong } else { done })
    })
}

fn find(request: *const otpkit_request) -> Option<Guard<Request>> {
    REQUESTS.get(Handle::from_pointer(request))
}

fn text(name: &'static str, request: *const otpkit_request, which: Name) -> *const c_char {
    boundary::accessor(name, ptr::null(), || Some(lend(find(request)?.texts.find(&which))))
}

/// What is asked: "send", "create", "check", "resend" or "cancel". Ownership: static, never freed.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_request_verb(request: *const otpkit_request) -> *const c_char {
    boundary::accessor("otpkit_request_verb", ptr::null(), || {
        Some(find(request)?.verb.as_ptr())
    })
}

/// The recipient, in full: E.164, or an e-mail address.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_request_to(request: *const otpkit_request) -> *const c_char {
    text("otpkit_request_to", request, Name::To)
}

/// The channel, such as "sms".
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_request_channel(request: *const otpkit_request) -> *const c_char {
    text("otpkit_request_channel", request, Name::Channel)
}

/// What the code is for.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_request_purpose(request: *const otpkit_request) -> *const c_char {
    text("otpkit_request_purpose", request, Name::Purpose)
}

/// Whose user this is; empty for the default tenant.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_request_tenant(request: *const otpkit_request) -> *const c_char {
    text("otpkit_request_tenant", request, Name::Tenant)
}

/// The language that the caller asked for; NULL if it asked for none.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_request_locale(request: *const otpkit_request) -> *const c_char {
    text("otpkit_request_locale", request, Name::Locale)
}

/// The code: what to send (send), or what the person typed (check). NULL for the others.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_request_code(request: *const otpkit_request) -> *const c_char {
    text("otpkit_request_code", request, Name::Code)
}

/// The whole message to send, with the code in it (send). NULL for the others.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_request_text(request: *const otpkit_request) -> *const c_char {
    text("otpkit_request_text", request, Name::Text)
}

/// What `create` answered as reference (check, resend, cancel); empty if its answer never came. NULL for the others.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_request_reference(request: *const otpkit_request) -> *const c_char {
    text("otpkit_request_reference", request, Name::Reference)
}

/// The same for every repeat of the same send: for services that take an idempotency key.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_request_idempotency_key(request: *const otpkit_request) -> *const c_char {
    text("otpkit_request_idempotency_key", request, Name::IdempotencyKey)
}

/// The value that the caller gave under this name for the template; NULL if it gave none.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_request_value(request: *const otpkit_request, name: Text) -> *const c_char {
    boundary::accessor("otpkit_request_value", ptr::null(), || {
        let name = Name::Value(name.optional("name").ok()??.to_owned());
        Some(lend(find(request)?.texts.find(&name)))
    })
}

/// All values that the caller gave for the template, as a JSON object of texts.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_request_values_json(request: *const otpkit_request) -> *const c_char {
    boundary::accessor("otpkit_request_values_json", ptr::null(), || {
        let request = find(request)?;
        let values = || {
            let values = request.texts.values();
            let values: serde_json::Map<_, _> = values
                .map(|(name, value)| (name.to_owned(), value.to_string_lossy().into()))
                .collect();
            Some(serde_json::Value::Object(values).to_string())
        };
        Some(lend(request.values.get(values)))
    })
}

/// How long the code lives, in milliseconds; -1 for a request that is not good.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_request_ttl_ms(request: *const otpkit_request) -> i64 {
    boundary::accessor("otpkit_request_ttl_ms", -1, || {
        i64::try_from(find(request)?.ttl.as_millis()).ok()
    })
}

/// How long the call still waits for the answer, in milliseconds: 0 once it was given up, -1 for a request that is not
/// good. Take it as the time limit of what you do.
#[unsafe(no_mangle)]
pub extern "C" fn otpkit_request_deadline_ms(request: *const otpkit_request) -> i64 {
    boundary::accessor("otpkit_request_deadline_ms", -1, || {
        let left = find(request)?.deadline.saturating_duration_since(Instant::now());
        i64::try_from(left.as_millis()).ok()
    })
}

#[cfg(feature = "testing")]
pub(crate) fn open_count() -> usize {
    REQUESTS.count()
}
