//! The parameters of a call. Vendors ignore what they do not know; so does this.

use serde_json::{Map, Value};

use super::call::Call;

#[derive(Debug, Default)]
pub(super) struct Params(Map<String, Value>);

/// The parameter that cannot be what it is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong(pub(super) &'static str);

impl Params {
    /// A form as it is, its values as strings. The first of two of a name counts.
    pub(super) fn form(call: &Call) -> Self {
        let mut fields = Map::new();
        for (name, value) in form_urlencoded::parse(call.body()) {
            fields
                .entry(name.into_owned())
                .or_insert_with(|| Value::String(value.into_owned()));
        }
        Self(fields)
    }

    /// A JSON object, or nothing if the body is another thing.
    pub(super) fn json(call: &Call) -> Option<Self> {
        match serde_json::from_slice(call.body()) {
            Ok(Value::Object(fields)) => Some(Self(fields)),
            _ => None,
        }
    }

    pub(super) fn value(&self, name: &str) -> &Value {
        self.0.get(name).unwrap_or(&Value::Null)
    }

    /// A string; an empty one says as little as none.
    pub(super) fn text(&self, name: &'static str) -> Result<Option<&str>, Wrong> {
        match self.value(name) {
            Value::Null => Ok(None),
            Value::String(text) if text.is_empty() => Ok(None),
            Value::String(text) => Ok(Some(text)),
            _ => Err(Wrong(name)),
        }
    }

    /// A string of at most so many characters, without control characters other than those of text.
    pub(super) fn short_text(&self, name: &'static str, most: usize) -> Result<Option<&str>, Wrong> {
        let text = self.text(name)?;
        let is_sound = |text: &&str| text.chars().count() <= most && !text.contains(['\0', '\r', '\n']);
        match text {
            Some(text) if !is_sound(&text) => Err(Wrong(name)),
            text => Ok(text),
        }
    }

    /// A whole number in this range, written as a number or as its digits.
    pub(super) fn whole(&self, name: &'static str, range: std::ops::RangeInclusive<u64>) -> Result<Option<u64>, Wrong> {
        let number = match self.value(name) {
            Value::Null => return Ok(None),
            Value::Number(number) => number.as_u64(),
            Value::String(text) if text.is_empty() => return Ok(None),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        match number {
            Some(number) if range.contains(&number) => Ok(Some(number)),
            _ => Err(Wrong(name)),
        }
    }

    /// One of these words.
    pub(super) fn word(&self, name: &'static str, words: &[&'static str]) -> Result<Option<&'static str>, Wrong> {
        match self.text(name)? {
            None => Ok(None),
            Some(text) => words
                .iter()
                .find(|word| **word == text)
                .map(|word| Some(*word))
                .ok_or(Wrong(name)),
        }
    }

    /// `true` or `false`, in any case, as forms write it.
    pub(super) fn truth(&self, name: &'static str) -> Result<Option<bool>, Wrong> {
        match self.value(name) {
            Value::Bool(truth) => Ok(Some(*truth)),
            _ => match self.text(name)? {
                None => Ok(None),
                Some(text) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
                Some(text) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
                Some(_) => Err(Wrong(name)),
            },
        }
    }
}
