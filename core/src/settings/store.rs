use super::parse::{nested, unique_map};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

/// Where verifications and counters live.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(untagged)]
#[non_exhaustive]
pub enum StoreSettings {
    /// In this process.
    Memory(MemorySettings),
}

impl Default for StoreSettings {
    fn default() -> Self {
        StoreSettings::Memory(MemorySettings::default())
    }
}

/// The store in this process: nothing survives a restart, and other processes have counters of their own.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Memory store", extend("x-title-zh" = "内存存储", "x-help-zh" = "重启后不保留，各进程各自计数。"))]
pub struct MemorySettings {
    /// Which store this is.
    #[schemars(title = "Type", extend("x-title-zh" = "类型", "x-help-zh" = "是哪一种存储。"))]
    pub r#type: MemoryTag,
    /// How many verifications and counters it may hold; when full, new starts are refused and nothing is lost.
    /// Default 1000000.
    #[serde(default = "default_max")]
    #[schemars(title = "Most entries", range(min = 1), extend("x-title-zh" = "最多条目", "x-help-zh" = "满时拒绝新的发起，已有的不会丢失。"))]
    pub max_entries: usize,
}

/// The tag of [`MemorySettings`].
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MemoryTag {
    /// `memory`.
    #[default]
    Memory,
}

impl Default for MemorySettings {
    fn default() -> Self {
        Self {
            r#type: MemoryTag::Memory,
            max_entries: default_max(),
        }
    }
}

fn default_max() -> usize {
    1_000_000
}

impl<'de> Deserialize<'de> for StoreSettings {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        use serde::de::Error as _;

        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Shape {
            Url(String),
            #[serde(deserialize_with = "unique_map")]
            Object(IndexMap<String, serde_json::Value>),
        }
        let known = "this build knows the store \"memory\"";
        match Shape::deserialize(from)
            .map_err(|_| D::Error::custom("a store is a text such as \"memory\", or an object"))?
        {
            Shape::Url(url) if matches!(url.as_str(), "memory" | "memory:") => Ok(Self::default()),
            // What follows the scheme may hold a password, so only the scheme is repeated.
            Shape::Url(url) => {
                let scheme: String = url.chars().take_while(|c| c.is_ascii_alphanumeric()).take(16).collect();
                Err(D::Error::custom(format!(
                    "no store is known under \"{scheme}\"; {known}"
                )))
            }
            Shape::Object(map) => match map.get("type").and_then(|tag| tag.as_str()) {
                Some("memory") => nested(map.into_iter().collect()).map(Self::Memory),
                Some(_) => Err(D::Error::custom(format!("no store of this type is known; {known}"))),
                None => Err(D::Error::custom(format!("a store object has a `type`; {known}"))),
            },
        }
    }
}
