//! Settings of vendors are checked when the client is built; what is wrong is named by provider and field.

use super::address::plain_url;
use crate::error::{Error, Result};
use crate::settings::SecretText;
use std::collections::BTreeMap;
use std::fmt::Display;
use zeroize::Zeroizing;

/// The most of a list of keys and values.
const MAP_MAX: usize = 20;

/// The settings of the provider of this name.
pub(super) struct Fields<'n> {
    pub(super) provider: &'n str,
}

impl Fields<'_> {
    pub(super) fn path(&self, field: &str) -> String {
        format!("providers.{}.{field}", self.provider)
    }

    pub(super) fn wrong(&self, field: &str, sentence: impl Into<String>) -> Error {
        Error::invalid_settings(self.path(field), sentence)
    }

    /// A key: it goes into a header, and every vendor's is made of visible ASCII.
    pub(super) fn secret(&self, field: &str, secret: &SecretText) -> Result<Zeroizing<String>> {
        let text = secret.expose();
        if text.is_empty() {
            return Err(self.wrong(field, "it is empty; copy it from the vendor's console"));
        }
        if text.len() > 512 || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            let sentence =
                "it has at most 512 characters, and no blanks, line ends, control or other special characters";
            return Err(self.wrong(field, sentence));
        }
        Ok(Zeroizing::new(text.to_owned()))
    }

    /// A text of a message, on one line.
    pub(super) fn text(&self, field: &str, text: Option<&str>, most: usize) -> Result<()> {
        let Some(text) = text else { return Ok(()) };
        if text.trim().is_empty() {
            return Err(self.wrong(field, "it is empty; leave it out for the vendor's default"));
        }
        if text.chars().count() > most || text.chars().any(char::is_control) {
            let sentence = format!("it has at most {most} characters, and no line ends or control characters");
            return Err(self.wrong(field, sentence));
        }
        Ok(())
    }

    /// A vendor's name of something: two letters that tell what, and 32 hexadecimal digits.
    pub(super) fn sid(&self, field: &str, text: &str, letters: &str) -> Result<()> {
        match is_sid(text, letters) {
            true => Ok(()),
            false => {
                let sentence = format!("this is {letters} followed by 32 hexadecimal digits, 0-9 and a-f");
                Err(self.wrong(field, sentence))
            }
        }
    }

    /// A part of a host name.
    pub(super) fn label(&self, field: &str, text: Option<&str>) -> Result<()> {
        let fits = |text: &str| {
            let of_label = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
            (1..=32).contains(&text.len())
                && text.bytes().all(of_label)
                && !text.starts_with('-')
                && !text.ends_with('-')
        };
        match text.is_none_or(fits) {
            true => Ok(()),
            false => Err(self.wrong(
                field,
                "1 to 32 characters of a-z, 0-9 and -, such as \"ie1\" or \"dublin\"",
            )),
        }
    }

    /// Where a vendor reports to.
    pub(super) fn report_url(&self, field: &str, text: Option<&str>) -> Result<()> {
        text.map_or(Ok(()), |text| plain_url(&self.path(field), text).map(|_| ()))
    }

    pub(super) fn within<T>(&self, field: &str, value: Option<T>, least: T, most: T) -> Result<Option<T>>
    where
        T: PartialOrd + Display + Copy,
    {
        match value {
            Some(value) if value < least || value > most => {
                Err(self.wrong(field, format!("{value} is not within {least} to {most}")))
            }
            value => Ok(value),
        }
    }

    /// Keys and values.
    pub(super) fn map(&self, field: &str, map: &BTreeMap<String, String>) -> Result<()> {
        let fits = |text: &String| (1..=256).contains(&text.len()) && !text.chars().any(char::is_control);
        match map.len() <= MAP_MAX && map.iter().all(|(key, value)| fits(key) && fits(value)) {
            true => Ok(()),
            false => {
                let sentence =
                    format!("at most {MAP_MAX} keys and values of 1 to 256 bytes, without control characters");
                Err(self.wrong(field, sentence))
            }
        }
    }

    /// Who a text message comes from: a number, or up to 11 letters and digits.
    pub(super) fn originator(&self, field: &str, text: &str) -> Result<()> {
        let digits = text.strip_prefix('+').unwrap_or(text);
        let is_number = (3..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        let of_name = |byte: u8| byte.is_ascii_graphic() || byte == b' ';
        let is_name = (1..=11).contains(&text.len())
            && text.bytes().all(of_name)
            && text.trim() == text
            && text.bytes().any(|byte| byte.is_ascii_alphabetic());
        match is_number || is_name {
            true => Ok(()),
            false => {
                let sentence = "a number of 3 to 15 digits, or a name of up to 11 ASCII letters and digits";
                Err(self.wrong(field, sentence))
            }
        }
    }
}

pub(super) fn is_sid(text: &str, letters: &str) -> bool {
    let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    text.strip_prefix(letters)
        .is_some_and(|rest| rest.len() == 32 && rest.bytes().all(hex))
}
