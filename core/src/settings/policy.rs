use crate::error::{Error, Result};
use crate::types::{Alphabet, Country};
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// At most `max` in any `per_seconds`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Window", extend("x-title-zh" = "时间窗", "x-help-zh" = "任意 per_seconds 秒内最多 max 次。"))]
pub struct Window {
    /// How many.
    #[schemars(title = "At most", range(min = 1), extend("x-title-zh" = "最多", "x-help-zh" = "次数。"))]
    pub max: u32,
    /// In how many seconds.
    #[schemars(title = "Seconds", range(min = 1, max = 31536000), extend("x-title-zh" = "秒数", "x-help-zh" = "时间窗的长度。"))]
    pub per_seconds: u32,
}

impl Window {
    /// At most `max` in any `per_seconds`.
    pub const fn new(max: u32, per_seconds: u32) -> Self {
        Self { max, per_seconds }
    }
}

/// Which code a resend sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResendCode {
    /// The same code while more than 60 s of it are left, else a new one.
    #[default]
    Same,
    /// Always a new code; the older one stops when the newer is stored (OWASP).
    New,
}

/// Who opens the lock after 100 consecutive failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LockRelease {
    /// Time: after 24 h one attempt is allowed.
    #[default]
    Wait,
    /// An operator, by `unlock` (what NIST SP 800-63B-4, 3.2.2 asks).
    Operator,
}

/// The rules of a purpose. What is left out is taken from the policy of all purposes, then from the defaults.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "Policy", extend("x-title-zh" = "策略", "x-help-zh" = "一个用途的规则。"))]
pub struct PolicySettings {
    /// Characters of a code: 6 to 10 (4 and 5 with `allow_unsafe`). Default 6.
    #[schemars(title = "Length", range(min = 4, max = 10), extend("x-title-zh" = "验证码长度", "x-help-zh" = "6 到 10；4 和 5 需要 allow_unsafe。"))]
    pub length: Option<u32>,
    /// What codes are made of. Default `digits`.
    #[schemars(title = "Alphabet", extend("x-title-zh" = "字符集", "x-help-zh" = "验证码由哪些字符组成。"))]
    pub alphabet: Option<Alphabet>,
    /// Seconds that a code lives: 30 to 600 (to 86400 with `allow_unsafe`). Default 300.
    #[schemars(title = "Lifetime (s)", range(min = 1, max = 86400), extend("x-title-zh" = "有效期（秒）", "x-help-zh" = "30 到 600。默认 300。"))]
    pub ttl_seconds: Option<u32>,
    /// Seconds that a verification lives at most, resends included: at most 600. Default 600.
    #[schemars(title = "Longest lifetime (s)", range(min = 1, max = 86400), extend("x-title-zh" = "最长有效期（秒）", "x-help-zh" = "含重发，最多 600。"))]
    pub ceiling_seconds: Option<u32>,
    /// Codes that may be tried for one verification: 1 to 10. Default 5.
    #[schemars(title = "Attempts", range(min = 1, max = 10), extend("x-title-zh" = "尝试次数", "x-help-zh" = "一次验证可尝试的次数。默认 5。"))]
    pub attempts: Option<u32>,
    /// Seconds to wait before the first, second, ... resend; the last one repeats. Default 30, 60, 120.
    #[schemars(title = "Wait before a resend (s)", extend("x-title-zh" = "重发等待（秒）", "x-help-zh" = "第一次、第二次……重发前的等待，最后一个值重复使用。"))]
    pub resend_after_seconds: Option<Vec<u32>>,
    /// Which code a resend sends. Default `same`.
    #[schemars(title = "Code of a resend", extend("x-title-zh" = "重发的验证码", "x-help-zh" = "same 为同一个，new 为新的。"))]
    pub resend: Option<ResendCode>,
    /// How many sends one recipient may get. Default 5 an hour and 10 a day.
    #[schemars(title = "Sends per recipient", extend("x-title-zh" = "每个收件人的发送次数", "x-help-zh" = "默认每小时 5 次、每天 10 次。"))]
    pub per_recipient: Option<Vec<Window>>,
    /// Who opens the lock after 100 consecutive wrong codes. Default `wait`.
    #[schemars(title = "Lock release", extend("x-title-zh" = "解除锁定", "x-help-zh" = "连续 100 次错误后由谁解除锁定。"))]
    pub lock_release: Option<LockRelease>,
    /// Countries whose numbers are served, as ISO 3166-1 alpha-2. Default: all.
    #[schemars(with = "Option<Vec<String>>")]
    #[schemars(title = "Countries", extend("x-title-zh" = "国家", "x-help-zh" = "服务哪些国家的号码。默认全部。"))]
    pub countries: Option<Vec<Country>>,
    /// Allows settings that NIST and OWASP call unsafe: a shorter code or a longer life. Say why in your own code.
    #[schemars(title = "Allow unsafe settings", extend("x-title-zh" = "允许不安全的设置", "x-help-zh" = "允许更短的验证码或更长的有效期。"))]
    pub allow_unsafe: Option<bool>,
}

