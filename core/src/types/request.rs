//! The calls. They hold what the caller said, as strings; [`Parsed`] is what remains after the edge.

use super::{Channel, Code, Country, Purpose, Recipient, VerificationId};
use crate::error::{Error, Result};
use crate::types::Alphabet;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// The longest context that a code can be bound to, in bytes.
pub(crate) const CONTEXT_MAX: usize = 4096;
const VALUES_MAX: usize = 16;
const VALUE_MAX: usize = 256;

/// Sends a code: see [`Client::start`](crate::Client::start).
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Start {
    /// Phone number or e-mail address.
    pub to: String,
    /// What the code is for; `default` if absent.
    pub purpose: Option<String>,
    /// `sms`, `email`, ...; by default what fits the recipient.
    pub channel: Option<String>,
    /// The end user's IP address, for the windows per IP.
    pub ip: Option<String>,
    /// Bytes that the code is bound to: `check` must name the same.
    pub context: Option<Vec<u8>>,
    /// BCP 47 tag of the language of the message.
    pub locale: Option<String>,
    /// Values for the placeholders of a template.
    pub values: BTreeMap<String, String>,
}

/// Checks a code: see [`Client::check`](crate::Client::check).
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Check {
    /// The id that `start` returned.
    pub id: String,
    /// What the person typed.
    pub code: String,
    /// The purpose that `start` named; `default` if absent.
    pub purpose: Option<String>,
    /// If given, the recipient that the verification must be for.
    pub to: Option<String>,
    /// The context that `start` named.
    pub context: Option<Vec<u8>>,
}

/// Sends a code again: see [`Client::resend`](crate::Client::resend).
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Resend {
    /// The id that `start` returned.
    pub id: String,
    /// The purpose that `start` named; `default` if absent.
    pub purpose: Option<String>,
    /// If given, the recipient that the verification must be for.
    pub to: Option<String>,
}

/// Ends a verification: see [`Client::cancel`](crate::Client::cancel).
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Cancel {
    /// The id that `start` returned.
    pub id: String,
    /// The purpose that `start` named; `default` if absent.
    pub purpose: Option<String>,
    /// If given, the recipient that the verification must be for.
    pub to: Option<String>,
}

/// Asks how a verification stands, for operators: see [`Client::status`](crate::Client::status).
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Status {
    /// The id that `start` returned.
    pub id: String,
    /// The purpose that `start` named; `default` if absent.
    pub purpose: Option<String>,
    /// If given, the recipient that the verification must be for.
    pub to: Option<String>,
}

/// Sends a code that the host made: see [`Client::deliver`](crate::Client::deliver).
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Deliver {
    /// Phone number or e-mail address.
    pub to: String,
    /// The host's code: 4 to 10 characters.
    pub code: String,
    /// What the code is for; `default` if absent.
    pub purpose: Option<String>,
    /// `sms`, `email`, ...; by default what fits the recipient.
    pub channel: Option<String>,
    /// The end user's IP address, for the windows per IP.
    pub ip: Option<String>,
    /// BCP 47 tag of the language of the message.
    pub locale: Option<String>,
    /// Values for the placeholders of a template.
    pub values: BTreeMap<String, String>,
}

/// Forgets the failures of a subject: see [`Client::unlock`](crate::Client::unlock).
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Unlock {
    /// Phone number or e-mail address.
    pub to: String,
    /// The purpose; `default` if absent.
    pub purpose: Option<String>,
}

impl Start {
    /// Starts a verification of a recipient.
    pub fn to(to: impl Into<String>) -> Self {
        Self {
            to: to.into(),
            ..Self::default()
        }
    }
}

impl Check {
    /// Checks a code against the verification of this id.
    pub fn new(id: impl Into<String>, code: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            code: code.into(),
            ..Self::default()
        }
    }
}

impl Deliver {
    /// Sends the host's own code to a recipient.
    pub fn new(to: impl Into<String>, code: impl Into<String>) -> Self {
        Self {
            to: to.into(),
            code: code.into(),
            ..Self::default()
        }
    }
}

impl Unlock {
    /// Unlocks a recipient.
    pub fn to(to: impl Into<String>) -> Self {
        Self {
            to: to.into(),
            ..Self::default()
        }
    }
}

