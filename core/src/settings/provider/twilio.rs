use super::SecretText;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Twilio Verify (v2): the service makes, sends and checks its own codes, by text message, spoken call, WhatsApp or
/// e-mail.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Twilio Verify", extend("x-type" = "twilio-verify", "x-kind" = "verifier", "x-title-zh" = "Twilio Verify", "x-help-zh" = "由 Twilio 生成、发送并校验验证码：短信、语音、WhatsApp 或邮件。"))]
pub struct TwilioVerifySettings {
    /// The account: `AC` and 32 hexadecimal digits.
    #[schemars(title = "Account SID", extend("x-title-zh" = "账户 SID", "x-help-zh" = "AC 加 32 位十六进制数字。", "examples" = ["AC00000000000000000000000000000001"]))]
    pub account_sid: String,
    /// The account's auth token. Give this, or an API key with its secret.
    #[schemars(title = "Auth token", extend("x-title-zh" = "认证令牌", "x-help-zh" = "账户的认证令牌。给出它，或给出 API 密钥及其密文。"))]
    pub auth_token: Option<SecretText>,
    /// An API key of the account: `SK` and 32 hexadecimal digits. It goes with `api_key_secret`.
    #[schemars(title = "API key", extend("x-title-zh" = "API 密钥", "x-help-zh" = "SK 加 32 位十六进制数字，与 api_key_secret 一起给出。", "examples" = ["SK00000000000000000000000000000001"]))]
    pub api_key: Option<String>,
    /// The secret of the API key.
    #[schemars(title = "API key secret", extend("x-title-zh" = "API 密钥的密文", "x-help-zh" = "该 API 密钥的密文。"))]
    pub api_key_secret: Option<SecretText>,
    /// The Verify service: `VA` and 32 hexadecimal digits. Length and life of the codes are set there.
    #[schemars(title = "Service SID", extend("x-title-zh" = "服务 SID", "x-help-zh" = "VA 加 32 位十六进制数字。验证码的长度与有效期在该服务中设置。", "examples" = ["VA00000000000000000000000000000001"]))]
    pub service_sid: String,
    /// A message template: `HJ` and 32 hexadecimal digits. The call's `values` fill it.
    #[schemars(title = "Template SID", extend("x-title-zh" = "模板 SID", "x-help-zh" = "HJ 加 32 位十六进制数字；由调用的 values 填充。", "examples" = ["HJ00000000000000000000000000000001"]))]
    pub template_sid: Option<String>,
    /// The name that the message shows, in place of the service's.
    #[schemars(title = "Friendly name", extend("x-title-zh" = "显示名称", "x-help-zh" = "消息中显示的名称，代替服务的名称。"))]
    pub custom_friendly_name: Option<String>,
    /// The app hash for Android's SMS Retriever: 11 characters.
    #[schemars(title = "App hash", extend("x-title-zh" = "应用哈希", "x-help-zh" = "Android SMS Retriever 的应用哈希，11 个字符。"))]
    pub app_hash: Option<String>,
    /// Keys and values of the service's own rate limits.
    #[serde(default)]
    #[schemars(title = "Rate limits", extend("x-title-zh" = "限速键值", "x-help-zh" = "服务中自定义限速的键与值。"))]
    pub rate_limits: BTreeMap<String, String>,
    /// Tags by which Twilio's logs find the verification.
    #[serde(default)]
    #[schemars(title = "Tags", extend("x-title-zh" = "标签", "x-help-zh" = "便于在 Twilio 日志中查找的标签。"))]
    pub tags: BTreeMap<String, String>,
    /// The configuration of the e-mail channel: `template_id`, `from` and `from_name`.
    #[serde(default)]
    #[schemars(title = "E-mail configuration", extend("x-title-zh" = "邮件配置", "x-help-zh" = "邮件渠道的配置：template_id、from、from_name。"))]
    pub channel_configuration: BTreeMap<String, String>,
    /// Whether Twilio's fraud guard judges the message. Default: as the service says.
    #[schemars(title = "Fraud guard", extend("x-title-zh" = "欺诈防护", "x-help-zh" = "是否由 Twilio 的欺诈防护判断。默认按服务设置。"))]
    pub risk_check: Option<TwilioRiskCheck>,
    /// A region, such as `ie1`. It needs credentials of that region.
    #[schemars(title = "Region", extend("x-title-zh" = "区域", "x-help-zh" = "例如 ie1；需要该区域的凭据。", "examples" = ["ie1"]))]
    pub region: Option<String>,
    /// Where calls enter Twilio's network, such as `dublin`.
    #[schemars(title = "Edge", extend("x-title-zh" = "边缘节点", "x-help-zh" = "请求进入 Twilio 网络之处，例如 dublin。", "examples" = ["dublin"]))]
    pub edge: Option<String>,
    /// Where the service is, without the version. Default `https://verify.twilio.com`.
    #[schemars(title = "Base URL", extend("x-title-zh" = "服务地址", "x-help-zh" = "不含版本。默认 https://verify.twilio.com。", "examples" = ["http://127.0.0.1:4680/twilio"]))]
    pub base_url: Option<String>,
    /// Permits a base URL on a private network or on this machine, and `http` to it. Default no.
    #[serde(default)]
    #[schemars(title = "Allow private hosts", extend("x-title-zh" = "允许内网地址", "x-help-zh" = "允许服务地址为内网或本机，并可使用 http。默认否。"))]
    pub allow_private: bool,
    /// The longest time of one call of it, in milliseconds. Default: what is left of the call's deadline.
    #[schemars(title = "Timeout (ms)", range(min = 1, max = 60000), extend("x-title-zh" = "超时（毫秒）", "x-help-zh" = "一次调用的最长时间。"))]
    pub timeout_ms: Option<u64>,
    /// How many calls may be in flight at once; further ones wait. Default 100.
    #[schemars(title = "Connections", range(min = 1, max = 1000), extend("x-title-zh" = "并发连接数", "x-help-zh" = "同时进行的调用数，超出者等待。默认 100。"))]
    pub max_connections: Option<u32>,
}