/// The rules of a purpose, complete and checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Policy {
    pub(crate) length: usize,
    pub(crate) alphabet: Alphabet,
    pub(crate) ttl_ms: u64,
    pub(crate) ceiling_ms: u64,
    pub(crate) attempts: u32,
    pub(crate) resend_after_ms: Vec<u64>,
    pub(crate) resend: ResendCode,
    pub(crate) per_recipient: Arc<[Window]>,
    pub(crate) lock_release: LockRelease,
    pub(crate) countries: Option<Vec<Country>>,
}

impl PolicySettings {
    /// These rules, and where they say nothing, the rules of `under`.
    pub(crate) fn over(&self, under: &PolicySettings) -> PolicySettings {
        PolicySettings {
            length: self.length.or(under.length),
            alphabet: self.alphabet.or(under.alphabet),
            ttl_seconds: self.ttl_seconds.or(under.ttl_seconds),
            ceiling_seconds: self.ceiling_seconds.or(under.ceiling_seconds),
            attempts: self.attempts.or(under.attempts),
            resend_after_seconds: self
                .resend_after_seconds
                .clone()
                .or_else(|| under.resend_after_seconds.clone()),
            resend: self.resend.or(under.resend),
            per_recipient: self.per_recipient.clone().or_else(|| under.per_recipient.clone()),
            lock_release: self.lock_release.or(under.lock_release),
            countries: self.countries.clone().or_else(|| under.countries.clone()),
            allow_unsafe: self.allow_unsafe.or(under.allow_unsafe),
        }
    }

    /// Fills in the defaults and checks the bounds. `path` names the rules in errors: `policy` or `purposes.login`.
    pub(crate) fn resolve(&self, path: &str) -> Result<Policy> {
        let unsafe_allowed = self.allow_unsafe.unwrap_or(false);
        let bounded = |field: &str, value: u32, safe: (u32, u32), widest: (u32, u32)| {
            if (safe.0..=safe.1).contains(&value) || (unsafe_allowed && (widest.0..=widest.1).contains(&value)) {
                return Ok(value);
            }
            let but = if widest == safe || unsafe_allowed {
                String::new()
            } else {
                format!(", or {} to {} with `allow_unsafe`", widest.0, widest.1)
            };
            let sentence = format!("{value} is not within {} to {}{but}", safe.0, safe.1);
            Err(Error::invalid_settings(format!("{path}.{field}"), sentence))
        };
        let wrong = |field: &str, sentence: &str| Err(Error::invalid_settings(format!("{path}.{field}"), sentence));

        let length = bounded("length", self.length.unwrap_or(6), (6, 10), (4, 10))?;
        // NIST SP 800-63B-4, 3.1.3.2: an out-of-band secret is void after 10 minutes.
        let ttl = bounded("ttl_seconds", self.ttl_seconds.unwrap_or(300), (30, 600), (1, 86_400))?;
        let ceiling = self.ceiling_seconds.unwrap_or(ttl.max(600));
        let ceiling = bounded("ceiling_seconds", ceiling, (30, 600), (1, 86_400))?;
        if ceiling < ttl {
            return wrong("ceiling_seconds", "the ceiling must not be shorter than `ttl_seconds`");
        }
        let attempts = bounded("attempts", self.attempts.unwrap_or(5), (1, 10), (1, 10))?;
        let waits = self.resend_after_seconds.clone().unwrap_or_else(|| vec![30, 60, 120]);
        if waits.is_empty() || waits.len() > 16 || waits.iter().any(|wait| *wait > 86_400) {
            return wrong("resend_after_seconds", "give 1 to 16 waits of at most 86400 seconds");
        }
        let default_windows = || vec![Window::new(5, 3600), Window::new(10, 86_400)];
        let per_recipient = self.per_recipient.clone().unwrap_or_else(default_windows);
        check_windows(&format!("{path}.per_recipient"), &per_recipient)?;
        if self.countries.as_ref().is_some_and(Vec::is_empty) {
            return wrong(
                "countries",
                "an empty list serves nobody; leave it out to serve every country",
            );
        }
        Ok(Policy {
            length: length as usize,
            alphabet: self.alphabet.unwrap_or_default(),
            ttl_ms: u64::from(ttl) * 1000,
            ceiling_ms: u64::from(ceiling) * 1000,
            attempts,
            resend_after_ms: waits.iter().map(|wait| u64::from(*wait) * 1000).collect(),
            resend: self.resend.unwrap_or_default(),
            per_recipient: per_recipient.into(),
            lock_release: self.lock_release.unwrap_or_default(),
            countries: self.countries.clone(),
        })
    }
}

