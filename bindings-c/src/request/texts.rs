//! The texts that a request lends.

use otpkit::Message;
use std::ffi::CStr;
use zeroize::Zeroizing;

/// The texts of a request, one behind the other, each with a NUL. Wiped when dropped: they hold the code.
pub(crate) struct Texts {
    bytes: Zeroizing<Vec<u8>>,
    starts: Vec<(Name, usize)>,
}

#[derive(PartialEq, Eq)]
pub(super) enum Name {
    To,
    Channel,
    Purpose,
    Tenant,
    Locale,
    IdempotencyKey,
    Code,
    Text,
    Reference,
    Value(String),
}

impl Texts {
    /// The texts of a message; `more` bytes will follow.
    pub(crate) fn of(message: &Message, more: usize) -> Self {
        // Room for all: a vector that grows would leave copies behind that nobody wipes.
        let fixed = [
            message.to.as_str(),
            message.channel.as_str(),
            &message.purpose,
            &message.tenant,
            &message.idempotency_key,
        ];
        let texts = fixed
            .into_iter()
            .chain(message.locale.as_deref())
            .chain(message.values.values().map(String::as_str));
        let room = texts.map(|text| text.len() + 1).sum::<usize>() + more + 4;
        let mut texts = Self {
            bytes: Zeroizing::new(Vec::with_capacity(room)),
            starts: Vec::with_capacity(9 + message.values.len()),
        };
        texts.push(Name::To, message.to.as_str());
        texts.push(Name::Channel, message.channel.as_str());
        texts.push(Name::Purpose, &message.purpose);
        texts.push(Name::Tenant, &message.tenant);
        texts.push(Name::IdempotencyKey, &message.idempotency_key);
        if let Some(locale) = &message.locale {
            texts.push(Name::Locale, locale);
        }
        for (name, value) in &message.values {
            texts.push(Name::Value(name.clone()), value);
        }
        texts
    }

    pub(crate) fn code(mut self, code: &str) -> Self {
        self.push(Name::Code, code);
        self
    }

    pub(crate) fn text(mut self, text: &str) -> Self {
        self.push(Name::Text, text);
        self
    }

    pub(crate) fn reference(mut self, reference: &str) -> Self {
        self.push(Name::Reference, reference);
        self
    }

    fn push(&mut self, name: Name, text: &str) {
        let needed = self.bytes.len() + text.len() + 1;
        if needed > self.bytes.capacity() {
            let mut grown = Zeroizing::new(Vec::with_capacity(needed * 2));
            grown.extend_from_slice(&self.bytes);
            self.bytes = grown;
        }
        self.starts.push((name, self.bytes.len()));
        self.bytes.extend_from_slice(text.as_bytes());
        self.bytes.push(0);
    }

    pub(super) fn find(&self, name: &Name) -> Option<&CStr> {
        let (_, start) = self.starts.iter().find(|(known, _)| known == name)?;
        CStr::from_bytes_until_nul(&self.bytes[*start..]).ok()
    }

    /// The values for the template, by name.
    pub(super) fn values(&self) -> impl Iterator<Item = (&str, &CStr)> {
        self.starts.iter().filter_map(|(name, _)| match name {
            Name::Value(text) => Some((text.as_str(), self.find(name)?)),
            _ => None,
        })
    }
}
