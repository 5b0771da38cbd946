//! Reading settings with errors for the person who wrote them.

use super::Settings;
use crate::error::{Error, Result};
use indexmap::IndexMap;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error as _, MapAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;
use zeroize::Zeroizing;

const SETTINGS_MAX: usize = 1 << 20;

pub(super) fn from_json(json: &str) -> Result<Settings> {
    if json.len() > SETTINGS_MAX {
        return Err(Error::invalid_settings(
            "settings",
            "a document of settings has at most 1 MiB",
        ));
    }
    let mut reader = serde_json::Deserializer::from_str(json);
    let settings = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let field = if path == "." { "settings".to_owned() } else { path };
        Error::invalid_settings(field, sentence(&error.into_inner()))
    })?;
    let trailing = |_| Error::invalid_settings("settings", "there is text after the end of the JSON document");
    reader.end().map_err(trailing)?;
    Ok(settings)
}

/// serde's sentence without its trailing position, which means nothing where the document was made by a binding.
/// A secret could stand in a message of a wrong type ("invalid type: string \"...\""), so values are cut out.
fn sentence(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or_default();
    match (
        text.starts_with("invalid type: ") || text.starts_with("invalid value: "),
        text.find(", expected "),
    ) {
        (true, Some(at)) => format!("wrong type{}", &text[at..]),
        _ => text.to_owned(),
    }
}

pub(super) fn secret<'de, D: Deserializer<'de>>(from: D) -> Result<Zeroizing<String>, D::Error> {
    String::deserialize(from).map(Zeroizing::new)
}

/// A map in the order of the document, in which no name stands twice.
pub(super) fn unique_map<'de, D, V>(from: D) -> Result<IndexMap<String, V>, D::Error>
where
    D: Deserializer<'de>,
    V: DeserializeOwned,
{
    struct Unique<V>(PhantomData<V>);

    impl<'de, V: DeserializeOwned> Visitor<'de> for Unique<V> {
        type Value = IndexMap<String, V>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
            let mut map = IndexMap::new();
            while let Some(name) = access.next_key::<String>()? {
                if map.contains_key(&name) {
                    return Err(A::Error::custom(format!("the name `{name}` stands twice")));
                }
                let value = access.next_value()?;
                map.insert(name, value);
            }
            Ok(map)
        }
    }

    from.deserialize_map(Unique(PhantomData))
}
