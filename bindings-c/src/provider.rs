//! Providers of the host: function pointers that get a request and answer it when they can.

use crate::boundary;
use crate::error::Failure;
use crate::raw::{UserData, Zero, sized_struct};
use crate::request::{self, Answer, Texts, otpkit_request};
use crate::run;
use async_trait::async_trait;
use otpkit::{
    CheckResult, CreateResult, Error, Message, OnError, Outgoing, Provider, SendResult, Sender, Verifier, VerifierCheck,
};
use otpkit_bindings_common::{failed_check, failed_create, failed_send};
use std::ffi::c_void;
use std::mem::offset_of;
use std::sync::Arc;

/// A callback of a provider. It answers the request with otpkit_request_complete, before it returns or later, from
/// any thread. It never returns anything, and must not throw or longjmp out.
pub type otpkit_provider_call = Option<unsafe extern "C" fn(user_data: *mut c_void, request: *mut otpkit_request)>;

/// Ends a pointer that was handed over.
pub type otpkit_free = Option<unsafe extern "C" fn(user_data: *mut c_void)>;

/// For otpkit_provider.flags: no callback of this provider ever blocks. Then a blocking otpkit call may run it on the
/// thread that made the call, which saves a change of threads. Without this flag callbacks run on threads of otpkit's
/// that are there for it, so that the deadline holds however long they take.
pub const OTPKIT_PROVIDER_NEVER_BLOCKS: u32 = 1;
/// For otpkit_provider.flags, verifiers only: `check` needs no reference, the recipient is enough. Then a verification
/// stays checkable although the answer to `create` never came.
pub const OTPKIT_PROVIDER_CHECKS_BY_RECIPIENT: u32 = 2;

/// A provider of your own. Set `size` to sizeof(otpkit_provider) and what you do not use to zero. Either `send` is
/// set: a sender, which delivers a code that otpkit made. Or `create` and `check` are: a verifier, whose service makes,
/// sends and checks a code of its own; `resend` (if NULL, `create` is used) and `cancel` (if NULL, nothing is told) are
/// optional.
///
/// The struct is copied. Threads: callbacks run on any thread, several at once; they may block (but see the flags),
/// and may call otpkit. `free` gets the user data once, after the last callback has returned and the last request was
/// completed, given up, or freed with the process; it may run within any otpkit call.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct otpkit_provider {
    /// sizeof(otpkit_provider).
    pub size: usize,
    /// OTPKIT_PROVIDER_... together, or 0.
    pub flags: u32,
    /// Ends the user data; NULL if there is nothing to end.
    pub free: otpkit_free,
    /// Sends otpkit_request_text (which holds otpkit_request_code) to otpkit_request_to.
    /// Answers: SENT, NOT_SENT, REJECTED, LIMITED, AMBIGUOUS, FAILED.
    pub send: otpkit_provider_call,
    /// Has the service send a code of its own. The reference of the answer comes back with every later request.
    /// Answers: CREATED, NOT_SENT, REJECTED, LIMITED, AMBIGUOUS, FAILED.
    pub create: otpkit_provider_call,
    /// Asks the service whether otpkit_request_code is right. Answers: APPROVED, WRONG, ENDED, CANNOT_TELL, FAILED.
    pub check: otpkit_provider_call,
    /// Has the service send again. Answers: as `create`.
    pub resend: otpkit_provider_call,
    /// Tells the service that the verification is over. Any answer will do.
    pub cancel: otpkit_provider_call,
}

impl Zero for otpkit_provider {
    const ZERO: Self = Self {
        size: 0,
        flags: 0,
        free: None,
        send: None,
        create: None,
        check: None,
        resend: None,
        cancel: None,
    };
}

type Function = unsafe extern "C" fn(*mut c_void, *mut otpkit_request);

/// What both kinds keep.
struct Host {
    never_blocks: bool,
    on_error: OnError,
    user_data: Arc<UserData>,
}

struct HostSender {
    host: Host,
    send: Function,
}

struct HostVerifier {
    host: Host,
    checks_by_recipient: bool,
    create: Function,
    check: Function,
    resend: Option<Function>,
    cancel: Option<Function>,
}

