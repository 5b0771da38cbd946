//! The settings' schema is complete: forms in two languages are made from it.

use crate::report::Finding;
use serde_json::Value;
use std::path::Path;

const FILE: &str = "core/src/settings";
const NEEDED: &[&str] = &["title", "description", "x-title-zh", "x-help-zh"];

pub(crate) fn check(_: &Path) -> Vec<Finding> {
    incomplete(&otpkit::settings_schema())
}

fn incomplete(schema: &Value) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut seen = 0;
    for (owner, object) in objects(schema) {
        for (name, property) in properties(object) {
            seen += 1;
            // The tag of an object with a type says itself what it is.
            if property.get("const").is_some() {
                continue;
            }
            let missing: Vec<_> = NEEDED
                .iter()
                .filter(|key| is_empty(property.get(**key)))
                .copied()
                .collect();
            if !missing.is_empty() {
                findings.push(Finding::new(
                    FILE,
                    0,
                    format!("{owner}.{name} has no {}", missing.join(", ")),
                ));
            }
        }
    }
    if seen == 0 {
        findings.push(Finding::new(FILE, 0, "the schema has no properties"));
    }
    findings
}

/// The root and every definition.
pub(crate) fn objects(schema: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let definitions = schema["$defs"].as_object().into_iter().flatten();
    std::iter::once(("Settings", schema)).chain(definitions.map(|(name, object)| (name.as_str(), object)))
}

pub(crate) fn properties(object: &Value) -> impl Iterator<Item = (&str, &Value)> {
    object["properties"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, property)| (name.as_str(), property))
}

fn is_empty(text: Option<&Value>) -> bool {
    text.and_then(Value::as_str).is_none_or(|text| text.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn complete() -> Value {
        let property =
            json!({"type": "integer", "title": "A", "description": "B.", "x-title-zh": "甲", "x-help-zh": "乙"});
        json!({"properties": {"a": property}, "$defs": {"Window": {"properties": {"max": property, "type": {"const": "memory"}}}}})
    }

    #[test]
    fn a_complete_schema_is_fine() {
        assert_eq!(incomplete(&complete()), []);
    }

    #[test]
    fn whatever_is_missing_is_found() {
        for key in NEEDED {
            let mut schema = complete();
            schema["$defs"]["Window"]["properties"]["max"]
                .as_object_mut()
                .unwrap()
                .remove(*key);
            assert_eq!(
                incomplete(&schema)[0].to_string(),
                format!("{FILE}: Window.max has no {key}")
            );
        }
        let mut schema = complete();
        schema["properties"]["a"]["title"] = " ".into();
        assert_eq!(incomplete(&schema).len(), 1);
        assert_eq!(incomplete(&json!({})).len(), 1);
    }
}
