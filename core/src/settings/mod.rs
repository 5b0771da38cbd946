//! Settings are data: one document, the same in every language. Live things (callbacks, a store object) are added
//! beside it, on the [`Builder`](crate::Builder).

mod parse;
mod policy;
mod provider;
mod route;
mod schema;
mod store;

pub use policy::{LockRelease, PolicySettings, ResendCode, Window};
pub(crate) use policy::{Policy, check_windows};
pub use provider::{
    CallbackSettings, ConsoleSettings, MessageBirdDatacoding, MessageBirdSmsSettings, MessageBirdType,
    MessageBirdVerifySettings, MessageBirdVoice, OnError, OutboxSettings, ProviderSettings, ReportsOf, SandboxSettings,
    TwilioRiskCheck, TwilioSmsSettings, TwilioVerifySettings,
};
pub use route::RouteSettings;
pub use schema::settings_schema;
pub use store::{MemorySettings, SqliteSettings, StoreSettings, Synchronous};

use crate::types::Country;
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use zeroize::Zeroizing;

/// The settings of a client.
///
/// `secrets` may be left out with the memory store only: a random one is drawn for the process.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "otpkit settings", extend("x-title-zh" = "otpkit 设置", "x-help-zh" = "一个客户端的全部设置。"))]
pub struct Settings {
    /// Secrets of at least 32 bytes each. The first is used for new verifications, the others still verify.
    #[serde(default)]
    #[schemars(title = "Secrets", extend("x-title-zh" = "密钥", "x-help-zh" = "每个至少 32 字节。第一个用于新的验证，其余的仍可校验。"))]
    pub secrets: Vec<SecretText>,
    /// Whose users these are. Verifications and counters of two tenants never meet.
    #[serde(default)]
    #[schemars(title = "Tenant", extend("x-title-zh" = "租户", "x-help-zh" = "这些用户属于谁。不同租户的验证与计数互不相干。"))]
    pub tenant: String,
    /// Where pending verifications and counters live: `"memory"`, `"sqlite:path/to/file.db"`, or an object with a `type`.
    #[serde(default)]
    #[schemars(title = "Store", extend("x-title-zh" = "存储", "x-help-zh" = "待定的验证与计数存放之处：\"memory\"、\"sqlite:文件路径\"，或带 type 的对象。"))]
    pub store: StoreSettings,
    /// The providers by name, in the order in which they are tried where no route says otherwise.
    #[serde(default, deserialize_with = "parse::unique_map")]
    #[schemars(with = "std::collections::BTreeMap<String, ProviderSettings>")]
    #[schemars(title = "Providers", extend("x-title-zh" = "服务商", "x-help-zh" = "按名称列出；没有路由时按此顺序尝试。"))]
    pub providers: IndexMap<String, ProviderSettings>,
    /// Which providers serve which recipients, in which order. The first route that fits is used. Without routes
    /// every provider serves everybody, in the order given.
    #[serde(default)]
    #[schemars(title = "Routes", extend("x-title-zh" = "路由", "x-help-zh" = "哪些服务商服务哪些收件人，按何顺序。采用第一条匹配的路由。"))]
    pub routes: Vec<RouteSettings>,
    /// The rules for every purpose.
    #[serde(default)]
    #[schemars(title = "Policy", extend("x-title-zh" = "策略", "x-help-zh" = "适用于所有用途的规则。"))]
    pub policy: PolicySettings,
    /// The rules that differ for a purpose, by its name.
    #[serde(default, deserialize_with = "parse::unique_map")]
    #[schemars(with = "std::collections::BTreeMap<String, PolicySettings>")]
    #[schemars(title = "Purposes", extend("x-title-zh" = "用途", "x-help-zh" = "某一用途的不同规则，按名称列出。"))]
    pub purposes: IndexMap<String, PolicySettings>,
    /// How many starts one IP address may make (IPv6 is counted by /64). Default: 10 in 10 minutes.
    #[schemars(title = "Starts per IP", extend("x-title-zh" = "每个 IP 的发起次数", "x-help-zh" = "IPv6 按 /64 计。默认 10 分钟 10 次。"))]
    pub per_ip: Option<Vec<Window>>,
    /// How many sends this tenant may make in all. Default: no limit.
    #[serde(default)]
    #[schemars(title = "Sends in all", extend("x-title-zh" = "总发送次数", "x-help-zh" = "该租户的总发送次数。默认不限。"))]
    pub global: Vec<Window>,
    /// The longest time of one call, in milliseconds, providers included. 50 to 60000; default 15000.
    #[schemars(title = "Deadline (ms)", range(min = 50, max = 60000), extend("x-title-zh" = "调用时限（毫秒）", "x-help-zh" = "一次调用的最长时间，含服务商。"))]
    pub deadline_ms: Option<u64>,
    /// The longest time to connect to a provider, in milliseconds. 50 to 60000; default 3000.
    #[schemars(title = "Connect time (ms)", range(min = 50, max = 60000), extend("x-title-zh" = "连接时限（毫秒）", "x-help-zh" = "连接服务商的最长时间。"))]
    pub connect_ms: Option<u64>,
    /// The country whose national spelling of phone numbers is understood, as ISO 3166-1 alpha-2. Default: none,
    /// numbers begin with `+`.
    #[schemars(with = "Option<String>")]
    #[schemars(title = "Default country", extend("x-title-zh" = "默认国家", "x-help-zh" = "按此国家理解国内写法的号码。默认无，号码须以 + 开头。"))]
    pub default_country: Option<Country>,
    /// The name that messages show.
    #[serde(default)]
    #[schemars(title = "Brand", extend("x-title-zh" = "品牌", "x-help-zh" = "短信中显示的名称。"))]
    pub brand: String,
    /// Templates of the message by language tag; `en` also serves languages that have none. Placeholders: `{code}`,
    /// `{brand}`, `{minutes}` and the names in `values`.
    #[serde(default, deserialize_with = "parse::unique_map")]
    #[schemars(with = "std::collections::BTreeMap<String, String>")]
    #[schemars(title = "Templates", extend("x-title-zh" = "模板", "x-help-zh" = "按语言列出。占位符：{code}、{brand}、{minutes} 以及 values 中的名称。"))]
    pub templates: IndexMap<String, String>,
    /// The host of the website that asks for the code. Text messages then end with the line `@host #code`, which
    /// lets browsers fill the code in on that site only (WICG origin-bound one-time codes).
    #[schemars(title = "Website host", extend("x-title-zh" = "网站主机名", "x-help-zh" = "短信末行为“@主机 #验证码”，浏览器只在该网站自动填写。"))]
    pub web_host: Option<String>,
}

impl Settings {
    /// Reads settings from a JSON document.
    ///
    /// # Errors
    /// `invalid_settings` naming the path of the wrong setting: unknown fields, wrong types and names that stand
    /// twice are refused.
    pub fn from_json(json: &str) -> crate::Result<Settings> {
        parse::from_json(json)
    }
}

/// A setting that nobody may read back: it has no `Debug`, `Display` or `Serialize`, and is wiped when dropped. By
/// default it is empty, which the builder refuses.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(with = "String", extend("format" = "password", "writeOnly" = true))]
pub struct SecretText(#[serde(deserialize_with = "parse::secret")] Zeroizing<String>);

impl SecretText {
    /// Takes a secret text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}
