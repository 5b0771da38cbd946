use super::Settings;
use serde_json::{Value, json};

/// The JSON Schema (draft 2020-12) of [`Settings`], with `title` and `description` in English and `x-title-zh` and
/// `x-help-zh` in Chinese. Forms, types and documentation are made from this one.
pub fn settings_schema() -> Value {
    let mut schema = schemars::schema_for!(Settings).to_value();
    if let Some(definitions) = schema.get_mut("$defs").and_then(Value::as_object_mut) {
        definitions.values_mut().for_each(name_type);
        if let Some(store) = definitions.get_mut("StoreSettings") {
            allow_text(store, json!({ "const": "memory", "type": "string" }));
            allow_text(store, json!({ "pattern": "^sqlite:.+", "type": "string" }));
        }
    }
    schema
}

/// The tag that tells one provider's settings from another's. It is read by hand (see `provider.rs`), so the derived
/// schema does not know it.
fn name_type(definition: &mut Value) {
    let Some(tag) = definition.get("x-type").cloned() else {
        return;
    };
    let property = json!({
        "const": tag,
        "type": "string",
        "title": "Type",
        "description": "Which provider this is.",
        "x-title-zh": "类型",
        "x-help-zh": "是哪一种服务商。",
    });
    definition["properties"]["type"] = property;
    match definition.get_mut("required").and_then(Value::as_array_mut) {
        Some(required) => required.push(json!("type")),
        None => definition["required"] = json!(["type"]),
    }
}

/// A store may also be given by a text.
fn allow_text(store: &mut Value, text: Value) {
    if let Some(shapes) = store.get_mut("anyOf").and_then(Value::as_array_mut) {
        shapes.push(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_provider_has_its_type() {
        let schema = settings_schema();
        let definitions = schema["$defs"].as_object().unwrap();
        let types: Vec<_> = definitions
            .values()
            .filter(|definition| definition.get("x-type").is_some())
            .collect();
        assert_eq!(types.len(), 8);
        for definition in types {
            assert_eq!(definition["properties"]["type"]["const"], definition["x-type"]);
            assert!(definition["required"].as_array().unwrap().contains(&json!("type")));
        }
    }

    #[test]
    fn a_store_is_a_text_or_an_object() {
        let schema = settings_schema();
        assert!(
            schema["$defs"]["StoreSettings"]["anyOf"].as_array().unwrap().len() == 4,
            "{}",
            schema["$defs"]["StoreSettings"]
        );
    }
}
