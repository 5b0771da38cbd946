use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;

/// How a code reaches the recipient. The list is open: a host's own provider may serve a channel of its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Channel(Cow<'static, str>);

impl Channel {
    /// A text message.
    pub const SMS: Channel = Channel(Cow::Borrowed("sms"));
    /// A spoken call.
    pub const VOICE: Channel = Channel(Cow::Borrowed("voice"));
    /// A WhatsApp message.
    pub const WHATSAPP: Channel = Channel(Cow::Borrowed("whatsapp"));
    /// An e-mail.
    pub const EMAIL: Channel = Channel(Cow::Borrowed("email"));

    /// Parses a channel: 1 to 32 of `a-z`, `0-9`, `_` and `-`.
    ///
    /// # Errors
    /// The sentence of what is wrong.
    pub fn parse(text: &str) -> Result<Channel, &'static str> {
        for known in [Self::SMS, Self::VOICE, Self::WHATSAPP, Self::EMAIL] {
            if known.as_str() == text {
                return Ok(known);
            }
        }
        let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-';
        if (1..=32).contains(&text.len()) && text.bytes().all(fits) {
            Ok(Channel(Cow::Owned(text.to_owned())))
        } else {
            Err("a channel is 1 to 32 characters of a-z, 0-9, _ and -, for example \"sms\"")
        }
    }

    /// The channel as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Channel {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Channel::parse(&text)
    }
}

impl From<Channel> for String {
    fn from(channel: Channel) -> String {
        channel.0.into_owned()
    }
}
