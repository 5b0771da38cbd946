//! Arguments. Only their type is looked at here: what they may hold is the core's matter.
//!
//! Types are exact. A subclass of `str` may compare, format or encode as something else than it shows.

use otpkit::Error;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString};
use std::collections::BTreeMap;

pub(crate) type Arg<'a, 'py> = Option<&'a Bound<'py, PyAny>>;

/// A field that may be left out.
pub(crate) fn text(field: &'static str, value: Arg<'_, '_>) -> Result<Option<String>, Error> {
    value.map(|value| str_of(field, value).map(str::to_owned)).transpose()
}

/// A field that must be there.
pub(crate) fn required(field: &'static str, value: Arg<'_, '_>) -> Result<String, Error> {
    text(field, value)?.ok_or_else(|| Error::invalid_input(field, "this field is needed, as a str"))
}

/// The context: bytes, or text as its UTF-8 bytes.
pub(crate) fn context(value: Arg<'_, '_>) -> Result<Option<Vec<u8>>, Error> {
    let Some(value) = value else { return Ok(None) };
    if let Ok(bytes) = value.cast_exact::<PyBytes>() {
        return Ok(Some(bytes.as_bytes().to_vec()));
    }
    if value.is_exact_instance_of::<PyString>() {
        return Ok(Some(str_of("context", value)?.as_bytes().to_vec()));
    }
    Err(Error::invalid_input(
        "context",
        format!("a context is bytes or a str, not {}", type_name(value)),
    ))
}

/// The values of a template.
pub(crate) fn values(value: Arg<'_, '_>) -> Result<BTreeMap<String, String>, Error> {
    let Some(value) = value else { return Ok(BTreeMap::new()) };
    let wrong = |what: &Bound<'_, PyAny>| {
        Error::invalid_input(
            "values",
            format!("this field is a dict of str to str; this one holds {}", type_name(what)),
        )
    };
    let dict = value.cast_exact::<PyDict>().map_err(|_| wrong(value))?;
    let mut values = BTreeMap::new();
    for (name, text) in dict.iter() {
        for part in [&name, &text] {
            if !part.is_exact_instance_of::<PyString>() {
                return Err(wrong(part));
            }
        }
        values.insert(str_of("values", &name)?.to_owned(), str_of("values", &text)?.to_owned());
    }
    Ok(values)
}

fn str_of<'a>(field: &'static str, value: &'a Bound<'_, PyAny>) -> Result<&'a str, Error> {
    match value.cast_exact::<PyString>() {
        Ok(text) => text
            .to_str()
            .map_err(|_| Error::invalid_input(field, "this text holds a lone surrogate, half a character")),
        Err(_) => Err(Error::invalid_input(
            field,
            format!("this field is a str, not {}", type_name(value)),
        )),
    }
}

/// The name of the value's type, cut to what is safe to show.
fn type_name(value: &Bound<'_, PyAny>) -> String {
    let name = value
        .get_type()
        .name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let shown: String = name
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '_')
        .take(40)
        .collect();
    if shown.is_empty() { "another type".into() } else { shown }
}