/// Twilio Programmable Messaging: delivers otpkit's codes as text messages.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Twilio SMS", extend("x-type" = "twilio-sms", "x-kind" = "sender", "x-title-zh" = "Twilio 短信", "x-help-zh" = "通过 Twilio 以短信发送 otpkit 的验证码。"))]
pub struct TwilioSmsSettings {
    /// The account: `AC` and 32 hexadecimal digits.
    #[schemars(title = "Account SID", extend("x-title-zh" = "账户 SID", "x-help-zh" = "AC 加 32 位十六进制数字。", "examples" = ["AC00000000000000000000000000000001"]))]
    pub account_sid: String,
    /// The account's auth token. Give this, or an API key with its secret.
    #[schemars(title = "Auth token", extend("x-title-zh" = "认证令牌", "x-help-zh" = "账户的认证令牌。给出它，或给出 API 密钥及其密文。"))]
    pub auth_token: Option<SecretText>,
    /// An API key of the account: `SK` and 32 hexadecimal digits. It goes with `api_key_secret`.
    #[schemars(title = "API key", extend("x-title-zh" = "API 密钥", "x-help-zh" = "SK 加 32 位十六进制数字，与 api_key_secret 一起给出。", "examples" = ["SK00000000000000000000000000000001"]))]
    pub api_key: Option<String>,
    /// The secret of the API key.
    #[schemars(title = "API key secret", extend("x-title-zh" = "API 密钥的密文", "x-help-zh" = "该 API 密钥的密文。"))]
    pub api_key_secret: Option<SecretText>,
    /// The number or name that messages come from: E.164, a short code, or up to 11 letters and digits. Give this, or
    /// `messaging_service_sid`.
    #[schemars(title = "From", extend("x-title-zh" = "发送方", "x-help-zh" = "E.164 号码、短号码或最多 11 个字母数字。给出它，或给出消息服务 SID。", "examples" = ["+15557122661"]))]
    pub from: Option<String>,
    /// The messaging service that chooses the sender: `MG` and 32 hexadecimal digits.
    #[schemars(title = "Messaging service SID", extend("x-title-zh" = "消息服务 SID", "x-help-zh" = "MG 加 32 位十六进制数字，由其选择发送方。", "examples" = ["MG00000000000000000000000000000001"]))]
    pub messaging_service_sid: Option<String>,
    /// Where Twilio reports what became of the message.
    #[schemars(title = "Status callback", extend("x-title-zh" = "回执地址", "x-help-zh" = "Twilio 报告投递状态的地址。", "examples" = ["https://example.com/otpkit/twilio"]))]
    pub status_callback: Option<String>,
    /// The account's auth token where calls are made with an API key: Twilio signs its delivery reports with this
    /// token. Default: `auth_token`.
    #[schemars(title = "Auth token of reports", extend("x-title-zh" = "回执的认证令牌", "x-help-zh" = "使用 API 密钥时，用于核实投递回执的账户认证令牌。默认为 auth_token。"))]
    pub webhook_auth_token: Option<SecretText>,
    /// A region, such as `ie1`. It needs credentials of that region.
    #[schemars(title = "Region", extend("x-title-zh" = "区域", "x-help-zh" = "例如 ie1；需要该区域的凭据。", "examples" = ["ie1"]))]
    pub region: Option<String>,
    /// Where calls enter Twilio's network, such as `dublin`.
    #[schemars(title = "Edge", extend("x-title-zh" = "边缘节点", "x-help-zh" = "请求进入 Twilio 网络之处，例如 dublin。", "examples" = ["dublin"]))]
    pub edge: Option<String>,
    /// Where the service is, without the version. Default `https://api.twilio.com`.
    #[schemars(title = "Base URL", extend("x-title-zh" = "服务地址", "x-help-zh" = "不含版本。默认 https://api.twilio.com。", "examples" = ["http://127.0.0.1:4680/twilio"]))]
    pub base_url: Option<String>,
    /// Permits a base URL on a private network or on this machine, and `http` to it. Default no.
    #[serde(default)]
    #[schemars(title = "Allow private hosts", extend("x-title-zh" = "允许内网地址", "x-help-zh" = "允许服务地址为内网或本机，并可使用 http。默认否。"))]
    pub allow_private: bool,
    /// The longest time of one call of it, in milliseconds. Default: what is left of the call's deadline.
    #[schemars(title = "Timeout (ms)", range(min = 1, max = 60000), extend("x-title-zh" = "超时（毫秒）", "x-help-zh" = "一次调用的最长时间。"))]
    pub timeout_ms: Option<u64>,
    /// How many calls may be in flight at once; further ones wait. Default 100.
    #[schemars(title = "Connections", range(min = 1, max = 1000), extend("x-title-zh" = "并发连接数", "x-help-zh" = "同时进行的调用数，超出者等待。默认 100。"))]
    pub max_connections: Option<u32>,
}

/// Whether Twilio's fraud guard judges a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TwilioRiskCheck {
    /// It does.
    Enable,
    /// It does not.
    Disable,
}
