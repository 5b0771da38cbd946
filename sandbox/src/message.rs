//! What a client posts, and what the inbox shows.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::recipient;
use crate::refusal::{Refusal, parse_object};

/// A message as a client posts it. Unknown fields are refused: a misspelt `code` would otherwise vanish in silence.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Content {
    pub(crate) to: String,
    pub(crate) channel: String,
    pub(crate) text: String,
    pub(crate) code: Option<String>,
    pub(crate) purpose: Option<String>,
    pub(crate) tenant: Option<String>,
    pub(crate) provider: Option<String>,
    pub(crate) locale: Option<String>,
    /// The subject line of an e-mail.
    pub(crate) subject: Option<String>,
}

impl Content {
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Refusal> {
        let content: Self = parse_object(body, "a message")?;
        if recipient::key(&content.to).is_empty() {
            return Err(Refusal::invalid_input("`to` is empty: name a phone number or an address").of_field("to"));
        }
        if content.channel.trim().is_empty() {
            let message = "`channel` is empty: name one, such as sms, voice, whatsapp or email";
            return Err(Refusal::invalid_input(message).of_field("channel"));
        }
        Ok(content)
    }

    fn size(&self) -> usize {
        let optional = [
            &self.code,
            &self.purpose,
            &self.tenant,
            &self.provider,
            &self.locale,
            &self.subject,
        ];
        let required = self.to.len() + self.channel.len() + self.text.len();
        required + optional.into_iter().flatten().map(String::len).sum::<usize>()
    }
}

/// A message in the inbox; it serialises to what the API answers.
#[derive(Debug, Serialize)]
pub(crate) struct Message {
    pub(crate) id: String,
    #[serde(flatten)]
    pub(crate) content: Content,
    /// RFC 3339, UTC, milliseconds.
    pub(crate) received_at: String,
    /// What `to` is compared by.
    #[serde(skip)]
    pub(crate) key: String,
}

impl Message {
    pub(crate) fn new(number: u64, content: Content, received: SystemTime) -> Self {
        let key = recipient::key(&content.to);
        let received_at = humantime::format_rfc3339_millis(received).to_string();
        Self {
            id: format!("msg_{number}"),
            content,
            received_at,
            key,
        }
    }

    /// Roughly how many bytes it holds; what the inbox is bounded by besides the number of messages.
    pub(crate) fn size(&self) -> usize {
        size_of::<Self>() + self.content.size() + self.id.len() + self.received_at.len() + self.key.len()
    }
}