/// Reads the struct; the user data are taken over only if this succeeds.
pub(crate) fn from_c(
    callbacks: *const otpkit_provider,
    data: *mut c_void,
    on_error: OnError,
) -> Result<Provider, Failure> {
    // The first version ends with `cancel`; later ones add members behind it.
    let least = offset_of!(otpkit_provider, cancel) + size_of::<otpkit_provider_call>();
    let given = sized_struct(callbacks, least, "provider")?;
    let wrong =
        |field: &str, sentence: &str| Err(Error::invalid_settings(format!("provider.{field}"), sentence).into());
    if given.flags & !(OTPKIT_PROVIDER_NEVER_BLOCKS | OTPKIT_PROVIDER_CHECKS_BY_RECIPIENT) != 0 {
        return wrong("flags", "only the bits OTPKIT_PROVIDER_... may be set");
    }
    let host = || Host {
        never_blocks: given.flags & OTPKIT_PROVIDER_NEVER_BLOCKS != 0,
        on_error,
        user_data: Arc::new(UserData::new(data, given.free)),
    };
    let checks_by_recipient = given.flags & OTPKIT_PROVIDER_CHECKS_BY_RECIPIENT != 0;
    match (given.send, given.create, given.check) {
        (Some(_), None, None) if given.resend.is_some() || given.cancel.is_some() => wrong(
            "send",
            "a sender has no `resend` and no `cancel`; those are a verifier's",
        ),
        (Some(_), None, None) if checks_by_recipient => wrong("flags", "a sender checks nothing"),
        (Some(send), None, None) => Ok(Provider::Sender(Arc::new(HostSender { host: host(), send }))),
        (None, Some(create), Some(check)) => Ok(Provider::Verifier(Arc::new(HostVerifier {
            host: host(),
            checks_by_recipient,
            create,
            check,
            resend: given.resend,
            cancel: given.cancel,
        }))),
        (Some(_), _, _) => wrong(
            "send",
            "set either `send`, or `create` and `check`; this provider has both",
        ),
        (None, _, _) => wrong(
            "send",
            "set either `send`, or `create` and `check`; this provider has neither",
        ),
    }
}

impl Host {
    /// Has the host answer; `None` if the request went without an answer.
    async fn ask(
        &self,
        function: Function,
        verb: &'static std::ffi::CStr,
        texts: Texts,
        message: &Message,
    ) -> Option<Answer> {
        let data = self.user_data.clone();
        let waiting = request::open(verb, texts, message, data.clone())?;
        let request = waiting.handle();
        let call = move || {
            // Holds the request's texts until the callback has returned, whatever becomes of the request. One that
            // was given up before its turn came is not begun.
            let Some(_held) = request::hold_unless_given_up(request) else {
                return;
            };
            let called = boundary::caught("callback", || {
                data.call(function, request.into_pointer());
                Ok(())
            });
            if called.is_err() {
                request::fail(request, "otpkit failed to call the provider");
            }
        };
        if self.never_blocks && run::is_inline() {
            call();
        } else {
            waiting.spawn(call);
        }
        waiting.answer().await
    }
}

const NO_ANSWER: &str = "the provider could not be asked";

#[async_trait]
impl Sender for HostSender {
    async fn send(&self, outgoing: Outgoing) -> SendResult {
        let message = &outgoing.message;
        let code = outgoing.code.expose();
        let texts = Texts::of(message, code.len() + outgoing.text.len())
            .code(code)
            .text(&outgoing.text);
        match self.host.ask(self.send, c"send", texts, message).await {
            Some(Answer::Said(outcome)) => outcome.into_send(),
            Some(Answer::Failed(why)) => failed_send(self.host.on_error, why),
            None => SendResult::Ambiguous(NO_ANSWER.into()),
        }
    }
}

impl HostVerifier {
    fn created(&self, answer: Option<Answer>) -> CreateResult {
        let created = match answer {
            Some(Answer::Said(outcome)) => outcome.into_create(),
            Some(Answer::Failed(why)) => failed_create(self.host.on_error, why),
            None => CreateResult::Ambiguous(NO_ANSWER.into()),
        };
        match created {
            // The service may have sent a code that nobody could ever check.
            CreateResult::Created { reference } if reference.is_empty() && !self.checks_by_recipient => {
                CreateResult::Ambiguous("the provider created without a reference".into())
            }
            created => created,
        }
    }
}

#[async_trait]
impl Verifier for HostVerifier {
    async fn create(&self, message: Message) -> CreateResult {
        self.created(
            self.host
                .ask(self.create, c"create", Texts::of(&message, 0), &message)
                .await,
        )
    }

    async fn check(&self, check: VerifierCheck) -> CheckResult {
        let code = check.code.expose();
        let texts = Texts::of(&check.message, code.len() + check.reference.len())
            .code(code)
            .reference(&check.reference);
        match self.host.ask(self.check, c"check", texts, &check.message).await {
            Some(Answer::Said(outcome)) => outcome.into_check(),
            Some(Answer::Failed(why)) => failed_check(why),
            None => CheckResult::CannotTell(NO_ANSWER.into()),
        }
    }

    async fn resend(&self, message: Message, reference: String) -> CreateResult {
        let Some(resend) = self.resend else {
            return self.create(message).await;
        };
        let texts = Texts::of(&message, reference.len()).reference(&reference);
        self.created(self.host.ask(resend, c"resend", texts, &message).await)
    }

    async fn cancel(&self, message: Message, reference: String) {
        if let Some(cancel) = self.cancel {
            let texts = Texts::of(&message, reference.len()).reference(&reference);
            self.host.ask(cancel, c"cancel", texts, &message).await;
        }
    }

    fn checks_by_recipient(&self) -> bool {
        self.checks_by_recipient
    }
}