impl Policy {
    /// The wait after the send of this number, counted from 0.
    pub(crate) fn wait_after(&self, send: u32) -> u64 {
        let last = self.resend_after_ms.len() - 1;
        self.resend_after_ms[(send as usize).min(last)]
    }
}

pub(crate) fn check_windows(path: &str, windows: &[Window]) -> Result<()> {
    let fits = |w: &Window| w.max >= 1 && (1..=31_536_000).contains(&w.per_seconds);
    let mut lengths: Vec<_> = windows.iter().map(|w| w.per_seconds).collect();
    lengths.sort_unstable();
    lengths.dedup();
    if windows.len() > 4 || lengths.len() != windows.len() || !windows.iter().all(fits) {
        let sentence = "give at most 4 windows of different length, each with max >= 1 and 1 to 31536000 seconds";
        return Err(Error::invalid_settings(path, sentence));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purpose_overrides_only_what_it_names() {
        let base = PolicySettings {
            length: Some(8),
            ttl_seconds: Some(120),
            ..Default::default()
        };
        let login = PolicySettings {
            ttl_seconds: Some(60),
            ..Default::default()
        }
        .over(&base)
        .resolve("purposes.login")
        .unwrap();
        assert_eq!((login.length, login.ttl_ms, login.attempts), (8, 60_000, 5));
    }

    #[test]
    fn unsafe_settings_fail_and_name_the_field() {
        let cases = [
            (
                "policy.length",
                PolicySettings {
                    length: Some(5),
                    ..Default::default()
                },
            ),
            (
                "policy.ttl_seconds",
                PolicySettings {
                    ttl_seconds: Some(601),
                    ..Default::default()
                },
            ),
            (
                "policy.attempts",
                PolicySettings {
                    attempts: Some(11),
                    ..Default::default()
                },
            ),
            (
                "policy.attempts",
                PolicySettings {
                    attempts: Some(0),
                    ..Default::default()
                },
            ),
            (
                "policy.resend_after_seconds",
                PolicySettings {
                    resend_after_seconds: Some(vec![]),
                    ..Default::default()
                },
            ),
            (
                "policy.per_recipient",
                PolicySettings {
                    per_recipient: Some(vec![Window::new(0, 1)]),
                    ..Default::default()
                },
            ),
            (
                "policy.countries",
                PolicySettings {
                    countries: Some(vec![]),
                    ..Default::default()
                },
            ),
        ];
        for (field, settings) in cases {
            assert_eq!(settings.resolve("policy").unwrap_err().field(), Some(field));
        }
        let allowed = PolicySettings {
            length: Some(4),
            ttl_seconds: Some(3600),
            allow_unsafe: Some(true),
            ..Default::default()
        };
        // A longer life raises the ceiling with it.
        assert_eq!(allowed.resolve("policy").unwrap().ceiling_ms, 3_600_000);
    }
}
