//! Providers that live in JavaScript.

use async_trait::async_trait;
use otpkit::{
    CheckResult, CreateResult, Message, OnError, Outgoing, Provider, SendResult, Sender, Verifier, VerifierCheck,
};
use otpkit_bindings_common::{Outcome, failed_check, failed_create, failed_send};
use serde::Deserialize;
use std::sync::Arc;

use crate::convert;
use crate::hub::{Shared, Work};
use crate::inline::{self, Direct};

/// What TypeScript says of a provider that it holds.
#[derive(Deserialize)]
pub(crate) struct Live {
    pub(crate) name: String,
    verifier: bool,
    #[serde(default)]
    on_error: OnError,
    resends: bool,
    cancels: bool,
    checks_by_recipient: bool,
}

impl Live {
    /// `number` is its place in the client's list in JavaScript.
    pub(crate) fn into_provider(self, shared: Arc<Shared>, client: f64, number: u32) -> (String, Provider) {
        let host = Host {
            shared,
            client,
            number,
            on_error: self.on_error,
        };
        let provider = if self.verifier {
            let (resends, cancels, by_recipient) = (self.resends, self.cancels, self.checks_by_recipient);
            Provider::Verifier(Arc::new(HostVerifier {
                host,
                resends,
                cancels,
                by_recipient,
            }))
        } else {
            Provider::Sender(Arc::new(HostSender(host)))
        };
        (self.name, provider)
    }
}

const SEND: u32 = 0;
const CREATE: u32 = 1;
const CHECK: u32 = 2;
const RESEND: u32 = 3;
const CANCEL: u32 = 4;

struct Host {
    shared: Arc<Shared>,
    client: f64,
    number: u32,
    on_error: OnError,
}

impl Host {
    /// Asks a method and waits; the core sets the deadline and drops this future when it has passed. `Err` is what
    /// the method threw.
    async fn ask(&self, method: u32, message: String) -> Result<Outcome, String> {
        let ask = self.shared.next_ask();
        let answer = match inline::ask(&self.shared, self.client, self.number, method, ask, &message) {
            Some(Direct::Answer(outcome)) => Some(outcome),
            // JavaScript answers after this poll has returned, so nothing is missed by listening only now.
            Some(Direct::Later) => self.shared.answer_to(ask).await,
            None => {
                let answer = self.shared.answer_to(ask);
                self.shared
                    .push(Work::Ask(self.client, self.number, method, ask, message));
                answer.await
            }
        };
        convert::outcome(&answer.unwrap_or_else(|| "!the provider is gone".into()))
    }
}

struct HostSender(Host);

#[async_trait]
impl Sender for HostSender {
    async fn send(&self, outgoing: Outgoing) -> SendResult {
        let text = convert::message(&outgoing.message, Some(&outgoing.code), &outgoing.text);
        match self.0.ask(SEND, text).await {
            Ok(outcome) => outcome.into_send(),
            Err(why) => failed_send(self.0.on_error, why),
        }
    }
}

struct HostVerifier {
    host: Host,
    resends: bool,
    cancels: bool,
    by_recipient: bool,
}

impl HostVerifier {
    async fn begin(&self, method: u32, message: &Message, reference: &str) -> CreateResult {
        match self.host.ask(method, convert::message(message, None, reference)).await {
            Ok(outcome) => outcome.into_create(),
            Err(why) => failed_create(self.host.on_error, why),
        }
    }
}

#[async_trait]
impl Verifier for HostVerifier {
    async fn create(&self, message: Message) -> CreateResult {
        self.begin(CREATE, &message, "").await
    }

    async fn check(&self, check: VerifierCheck) -> CheckResult {
        let text = convert::message(&check.message, Some(&check.code), &check.reference);
        match self.host.ask(CHECK, text).await {
            Ok(outcome) => outcome.into_check(),
            Err(why) => failed_check(why),
        }
    }

    async fn resend(&self, message: Message, reference: String) -> CreateResult {
        if self.resends {
            self.begin(RESEND, &message, &reference).await
        } else {
            self.create(message).await
        }
    }

    async fn cancel(&self, message: Message, reference: String) {
        if self.cancels {
            // Whatever it says, the verification is canceled.
            let _ = self
                .host
                .ask(CANCEL, convert::message(&message, None, &reference))
                .await;
        }
    }

    fn checks_by_recipient(&self) -> bool {
        self.by_recipient
    }
}
