use super::{Outgoing, SendResult, Sender};
use async_trait::async_trait;
use serde::Serialize;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

/// The messages that an `outbox` provider kept. A clone shows the same messages.
#[derive(Clone)]
pub struct Outbox {
    kept: Arc<Mutex<VecDeque<OutboxMessage>>>,
    keep: usize,
}

/// A message that an `outbox` provider kept. It holds the code in clear: outboxes are for tests and development.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OutboxMessage {
    /// The recipient.
    pub to: String,
    /// The channel.
    pub channel: String,
    /// The purpose.
    pub purpose: String,
    /// The code.
    pub code: String,
    /// The text.
    pub text: String,
    /// The language that was asked for.
    pub locale: Option<String>,
    /// When it was sent.
    #[serde(serialize_with = "crate::types::as_rfc3339")]
    pub at: SystemTime,
}

impl Outbox {
    pub(crate) fn new(keep: usize) -> Outbox {
        Outbox {
            kept: Arc::default(),
            keep,
        }
    }

    /// All messages, the oldest first.
    pub fn messages(&self) -> Vec<OutboxMessage> {
        self.lock().iter().cloned().collect()
    }

    /// The newest message.
    pub fn last(&self) -> Option<OutboxMessage> {
        self.lock().back().cloned()
    }

    /// Forgets all messages.
    pub fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<OutboxMessage>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Sender for Outbox {
    async fn send(&self, outgoing: Outgoing) -> SendResult {
        let Outgoing { message, code, text } = outgoing;
        let kept = OutboxMessage {
            to: message.to.as_str().to_owned(),
            channel: message.channel.as_str().to_owned(),
            purpose: message.purpose,
            code: code.expose().to_owned(),
            text,
            locale: message.locale,
            at: SystemTime::now(),
        };
        let mut messages = self.lock();
        if messages.len() >= self.keep {
            messages.pop_front();
        }
        messages.push_back(kept);
        SendResult::SENT
    }
}
