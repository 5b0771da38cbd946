//! Providers of the host, as providers of the core.

use crate::caller;
use crate::held::Held;
use crate::job::{Answer, JobState};
use crate::message::{Ask, Verb};
use async_trait::async_trait;
use otpkit::{
    CheckResult, CreateResult, Message, OnError, Outgoing, Provider, SendResult, Sender, Verifier, VerifierCheck,
};
use otpkit_bindings_common::{failed_check, failed_create, failed_send};
use pyo3::prelude::*;
use std::sync::Arc;

/// A provider of the host, as `_providers.py` found it to be.
#[derive(FromPyObject)]
pub(crate) struct LiveArgs {
    pub(crate) name: String,
    pub(crate) send: Option<Method>,
    pub(crate) create: Option<Method>,
    pub(crate) check: Option<Method>,
    pub(crate) resend: Option<Method>,
    pub(crate) cancel: Option<Method>,
    pub(crate) checks_by_recipient: bool,
}

/// A method, and whether it is a coroutine function.
#[derive(FromPyObject)]
pub(crate) struct Method {
    pub(crate) function: Held,
    pub(crate) is_async: bool,
}

/// A provider of the host.
pub(crate) struct Live {
    args: LiveArgs,
    on_error: OnError,
}

impl Live {
    /// A provider whose exceptions mean `on_error`.
    pub(crate) fn new(args: LiveArgs, on_error: OnError) -> Self {
        Self { args, on_error }
    }

    /// As a provider of the core.
    pub(crate) fn provider(self: &Arc<Self>) -> Provider {
        match self.args.send {
            Some(_) => Provider::Sender(Arc::new(Shared(self.clone()))),
            None => Provider::Verifier(Arc::new(Shared(self.clone()))),
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.args.name
    }

    /// Every method that it has.
    pub(crate) fn methods(&self) -> impl Iterator<Item = &Method> {
        let LiveArgs {
            send,
            create,
            check,
            resend,
            cancel,
            ..
        } = &self.args;
        [send, create, check, resend, cancel].into_iter().flatten()
    }

    pub(crate) fn method(&self, verb: Verb) -> Option<&Method> {
        let args = &self.args;
        let method = match verb {
            Verb::Send => &args.send,
            Verb::Create => &args.create,
            Verb::Check => &args.check,
            Verb::Resend => &args.resend,
            Verb::Cancel => &args.cancel,
        };
        method.as_ref()
    }
}

struct Shared(Arc<Live>);

impl Shared {
    async fn ask(&self, ask: Ask) -> Answer {
        #[cfg(feature = "testing")]
        crate::testing::Fault::Provider.strike();
        JobState::put(self.0.clone(), ask, caller::current()).answer().await
    }

    async fn create_by(&self, ask: Ask) -> CreateResult {
        match self.ask(ask).await {
            Answer::Said(outcome) => outcome.into_create(),
            Answer::Raised(why) => failed_create(self.0.on_error, why),
        }
    }
}

#[async_trait]
impl Sender for Shared {
    async fn send(&self, outgoing: Outgoing) -> SendResult {
        match self.ask(Ask::Send(outgoing)).await {
            Answer::Said(outcome) => outcome.into_send(),
            Answer::Raised(why) => failed_send(self.0.on_error, why),
        }
    }
}

#[async_trait]
impl Verifier for Shared {
    async fn create(&self, message: Message) -> CreateResult {
        self.create_by(Ask::Create(message)).await
    }

    async fn check(&self, check: VerifierCheck) -> CheckResult {
        match self.ask(Ask::Check(check)).await {
            Answer::Said(outcome) => outcome.into_check(),
            Answer::Raised(why) => failed_check(why),
        }
    }

    async fn resend(&self, message: Message, reference: String) -> CreateResult {
        match self.0.args.resend {
            Some(_) => self.create_by(Ask::Resend(message, reference)).await,
            None => self.create_by(Ask::Create(message)).await,
        }
    }

    async fn cancel(&self, message: Message, reference: String) {
        if self.0.args.cancel.is_some() {
            self.ask(Ask::Cancel(message, reference)).await;
        }
    }

    fn checks_by_recipient(&self) -> bool {
        self.0.args.checks_by_recipient
    }
}
