//! `$name` and `${name}` in the strings of a step.

use serde_json::Value;
use std::collections::HashMap;

/// What steps have saved, and the last code that a provider got.
#[derive(Default)]
pub(crate) struct Variables(HashMap<String, String>);

impl Variables {
    pub(crate) fn set(&mut self, name: &str, value: String) {
        self.0.insert(name.to_owned(), value);
    }

    /// The value with every variable replaced, in nested values too. Replaced text is not looked at again.
    pub(crate) fn fill(&self, value: &Value) -> Result<Value, String> {
        Ok(match value {
            Value::String(text) => Value::String(self.fill_text(text)?),
            Value::Array(items) => Value::Array(items.iter().map(|item| self.fill(item)).collect::<Result<_, _>>()?),
            Value::Object(fields) => {
                let filled = fields.iter().map(|(name, field)| Ok((name.clone(), self.fill(field)?)));
                Value::Object(filled.collect::<Result<_, String>>()?)
            }
            plain => plain.clone(),
        })
    }

    fn fill_text(&self, text: &str) -> Result<String, String> {
        if let Some(name) = text.strip_prefix('$').filter(|name| is_name(name)) {
            return self.get(name);
        }
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find("${") {
            filled.push_str(&rest[..at]);
            let after = &rest[at + 2..];
            match after.find('}').map(|end| (&after[..end], &after[end + 1..])) {
                Some((name, behind)) if is_name(name) => {
                    filled.push_str(&self.get(name)?);
                    rest = behind;
                }
                _ => {
                    filled.push_str("${");
                    rest = after;
                }
            }
        }
        filled.push_str(rest);
        Ok(filled)
    }

    fn get(&self, name: &str) -> Result<String, String> {
        let saved = |name: &str| {
            let found = self.0.get(name).cloned();
            found.ok_or_else(|| format!("no step has saved a variable `{name}`"))
        };
        let (word, number) = name.split_once(':').unwrap_or((name, "1"));
        match word {
            "wrong" => wrong(&saved("code")?, number.parse().map_err(|_| format!("`{name}`"))?),
            "long" => Ok("1".repeat(10 << 20)),
            _ => saved(name),
        }
    }
}

fn is_name(name: &str) -> bool {
    let (word, number) = name.split_once(':').unwrap_or((name, "1"));
    word.starts_with(|c: char| c.is_ascii_lowercase())
        && word
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        && !number.is_empty()
        && number.bytes().all(|b| b.is_ascii_digit())
}

/// Another code of the same length.
fn wrong(code: &str, by: u64) -> Result<String, String> {
    let value: u64 = code
        .parse()
        .map_err(|_| format!("`$wrong` of `{code}`, which is no number"))?;
    let width = code.len();
    Ok(format!("{:0width$}", (value + by) % 10u64.pow(width as u32)))
}
