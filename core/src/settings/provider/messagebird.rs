use super::SecretText;
use schemars::JsonSchema;
use serde::Deserialize;

/// MessageBird Verify (classic REST API): the service makes, sends and checks its own codes, by text message, spoken
/// call or e-mail.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "MessageBird Verify", extend("x-type" = "messagebird-verify", "x-kind" = "verifier", "x-title-zh" = "MessageBird Verify", "x-help-zh" = "由 MessageBird 生成、发送并校验验证码：短信、语音或邮件。"))]
pub struct MessageBirdVerifySettings {
    /// The account's access key.
    #[schemars(title = "Access key", extend("x-title-zh" = "访问密钥", "x-help-zh" = "账户的访问密钥。"))]
    pub access_key: SecretText,
    /// Who the message comes from: a number or up to 11 letters and digits; for e-mail an address, alone or as
    /// `Name <address>`. Default `Code`, chosen by MessageBird.
    #[schemars(title = "Originator", extend("x-title-zh" = "发送方", "x-help-zh" = "号码，或最多 11 个字母数字；邮件则为地址。默认 Code。", "examples" = ["Acme"]))]
    pub originator: Option<String>,
    /// The text, with `%token` where the code stands. Default `Your code is: %token`, chosen by MessageBird.
    #[schemars(title = "Template", extend("x-title-zh" = "模板", "x-help-zh" = "必须含 %token，即验证码所在之处。", "examples" = ["Your Acme code is %token"]))]
    pub template: Option<String>,
    /// How the text is coded. Default `plain`, chosen by MessageBird.
    #[schemars(title = "Coding", extend("x-title-zh" = "编码", "x-help-zh" = "短信文本的编码方式。"))]
    pub datacoding: Option<MessageBirdDatacoding>,
    /// Digits of the code: 6 to 10. Default 6, chosen by MessageBird.
    #[schemars(title = "Length of the code", range(min = 6, max = 10), extend("x-title-zh" = "验证码长度", "x-help-zh" = "6 到 10 位。默认 6。"))]
    pub token_length: Option<u32>,
    /// The voice of a spoken call.
    #[schemars(title = "Voice", extend("x-title-zh" = "语音", "x-help-zh" = "语音电话使用的声音。"))]
    pub voice: Option<MessageBirdVoice>,
    /// The language of a spoken call, such as `en-gb`. Default: the call's locale, where it names a region too.
    #[schemars(title = "Language", extend("x-title-zh" = "语言", "x-help-zh" = "语音电话的语言，例如 en-gb。默认取调用的区域设置（须含地区）。", "examples" = ["en-gb"]))]
    pub language: Option<String>,
    /// The subject of an e-mail.
    #[schemars(title = "Subject", extend("x-title-zh" = "主题", "x-help-zh" = "邮件的主题。"))]
    pub subject: Option<String>,
    /// What a text message is: `sms`, or `flash`, which shows at once and is not kept. Default `sms`.
    #[schemars(title = "Kind of message", extend("x-title-zh" = "短信类型", "x-help-zh" = "sms，或立即显示且不保存的 flash。"))]
    pub message_type: Option<MessageBirdType>,
    /// Where MessageBird reports what became of the message.
    #[schemars(title = "Report URL", extend("x-title-zh" = "回执地址", "x-help-zh" = "MessageBird 报告投递状态的地址。", "examples" = ["https://example.com/otpkit/messagebird"]))]
    pub report_url: Option<String>,
    /// The account's signing key, by which delivery reports are told from forged ones. It is not the access key.
    #[schemars(title = "Signing key", extend("x-title-zh" = "签名密钥", "x-help-zh" = "用于核实投递回执，不是访问密钥。"))]
    pub signing_key: Option<SecretText>,
    /// Where the service is. Default `https://rest.messagebird.com`.
    #[schemars(title = "Base URL", extend("x-title-zh" = "服务地址", "x-help-zh" = "默认 https://rest.messagebird.com。", "examples" = ["http://127.0.0.1:4680/messagebird"]))]
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

/// MessageBird SMS (classic REST API): delivers otpkit's codes as text messages.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "MessageBird SMS", extend("x-type" = "messagebird-sms", "x-kind" = "sender", "x-title-zh" = "MessageBird 短信", "x-help-zh" = "通过 MessageBird 以短信发送 otpkit 的验证码。"))]
pub struct MessageBirdSmsSettings {
    /// The account's access key.
    #[schemars(title = "Access key", extend("x-title-zh" = "访问密钥", "x-help-zh" = "账户的访问密钥。"))]
    pub access_key: SecretText,
    /// Who the message comes from: a number or up to 11 letters and digits.
    #[schemars(title = "Originator", extend("x-title-zh" = "发送方", "x-help-zh" = "号码，或最多 11 个字母数字。", "examples" = ["Acme"]))]
    pub originator: String,
    /// What a text message is: `sms`, or `flash`, which shows at once and is not kept. Default `sms`.
    #[schemars(title = "Kind of message", extend("x-title-zh" = "短信类型", "x-help-zh" = "sms，或立即显示且不保存的 flash。"))]
    pub message_type: Option<MessageBirdType>,
    /// How the text is coded. Default `auto`: plain where the text allows it, else Unicode.
    #[schemars(title = "Coding", extend("x-title-zh" = "编码", "x-help-zh" = "默认 auto：能用 plain 时用 plain，否则用 Unicode。"))]
    pub datacoding: Option<MessageBirdDatacoding>,
    /// The SMS gateway, where the account has one of its own.
    #[schemars(title = "Gateway", extend("x-title-zh" = "网关", "x-help-zh" = "账户专用的短信网关编号。"))]
    pub gateway: Option<u32>,
    /// Where MessageBird reports what became of the message.
    #[schemars(title = "Report URL", extend("x-title-zh" = "回执地址", "x-help-zh" = "MessageBird 报告投递状态的地址。", "examples" = ["https://example.com/otpkit/messagebird"]))]
    pub report_url: Option<String>,
    /// The account's signing key, by which delivery reports are told from forged ones. It is not the access key.
    #[schemars(title = "Signing key", extend("x-title-zh" = "签名密钥", "x-help-zh" = "用于核实投递回执，不是访问密钥。"))]
    pub signing_key: Option<SecretText>,
    /// Where the service is. Default `https://rest.messagebird.com`.
    #[schemars(title = "Base URL", extend("x-title-zh" = "服务地址", "x-help-zh" = "默认 https://rest.messagebird.com。", "examples" = ["http://127.0.0.1:4680/messagebird"]))]
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

/// How MessageBird codes the text of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageBirdDatacoding {
    /// GSM 7-bit: characters outside of it are lost.
    Plain,
    /// Every character, 70 to a part.
    Unicode,
    /// `plain` where the text allows it, else `unicode`.
    Auto,
}

/// What kind of text message MessageBird sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageBirdType {
    /// A text message.
    Sms,
    /// One that shows at once and is not kept.
    Flash,
}

/// The voice of MessageBird's spoken calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageBirdVoice {
    /// A man's.
    Male,
    /// A woman's.
    Female,
}
