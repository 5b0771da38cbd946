use super::Settings;

/// The JSON Schema (draft 2020-12) of [`Settings`], with `title` and `description` in English and `x-title-zh` and
/// `x-help-zh` in Chinese. Forms, types and documentation are made from this one.
pub fn settings_schema() -> serde_json::Value {
    schemars::schema_for!(Settings).to_value()
}
