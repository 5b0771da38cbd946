use crate::types::{Channel, Country};
use schemars::JsonSchema;
use serde::Deserialize;

/// A route: which providers serve which recipients, in which order. What is left out fits everything.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Route", extend("x-title-zh" = "路由", "x-help-zh" = "省略的条件匹配一切。"))]
pub struct RouteSettings {
    /// Countries of the number, as ISO 3166-1 alpha-2.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    #[schemars(title = "Countries", extend("x-title-zh" = "国家", "x-help-zh" = "号码所属国家，ISO 3166-1 两位代码。"))]
    pub country: Vec<Country>,
    /// Channels of the message.
    #[serde(default)]
    #[schemars(title = "Channels", extend("x-title-zh" = "渠道", "x-help-zh" = "消息的渠道。"))]
    pub channel: Vec<Channel>,
    /// Purposes of the verification.
    #[serde(default)]
    #[schemars(title = "Purposes", extend("x-title-zh" = "用途", "x-help-zh" = "验证的用途。"))]
    pub purpose: Vec<String>,
    /// Names of the providers, in the order in which they are tried.
    #[schemars(title = "Providers", length(min = 1), extend("x-title-zh" = "服务商", "x-help-zh" = "按尝试顺序列出名称。"))]
    pub r#use: Vec<String>,
}

impl RouteSettings {
    /// A route for everybody over these providers.
    pub fn over<S: Into<String>>(providers: impl IntoIterator<Item = S>) -> Self {
        Self {
            r#use: providers.into_iter().map(Into::into).collect(),
            ..Self::default()
        }
    }

    /// Limits the route to these countries.
    pub fn countries(mut self, countries: impl IntoIterator<Item = Country>) -> Self {
        self.country = countries.into_iter().collect();
        self
    }

    /// Limits the route to these channels.
    pub fn channels(mut self, channels: impl IntoIterator<Item = Channel>) -> Self {
        self.channel = channels.into_iter().collect();
        self
    }
}
