mod messagebird;
mod twilio;

pub use messagebird::{
    MessageBirdDatacoding, MessageBirdSmsSettings, MessageBirdType, MessageBirdVerifySettings, MessageBirdVoice,
};
pub use twilio::{TwilioRiskCheck, TwilioSmsSettings, TwilioVerifySettings};

use super::SecretText;
use super::parse::{nested, unique_map};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

/// A provider as data. `type` names which; the other fields are that provider's own.
#[derive(Clone, JsonSchema)]
#[schemars(untagged)]
#[non_exhaustive]
pub enum ProviderSettings {
    /// Keeps messages in memory.
    Outbox(OutboxSettings),
    /// Prints messages.
    Console(ConsoleSettings),
    /// Posts messages to a running `otpkit-sandbox`.
    Sandbox(SandboxSettings),
    /// MessageBird Verify: a service with codes of its own.
    MessageBirdVerify(MessageBirdVerifySettings),
    /// MessageBird SMS.
    MessageBirdSms(MessageBirdSmsSettings),
    /// Twilio Verify: a service with codes of its own.
    TwilioVerify(TwilioVerifySettings),
    /// Twilio Programmable Messaging.
    TwilioSms(TwilioSmsSettings),
    /// Holds the place of a provider that the host adds beside the settings.
    Callback(CallbackSettings),
}

const KNOWN: &str = "known types are outbox, console, sandbox, messagebird-verify, messagebird-sms, twilio-verify, \
                     twilio-sms and callback";

/// Keeps messages in memory, for tests and development.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Outbox", extend("x-type" = "outbox", "x-kind" = "sender", "x-title-zh" = "发件箱", "x-help-zh" = "消息留在内存中，用于测试与开发。"))]
pub struct OutboxSettings {
    /// How many messages are kept; the oldest go first. Default 100.
    #[schemars(title = "Keep", range(min = 1, max = 100000), extend("x-title-zh" = "保留条数", "x-help-zh" = "超过时先丢弃最旧的。默认 100。"))]
    pub keep: Option<usize>,
}

/// Prints messages on standard error, for development. It shows codes: never use it in production.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Console", extend("x-type" = "console", "x-kind" = "sender", "x-title-zh" = "控制台", "x-help-zh" = "把消息打印到标准错误，仅用于开发。"))]
pub struct ConsoleSettings {}

/// Posts messages to a running `otpkit-sandbox`, whose inbox shows them.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Sandbox", extend("x-type" = "sandbox", "x-kind" = "sender", "x-title-zh" = "沙箱", "x-help-zh" = "把消息发到正在运行的 otpkit-sandbox。"))]
pub struct SandboxSettings {
    /// Address of the sandbox, on this machine. Default `http://127.0.0.1:4680`.
    #[schemars(title = "Address", extend("x-title-zh" = "地址", "x-help-zh" = "本机上的沙箱地址。", "examples" = ["http://127.0.0.1:4680"]))]
    pub url: Option<String>,
}

/// Holds the place of a provider that the host adds beside the settings.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "The host's own", extend("x-type" = "callback", "x-title-zh" = "自定义", "x-help-zh" = "由宿主程序在设置之外添加的服务商。"))]
pub struct CallbackSettings {
    /// What an exception of the provider means. Default `ambiguous`.
    #[serde(default)]
    #[schemars(title = "On an exception", extend("x-title-zh" = "异常的含义", "x-help-zh" = "服务商抛出异常意味着什么。"))]
    pub on_error: OnError,
    /// The longest time of one call of it, in milliseconds. Default: what is left of the call's deadline.
    #[schemars(title = "Timeout (ms)", range(min = 1, max = 60000), extend("x-title-zh" = "超时（毫秒）", "x-help-zh" = "一次调用的最长时间。"))]
    pub timeout_ms: Option<u64>,
    /// Whose delivery reports it gets: of the vendor behind it, read as those of the library's own providers are. The
    /// references that it answers are then kept. Default: none.
    #[schemars(title = "Reports of", extend("x-title-zh" = "回执来自", "x-help-zh" = "其背后的供应商；按该供应商的方式核实并读取投递回执。默认无。"))]
    pub reports_of: Option<ReportsOf>,
    /// The key by which that vendor signs its reports: MessageBird's signing key, Twilio's auth token.
    #[schemars(title = "Signing key", extend("x-title-zh" = "签名密钥", "x-help-zh" = "用于核实投递回执：MessageBird 的签名密钥，Twilio 的认证令牌。"))]
    pub signing_key: Option<SecretText>,
}

/// A vendor whose delivery reports are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReportsOf {
    /// MessageBird.
    Messagebird,
    /// Twilio.
    Twilio,
}

/// What an exception of a host's own sender means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnError {
    /// The message may have been sent: it is not sent again, and the reply says `delivery: unknown`.
    #[default]
    Ambiguous,
    /// Nothing was sent: the next provider of the route is tried.
    NotSent,
}

impl<'de> Deserialize<'de> for ProviderSettings {
    // By hand rather than by serde's internal tag, whose errors name neither the field nor the provider.
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        use serde::de::Error as _;

        let mut map: serde_json::Map<_, _> = unique_map::<D, serde_json::Value>(from)?.into_iter().collect();
        let tag = match map.remove("type") {
            Some(serde_json::Value::String(tag)) => tag,
            Some(_) => return Err(D::Error::custom(format!("`type` is a text; {KNOWN}"))),
            None => return Err(D::Error::custom(format!("a provider has a `type`; {KNOWN}"))),
        };
        match tag.as_str() {
            "outbox" => nested(map).map(Self::Outbox),
            "console" => nested(map).map(Self::Console),
            "sandbox" => nested(map).map(Self::Sandbox),
            "messagebird-verify" => nested(map).map(Self::MessageBirdVerify),
            "messagebird-sms" => nested(map).map(Self::MessageBirdSms),
            "twilio-verify" => nested(map).map(Self::TwilioVerify),
            "twilio-sms" => nested(map).map(Self::TwilioSms),
            "callback" => nested(map).map(Self::Callback),
            _ => Err(D::Error::custom(format!("no provider of this type is known; {KNOWN}"))),
        }
    }
}

/// Each provider's settings are provider settings.
macro_rules! from {
    ($($name:ident($settings:ident)),+) => {
        $(impl From<$settings> for ProviderSettings {
            fn from(settings: $settings) -> Self { Self::$name(settings) }
        })+
    };
}

from!(
    Outbox(OutboxSettings),
    Console(ConsoleSettings),
    Sandbox(SandboxSettings),
    MessageBirdVerify(MessageBirdVerifySettings),
    MessageBirdSms(MessageBirdSmsSettings),
    TwilioVerify(TwilioVerifySettings),
    TwilioSms(TwilioSmsSettings),
    Callback(CallbackSettings)
);
