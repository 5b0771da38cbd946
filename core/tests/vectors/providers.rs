//! Providers that follow the script of a case: what a host would write, against the public traits.

use crate::compare::{object, only_keys};
use async_trait::async_trait;
use otpkit::{CheckResult, CreateResult, Message, Outgoing, Provider, SendResult, Sender, Verifier, VerifierCheck};
use otpkit_bindings_common::Outcome;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a scripted provider panics with: Rust's exception.
pub(crate) const PANIC: &str = "a scripted provider panics";

/// What a scripted provider was asked.
#[derive(Default)]
pub(crate) struct Log {
    pub(crate) asked: HashMap<&'static str, u64>,
    pub(crate) message: Value,
    pub(crate) check: Value,
}

/// One provider of a case. A clone is the same one.
#[derive(Clone)]
pub(crate) struct Scripted(Arc<Inner>);

struct Inner {
    answers: HashMap<String, Vec<Value>>,
    by_recipient: bool,
    log: Mutex<Log>,
    /// The last code that any sender of the case got.
    last_code: Arc<Mutex<Option<String>>>,
}

impl Scripted {
    pub(crate) fn new(script: &Value, last_code: &Arc<Mutex<Option<String>>>) -> Result<(Scripted, Provider), String> {
        let kind = script["kind"].as_str().unwrap_or_default();
        let methods: &[&str] = match kind {
            "sender" => &["send"],
            "verifier" => &["create", "check", "resend", "cancel"],
            _ => return Err(format!("no provider is of kind `{kind}`")),
        };
        let known: Vec<_> = methods.iter().copied().chain(["kind", "checks_by_recipient"]).collect();
        only_keys(script, &known)?;
        let mut answers = HashMap::new();
        for (name, list) in object(script)?
            .iter()
            .filter(|(name, _)| methods.contains(&name.as_str()))
        {
            let list = list.as_array().ok_or("a script is a list")?.clone();
            for answer in &list {
                only_keys(
                    answer,
                    &[
                        "result",
                        "reference",
                        "retry_after_ms",
                        "reason",
                        "throws",
                        "nonsense",
                        "never",
                    ],
                )?;
            }
            answers.insert(name.clone(), list);
        }
        let scripted = Scripted(Arc::new(Inner {
            answers,
            by_recipient: script["checks_by_recipient"] == true,
            log: Mutex::default(),
            last_code: last_code.clone(),
        }));
        let live = match kind {
            "sender" => Provider::Sender(Arc::new(scripted.clone())),
            _ => Provider::Verifier(Arc::new(scripted.clone())),
        };
        Ok((scripted, live))
    }

    pub(crate) fn log(&self) -> MutexGuard<'_, Log> {
        self.0.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn offers(&self, method: &str) -> bool {
        self.0.answers.contains_key(method)
    }

    /// The next answer of the script of a method, as a binding reads what a callback returned.
    async fn answer(&self, method: &'static str, default: &str) -> Outcome {
        let answer = {
            let mut log = self.log();
            let count = log.asked.entry(method).or_default();
            let list = self.0.answers.get(method).map(Vec::as_slice).unwrap_or_default();
            let at = (*count as usize).min(list.len().saturating_sub(1));
            *count += 1;
            list.get(at)
                .cloned()
                .unwrap_or_else(|| json!({"result": default, "reference": "ref"}))
        };
        if answer["throws"] == true {
            std::panic::panic_any(PANIC);
        }
        if answer["never"] == true {
            return std::future::pending().await;
        }
        if answer["nonsense"] == true {
            return Outcome::of("42");
        }
        serde_json::from_value(answer).expect("a script's answer is an outcome")
    }
}

fn seen(message: &Message) -> Map<String, Value> {
    let seen = json!({
        "to": message.to.as_str(),
        "channel": message.channel,
        "purpose": message.purpose,
        "tenant": message.tenant,
        "locale": message.locale,
        "values": message.values,
        "ttl_ms": message.ttl.as_millis() as u64,
    });
    seen.as_object().cloned().unwrap_or_default()
}

fn with(message: &Message, more: &[(&str, &str)]) -> Value {
    let mut seen = seen(message);
    seen.extend(more.iter().map(|(name, text)| ((*name).to_owned(), Value::from(*text))));
    Value::Object(seen)
}

#[async_trait]
impl Sender for Scripted {
    async fn send(&self, outgoing: Outgoing) -> SendResult {
        let code = outgoing.code.expose();
        self.log().message = with(&outgoing.message, &[("code", code), ("text", &outgoing.text)]);
        *self.0.last_code.lock().unwrap_or_else(PoisonError::into_inner) = Some(code.to_owned());
        let mut outcome = self.answer("send", "sent").await;
        // Only an answer of the script has a reference of its own.
        if !self.offers("send") {
            outcome.reference = None;
        }
        outcome.into_send()
    }
}

#[async_trait]
impl Verifier for Scripted {
    async fn create(&self, message: Message) -> CreateResult {
        self.log().message = with(&message, &[]);
        self.answer("create", "created").await.into_create()
    }

    async fn check(&self, check: VerifierCheck) -> CheckResult {
        self.log().check = with(
            &check.message,
            &[("reference", &check.reference), ("code", check.code.expose())],
        );
        self.answer("check", "approved").await.into_check()
    }

    async fn resend(&self, message: Message, reference: String) -> CreateResult {
        if !self.offers("resend") {
            return self.create(message).await;
        }
        self.log().message = with(&message, &[("reference", &reference)]);
        self.answer("resend", "created").await.into_create()
    }

    async fn cancel(&self, _: Message, _: String) {
        if self.offers("cancel") {
            self.answer("cancel", "done").await;
        }
    }

    fn checks_by_recipient(&self) -> bool {
        self.0.by_recipient
    }
}
