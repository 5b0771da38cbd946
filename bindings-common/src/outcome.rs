use otpkit::{CheckResult, CreateResult, OnError, SendResult};
use serde::Deserialize;
use std::time::Duration;

/// What a host's callback said, in the one shape that every binding reduces it to. `result` is one of `sent`,
/// `created`, `not_sent`, `rejected`, `limited`, `ambiguous`, `approved`, `wrong`, `ended` and `cannot_tell`.
/// What is not understood is never read as good news.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Outcome {
    /// The word.
    pub result: String,
    /// The provider's own name of the message or verification.
    pub reference: Option<String>,
    /// For `limited`: when more is taken.
    pub retry_after_ms: Option<f64>,
    /// For the operator.
    pub reason: Option<String>,
}

impl Outcome {
    /// The outcome of this word.
    pub fn of(result: impl Into<String>) -> Self {
        Self {
            result: result.into(),
            ..Self::default()
        }
    }

    /// As the answer of a sender.
    pub fn into_send(self) -> SendResult {
        match self.result.as_str() {
            "sent" => SendResult::Sent {
                reference: self.reference,
            },
            "not_sent" => SendResult::NotSent(self.text()),
            "rejected" => SendResult::Rejected(self.text()),
            "limited" => SendResult::Limited {
                retry_after: self.retry_after(),
            },
            "ambiguous" => SendResult::Ambiguous(self.text()),
            _ => SendResult::Ambiguous("the provider's answer is none that `send` may give".into()),
        }
    }

    /// As the answer of a verifier's `create` or `resend`.
    pub fn into_create(self) -> CreateResult {
        match self.result.as_str() {
            "created" | "sent" => CreateResult::Created {
                reference: self.reference.unwrap_or_default(),
            },
            "not_sent" => CreateResult::NotSent(self.text()),
            "rejected" => CreateResult::Rejected(self.text()),
            "limited" => CreateResult::Limited {
                retry_after: self.retry_after(),
            },
            "ambiguous" => CreateResult::Ambiguous(self.text()),
            _ => CreateResult::Ambiguous("the provider's answer is none that `create` may give".into()),
        }
    }

    /// As the answer of a verifier's `check`.
    pub fn into_check(self) -> CheckResult {
        match self.result.as_str() {
            "approved" => CheckResult::Approved,
            "wrong" => CheckResult::Wrong,
            "ended" => CheckResult::Ended,
            "cannot_tell" => CheckResult::CannotTell(self.text()),
            _ => CheckResult::CannotTell("the provider's answer is none that `check` may give".into()),
        }
    }

    fn text(self) -> String {
        self.reason.unwrap_or_default()
    }

    fn retry_after(&self) -> Option<Duration> {
        let millis = self.retry_after_ms.filter(|ms| ms.is_finite() && *ms >= 0.0)?;
        Some(Duration::from_millis(millis.min(1e12) as u64))
    }
}

/// What an exception of a sender means, by the provider's setting.
pub fn failed_send(on_error: OnError, why: String) -> SendResult {
    match on_error {
        OnError::Ambiguous => SendResult::Ambiguous(why),
        OnError::NotSent => SendResult::NotSent(why),
    }
}

/// What an exception of a verifier's `create` or `resend` means, by the provider's setting.
pub fn failed_create(on_error: OnError, why: String) -> CreateResult {
    match on_error {
        OnError::Ambiguous => CreateResult::Ambiguous(why),
        OnError::NotSent => CreateResult::NotSent(why),
    }
}

/// What an exception of a verifier's `check` means: always *cannot tell*.
pub fn failed_check(why: String) -> CheckResult {
    CheckResult::CannotTell(why)
}
