//! What is in a box, and its compact form: a box is kept for every pending verification.

use crate::types::{Channel, Code};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is in the box.
pub(crate) struct Contents {
    pub(crate) to: String,
    pub(crate) channel: Channel,
    pub(crate) locale: Option<String>,
    pub(crate) values: BTreeMap<String, String>,
    /// The context, for the digest of a new code.
    pub(crate) context: Vec<u8>,
    /// The code, where resending the same is allowed.
    pub(crate) code: Option<Code>,
    /// Who served: the provider's name and its reference.
    pub(crate) provider: String,
    pub(crate) reference: String,
    /// Whether the last message is known to be sent.
    pub(crate) sent: bool,
}

#[derive(Serialize, Deserialize)]
struct Stored<'a> {
    /// First, so that it can be read alone.
    #[serde(borrow)]
    to: StoredTo<'a>,
    channel: StoredChannel<'a>,
    locale: Option<&'a str>,
    values: BTreeMap<&'a str, &'a str>,
    context: &'a [u8],
    code: Option<&'a str>,
    provider: &'a str,
    reference: &'a str,
    sent: bool,
}

/// An E.164 number has at most 15 digits and begins with none that is 0, so it is a number of 50 bits.
#[derive(Serialize, Deserialize)]
enum StoredTo<'a> {
    Phone(u64),
    Text(&'a str),
}

#[derive(Serialize, Deserialize)]
enum StoredChannel<'a> {
    Sms,
    Voice,
    Whatsapp,
    Email,
    Other(&'a str),
}

impl Contents {
    /// Writes the compact form into a buffer; `None` if it is too short.
    pub(super) fn encode_into<'b>(&self, buffer: &'b mut [u8]) -> Option<&'b [u8]> {
        postcard::to_slice(&self.stored(), buffer).ok().map(|written| &*written)
    }

    pub(super) fn encode(&self) -> Option<Vec<u8>> {
        postcard::to_allocvec(&self.stored()).ok()
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Contents> {
        let stored: Stored<'_> = postcard::from_bytes(bytes).ok()?;
        let code = match stored.code {
            Some(code) => Some(Code::parse_host(code).ok()?),
            None => None,
        };
        Some(Contents {
            to: stored.to.text(),
            channel: stored.channel.channel()?,
            locale: stored.locale.map(str::to_owned),
            values: stored
                .values
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            context: stored.context.to_vec(),
            code,
            provider: stored.provider.to_owned(),
            reference: stored.reference.to_owned(),
            sent: stored.sent,
        })
    }

    pub(super) fn decode_recipient(bytes: &[u8]) -> Option<String> {
        let (to, _) = postcard::take_from_bytes::<StoredTo<'_>>(bytes).ok()?;
        Some(to.text())
    }

    fn stored(&self) -> Stored<'_> {
        Stored {
            to: StoredTo::of(&self.to),
            channel: StoredChannel::of(&self.channel),
            locale: self.locale.as_deref(),
            values: self
                .values
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect(),
            context: &self.context,
            code: self.code.as_ref().map(Code::expose),
            provider: &self.provider,
            reference: &self.reference,
            sent: self.sent,
        }
    }
}

impl<'a> StoredTo<'a> {
    fn of(to: &'a str) -> StoredTo<'a> {
        let digits = to
            .strip_prefix('+')
            .filter(|digits| (1..=15).contains(&digits.len()) && !digits.starts_with('0'))
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
        match digits.map(str::parse) {
            Some(Ok(number)) => StoredTo::Phone(number),
            _ => StoredTo::Text(to),
        }
    }

    fn text(&self) -> String {
        match self {
            StoredTo::Phone(number) => format!("+{number}"),
            StoredTo::Text(text) => (*text).to_owned(),
        }
    }
}

impl<'a> StoredChannel<'a> {
    fn of(channel: &'a Channel) -> StoredChannel<'a> {
        match channel.as_str() {
            "sms" => StoredChannel::Sms,
            "voice" => StoredChannel::Voice,
            "whatsapp" => StoredChannel::Whatsapp,
            "email" => StoredChannel::Email,
            other => StoredChannel::Other(other),
        }
    }

    fn channel(&self) -> Option<Channel> {
        match self {
            StoredChannel::Sms => Some(Channel::SMS),
            StoredChannel::Voice => Some(Channel::VOICE),
            StoredChannel::Whatsapp => Some(Channel::WHATSAPP),
            StoredChannel::Email => Some(Channel::EMAIL),
            StoredChannel::Other(other) => Channel::parse(other).ok(),
        }
    }
}
