//! Reading settings with errors for the person who wrote them.

use super::Settings;
use crate::error::{Error, Result};
use indexmap::IndexMap;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::Value;
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
        let sentence = sentence(&error.into_inner());
        match (path.as_str(), sentence.split_once(INNER)) {
            (outer, Some((inner, sentence))) => Error::invalid_settings(format!("{outer}.{inner}"), sentence),
            (".", None) => Error::invalid_settings("settings", sentence),
            (path, None) => Error::invalid_settings(path, sentence),
        }
    })?;
    let trailing = |_| Error::invalid_settings("settings", "there is text after the end of the JSON document");
    reader.end().map_err(trailing)?;
    check_objects(json)?;
    Ok(settings)
}

/// The parts of a document that are objects. The others, secrets among them, are passed over without a copy.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Objects {
    policy: Value,
    purposes: serde_json::Map<String, Value>,
    routes: Vec<Value>,
    per_ip: Value,
    global: Value,
}

/// serde reads a list as an object, field by field. Nobody means that, and it would bypass the names.
fn check_objects(json: &str) -> Result<()> {
    let object = |path: String, value: &Value| match value {
        Value::Array(_) => Err(Error::invalid_settings(path, "wrong type, expected an object")),
        _ => Ok(()),
    };
    let items = |value: &Value| value.as_array().cloned().unwrap_or_default();

    if json.trim_start().starts_with('[') {
        return Err(Error::invalid_settings("settings", "wrong type, expected an object"));
    }
    let objects: Objects = serde_json::from_str(json).unwrap_or_default();
    object("policy".into(), &objects.policy)?;
    for (name, rules) in &objects.purposes {
        object(format!("purposes.{name}"), rules)?;
    }
    for (at, route) in objects.routes.iter().enumerate() {
        object(format!("routes[{at}]"), route)?;
    }
    let policies = objects.purposes.values().chain([&objects.policy]);
    let windows = policies.flat_map(|rules| rules.get("per_recipient").map(&items).unwrap_or_default());
    for window in windows.chain(items(&objects.per_ip)).chain(items(&objects.global)) {
        object("a window".into(), &window)?;
    }
    Ok(())
}

/// Stands between the path within a setting that is read by hand and its sentence; no text of ours has it.
const INNER: char = '\u{1}';

/// Reads a setting whose type is told by a field of it, keeping the path of what is wrong in it.
pub(super) fn nested<T: DeserializeOwned, E: serde::de::Error>(fields: serde_json::Map<String, Value>) -> Result<T, E> {
    serde_path_to_error::deserialize(Value::Object(fields)).map_err(|error| {
        let path = error.path().to_string();
        let sentence = sentence(&error.into_inner());
        match path.as_str() {
            // serde names a missing field in its sentence only.
            "." => match sentence
                .strip_prefix("missing field `")
                .and_then(|rest| rest.split_once('`'))
            {
                Some((field, _)) => E::custom(format!("{field}{INNER}it is missing")),
                None => E::custom(sentence),
            },
            path => E::custom(format!("{path}{INNER}{sentence}")),
        }
    })
}

/// serde's sentence without its trailing position, which means nothing where the document was made by a binding.
/// A secret could stand in a message of a wrong type ("invalid type: string \"...\""), so values are cut out.
fn sentence(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or_default();
    let value_shown = ["invalid type: ", "invalid value: ", "unknown variant "];
    match text.find(", expected ") {
        Some(at) if value_shown.iter().any(|start| text.starts_with(start)) => format!("wrong value{}", &text[at..]),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn field(json: &str) -> Option<String> {
        from_json(json).err()?.field().map(str::to_owned)
    }

    #[test]
    fn a_list_is_no_object() {
        assert_eq!(field("[]").as_deref(), Some("settings"));
        assert_eq!(field(r#"{"policy": [6]}"#).as_deref(), Some("policy"));
        assert_eq!(
            field(r#"{"purposes": {"login": [6]}}"#).as_deref(),
            Some("purposes.login")
        );
        assert_eq!(
            field(r#"{"routes": [[["NL"], [], [], ["a"]]]}"#).as_deref(),
            Some("routes[0]")
        );
        assert_eq!(field(r#"{"per_ip": [[1, 2]]}"#).as_deref(), Some("a window"));
    }

    #[test]
    fn an_error_names_its_place_and_shows_no_value() {
        assert_eq!(field(r#"{"policy": {"ttl": 3}}"#).as_deref(), Some("policy.ttl"));
        assert_eq!(field(r#"{"secrets": "x"}"#).as_deref(), Some("secrets"));
        let shown = from_json(r#"{"secrets": [1, "canary"], "policy": {"length": "canary"}}"#)
            .err()
            .unwrap()
            .to_string();
        let other = from_json(r#"{"policy": {"length": "canary"}}"#)
            .err()
            .unwrap()
            .to_string();
        assert!(
            !shown.contains("canary") && !other.contains("canary"),
            "{shown} {other}"
        );
        let twice = from_json(r#"{"providers": {"a": {"type": "outbox"}, "a": {"type": "outbox"}}}"#)
            .err()
            .unwrap();
        assert!(twice.to_string().contains("stands twice"), "{twice}");
    }
}
