use super::{Channel, Country, Email, Phone};
use std::fmt;

/// Whom a code goes to: a phone number (E.164 inside) or an e-mail address. `Debug` shows the mask only.
#[derive(Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Recipient {
    /// A phone number.
    Phone(Phone),
    /// An e-mail address.
    Email(Email),
}

impl Recipient {
    /// Parses a recipient: what holds an `@` is an e-mail address, everything else a phone number.
    ///
    /// # Errors
    /// The sentence of what is wrong; it never repeats the input.
    pub fn parse(text: &str, default_country: Option<Country>) -> Result<Recipient, String> {
        // A bound before any work; the longest address has 254 characters.
        if text.len() > 320 {
            return Err("a recipient has at most 320 characters".into());
        }
        if text.contains('@') {
            return Email::parse(text).map(Recipient::Email).map_err(Into::into);
        }
        Phone::parse(text, default_country)
            .map(Recipient::Phone)
            .map_err(|issue| issue.to_string())
    }

    /// The canonical form: E.164, or the address in lower case.
    pub fn as_str(&self) -> &str {
        match self {
            Recipient::Phone(phone) => phone.as_str(),
            Recipient::Email(email) => email.as_str(),
        }
    }

    /// The form for logs, events and replies.
    pub fn masked(&self) -> String {
        match self {
            Recipient::Phone(phone) => phone.masked(),
            Recipient::Email(email) => email.masked(),
        }
    }

    /// The country of a phone number, where it has one.
    pub fn country(&self) -> Option<Country> {
        match self {
            Recipient::Phone(phone) => phone.country(),
            Recipient::Email(_) => None,
        }
    }

    /// The channel that is used when a call names none.
    pub fn default_channel(&self) -> Channel {
        match self {
            Recipient::Phone(_) => Channel::SMS,
            Recipient::Email(_) => Channel::EMAIL,
        }
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}