/// The fields that several calls share, as chained setters.
macro_rules! setters {
    ($($request:ident: $($field:ident),+;)+) => {
        $(impl $request { $(setters!(@ $field);)+ })+
    };
    (@ purpose) => {
        /// Names the purpose.
        pub fn purpose(mut self, purpose: impl Into<String>) -> Self { self.purpose = Some(purpose.into()); self }
    };
    (@ channel) => {
        /// Names the channel.
        pub fn channel(mut self, channel: impl Into<String>) -> Self { self.channel = Some(channel.into()); self }
    };
    (@ ip) => {
        /// Names the end user's IP address.
        pub fn ip(mut self, ip: impl ToString) -> Self { self.ip = Some(ip.to_string()); self }
    };
    (@ context) => {
        /// Binds the code to these bytes.
        pub fn context(mut self, context: impl Into<Vec<u8>>) -> Self { self.context = Some(context.into()); self }
    };
    (@ locale) => {
        /// Names the language of the message.
        pub fn locale(mut self, locale: impl Into<String>) -> Self { self.locale = Some(locale.into()); self }
    };
    (@ value) => {
        /// Gives a value for a placeholder of the template.
        pub fn value(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
            self.values.insert(name.into(), value.into());
            self
        }
    };
    (@ for_recipient) => {
        /// Names the recipient that the verification must be for.
        pub fn to(mut self, to: impl Into<String>) -> Self { self.to = Some(to.into()); self }
    };
    (@ new) => {
        /// The verification of this id.
        pub fn new(id: impl Into<String>) -> Self { Self { id: id.into(), ..Self::default() } }
    };
}

setters! {
    Start: purpose, channel, ip, context, locale, value;
    Check: purpose, context, for_recipient;
    Resend: new, purpose, for_recipient;
    Cancel: new, purpose, for_recipient;
    Status: new, purpose, for_recipient;
    Deliver: purpose, channel, ip, locale, value;
    Unlock: purpose;
}

/// The edge: one function a kind of field, each naming the field in its error.
pub(crate) struct Parsed;

impl Parsed {
    pub(crate) fn recipient(text: &str, country: Option<Country>) -> Result<Recipient> {
        Recipient::parse(text, country).map_err(|why| Error::invalid_input("to", why))
    }

    pub(crate) fn purpose(text: Option<&str>) -> Result<Purpose> {
        let parse = |text| Purpose::parse(text).map_err(|why| Error::invalid_input("purpose", why));
        text.map_or(Ok(Purpose::DEFAULT), parse)
    }

    pub(crate) fn channel(text: Option<&str>, recipient: &Recipient) -> Result<Channel> {
        let Some(text) = text else {
            return Ok(recipient.default_channel());
        };
        let channel = Channel::parse(text).map_err(|why| Error::invalid_input("channel", why))?;
        let is_email = matches!(recipient, Recipient::Email(_));
        if is_email && [Channel::SMS, Channel::VOICE, Channel::WHATSAPP].contains(&channel) {
            return Err(Error::invalid_input(
                "channel",
                "this channel needs a phone number, but `to` is an e-mail address",
            ));
        }
        if !is_email && channel == Channel::EMAIL {
            return Err(Error::invalid_input(
                "channel",
                "this channel needs an e-mail address, but `to` is a phone number",
            ));
        }
        Ok(channel)
    }

    pub(crate) fn id(text: &str) -> Result<VerificationId> {
        VerificationId::parse(text).map_err(|why| Error::invalid_input("id", why))
    }

    pub(crate) fn code(text: &str, alphabet: Alphabet) -> Result<Code> {
        Code::parse(text, alphabet).map_err(|why| Error::invalid_input("code", why))
    }

    pub(crate) fn ip(text: Option<&str>) -> Result<Option<IpAddr>> {
        let why = "an IP address is written like 192.0.2.1 or 2001:db8:1:2:3:4:5:6, without a port";
        let parse = |text: &str| text.parse().map_err(|_| Error::invalid_input("ip", why));
        text.map(parse).transpose()
    }

    pub(crate) fn context(bytes: Option<&[u8]>) -> Result<&[u8]> {
        match bytes.unwrap_or_default() {
            long if long.len() > CONTEXT_MAX => Err(Error::invalid_input(
                "context",
                format!("a context has at most {CONTEXT_MAX} bytes; pass a hash of it"),
            )),
            bytes => Ok(bytes),
        }
    }

    pub(crate) fn locale(text: Option<&str>) -> Result<Option<&str>> {
        let fits = |text: &&str| {
            (2..=35).contains(&text.len())
                && text
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        };
        match text {
            Some(text) if !fits(&text) => Err(Error::invalid_input(
                "locale",
                "a locale is a tag like \"en\" or \"zh-CN\"",
            )),
            text => Ok(text),
        }
    }

    pub(crate) fn values(values: &BTreeMap<String, String>) -> Result<()> {
        let too_long = |(name, value): (&String, &String)| name.len() > 64 || value.len() > VALUE_MAX;
        if values.len() > VALUES_MAX || values.iter().any(too_long) {
            let limit = format!("at most {VALUES_MAX} values of at most {VALUE_MAX} bytes, with names of at most 64");
            return Err(Error::invalid_input("values", limit));
        }
        Ok(())
    }
}
