use super::parse::{nested, unique_map};
use crate::error::{Error, Result};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use std::path::PathBuf;

/// Where verifications and counters live.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(untagged)]
#[non_exhaustive]
pub enum StoreSettings {
    /// In this process.
    Memory(MemorySettings),
    /// In a file.
    Sqlite(SqliteSettings),
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

/// The store in a file: it survives restarts, and several processes of one machine share it. The file is otpkit's own
/// and is made when it is first used; its folder must exist, on a local file system.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "SQLite store", extend("x-title-zh" = "SQLite 存储", "x-help-zh" = "重启后仍保留，同一台机器的多个进程可共用。须用 otpkit 专用的文件，位于本地文件系统，其目录须已存在。"))]
pub struct SqliteSettings {
    /// Which store this is.
    #[schemars(title = "Type", extend("x-title-zh" = "类型", "x-help-zh" = "是哪一种存储。"))]
    pub r#type: SqliteTag,
    /// The path of the file. A relative one starts at the folder in which the process runs when the client is built.
    #[schemars(title = "File", extend("x-title-zh" = "文件", "x-help-zh" = "文件路径。相对路径从创建客户端时的当前目录算起。"))]
    pub path: String,
    /// `full` (the default): what was answered survives a loss of power too. `normal`: it survives a crash of the
    /// process, but the last moments before a loss of power may be forgotten, and with them that a code was used.
    #[serde(default)]
    #[schemars(title = "Durability", extend("x-title-zh" = "持久性", "x-help-zh" = "full：断电也不丢失已答复的结果。normal：进程崩溃不丢失，断电可能忘记最后片刻，例如验证码已被使用。"))]
    pub synchronous: Synchronous,
    /// How long a call waits while another process writes, in milliseconds. 1 to 60000; default 5000.
    #[serde(default = "default_busy")]
    #[schemars(title = "Longest wait for others (ms)", range(min = 1, max = 60000), extend("x-title-zh" = "等待其他进程的最长时间（毫秒）", "x-help-zh" = "另一进程写入时，一次调用最多等待多久。"))]
    pub busy_ms: u64,
}

/// The tag of [`SqliteSettings`].
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SqliteTag {
    /// `sqlite`.
    #[default]
    Sqlite,
}

/// What an answer of the SQLite store survives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Synchronous {
    /// A loss of power too.
    #[default]
    Full,
    /// A crash of the process.
    Normal,
}

impl SqliteSettings {
    /// The settings for a file, with the defaults.
    pub fn new(path: impl Into<String>) -> Self {
        Self {
            r#type: SqliteTag::Sqlite,
            path: path.into(),
            synchronous: Synchronous::default(),
            busy_ms: default_busy(),
        }
    }

    /// The path of the file from the root on, if these settings can work.
    pub(crate) fn check(&self) -> Result<PathBuf> {
        let wrong = |sentence: &str| Err(Error::invalid_settings("store.path", sentence));
        match self.path.as_str() {
            "" => return wrong("the SQLite store needs the path of a file"),
            path if path.starts_with(":memory:") || path.starts_with("file:") => {
                return wrong("name a file; for a store in memory use \"memory\"");
            }
            path if path.starts_with("//") => {
                return wrong("write the path right behind \"sqlite:\", as in \"sqlite:/var/lib/app/otpkit.db\"");
            }
            path if path.contains('\0') => return wrong("a path holds no NUL"),
            path if path.ends_with(['/', '\\']) => return wrong("this is a folder; name a file in it"),
            _ => {}
        }
        if !(1..=60_000).contains(&self.busy_ms) {
            let sentence = format!("{} is not within 1 to 60000 milliseconds", self.busy_ms);
            return Err(Error::invalid_settings("store.busy_ms", sentence));
        }
        std::path::absolute(&self.path)
            .or_else(|_| wrong("the folder in which this process runs is gone; name the path from the root on"))
    }
}

fn default_busy() -> u64 {
    5_000
}

impl<'de> Deserialize<'de> for StoreSettings {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        use serde::de::Error as _;

        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Shape {
            Url(String),
            #[serde(deserialize_with = "unique_map")]
            Object(IndexMap<String, serde_json::Value>),
        }
        let known = "this build knows \"memory\" and \"sqlite:path/to/file.db\"";
        match Shape::deserialize(from)
            .map_err(|_| D::Error::custom("a store is a text such as \"memory\", or an object"))?
        {
            Shape::Url(url) if matches!(url.as_str(), "memory" | "memory:") => Ok(Self::default()),
            Shape::Url(url) if url.starts_with("sqlite:") => {
                Ok(Self::Sqlite(SqliteSettings::new(&url["sqlite:".len()..])))
            }
            // What follows the scheme may hold a password, so only the scheme is repeated.
            Shape::Url(url) => {
                let scheme: String = url.chars().take_while(|c| c.is_ascii_alphanumeric()).take(16).collect();
                Err(D::Error::custom(format!(
                    "no store is known under \"{scheme}\"; {known}"
                )))
            }
            Shape::Object(map) => match map.get("type").and_then(|tag| tag.as_str()) {
                Some("memory") => nested(map.into_iter().collect()).map(Self::Memory),
                Some("sqlite") => nested(map.into_iter().collect()).map(Self::Sqlite),
                Some(_) => Err(D::Error::custom(format!("no store of this type is known; {known}"))),
                None => Err(D::Error::custom(format!("a store object has a `type`; {known}"))),
            },
        }
    }
}
