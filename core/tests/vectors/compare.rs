//! Subset matches, and strictness about keys.

use serde_json::{Map, Value};

/// Every key of `expected` is in `got` with an equal value; an expected `null` also means absent.
pub(crate) fn subset(expected: &Value, got: &Value) -> Result<(), String> {
    let fields = object(expected)?;
    for (name, value) in fields {
        let found = got.get(name).unwrap_or(&Value::Null);
        if found != value {
            return Err(format!("{name}: expected {value}, got {found} in {got}"));
        }
    }
    Ok(())
}

pub(crate) fn absent(names: Option<&Value>, got: &Value) -> Result<(), String> {
    for name in names.and_then(Value::as_array).into_iter().flatten() {
        let name = name.as_str().ok_or("`absent` lists names")?;
        if let Some(found) = got.get(name) {
            return Err(format!("{name}: expected to be absent, got {found}"));
        }
    }
    Ok(())
}

pub(crate) fn only_keys(value: &Value, known: &[&str]) -> Result<(), String> {
    match object(value)?.keys().find(|key| !known.contains(&key.as_str())) {
        Some(unknown) => Err(format!("the runner knows no key `{unknown}` here; it knows {known:?}")),
        None => Ok(()),
    }
}

pub(crate) fn object(value: &Value) -> Result<&Map<String, Value>, String> {
    value.as_object().ok_or_else(|| format!("{value} is no object"))
}
