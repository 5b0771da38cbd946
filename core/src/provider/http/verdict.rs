//! What an answer means: every vendor's errors in the same few words, and what each of them makes of a call.

use super::{Answer, Failure};
use crate::provider::{CheckResult, CreateResult, SendResult};
use std::time::Duration;

/// What a vendor says of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::provider) enum Kind {
    /// The recipient cannot receive it.
    InvalidNumber,
    /// The destination is denied, opted out, or held for fraud.
    Blocked,
    /// Too much for now.
    RateLimited,
    /// The credentials are wrong, or the account is closed.
    AuthFailed,
    /// The account has no money left.
    InsufficientFunds,
    /// The code is not the right one.
    WrongCode,
    /// The vendor lets nobody try any more.
    TooManyAttempts,
    /// There is no such thing, or not any more.
    NotFound,
    /// Sender, template or another parameter is wrong.
    BadRequest,
    /// The vendor had an accident; what became of the call is not known.
    Transient,
}

impl Kind {
    /// What a status says, where the body says nothing that is known. A bare 404 may come from anybody on the way, so it
    /// ends no verification.
    pub(super) fn of_status(status: u16) -> Kind {
        match status {
            401 | 403 => Kind::AuthFailed,
            402 => Kind::InsufficientFunds,
            408 | 500.. => Kind::Transient,
            429 => Kind::RateLimited,
            _ => Kind::BadRequest,
        }
    }

    /// The word of the documentation.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Kind::InvalidNumber => "invalid number",
            Kind::Blocked => "blocked",
            Kind::RateLimited => "rate limited",
            Kind::AuthFailed => "credentials",
            Kind::InsufficientFunds => "no funds",
            Kind::WrongCode => "wrong code",
            Kind::TooManyAttempts => "too many attempts",
            Kind::NotFound => "not found",
            Kind::BadRequest => "bad request",
            Kind::Transient => "accident",
        }
    }

    const fn send(self) -> &'static str {
        match self {
            Kind::RateLimited => "limited",
            Kind::InsufficientFunds => "not sent",
            Kind::Transient => "ambiguous",
            _ => "rejected",
        }
    }

    const fn check(self) -> &'static str {
        match self {
            Kind::WrongCode => "wrong",
            Kind::TooManyAttempts | Kind::NotFound => "ended",
            _ => "cannot tell",
        }
    }
}

/// One error code of a vendor.
pub(in crate::provider) struct Code {
    pub(super) code: u32,
    /// What it must be about to have this meaning; empty: anything. The first row that fits holds.
    pub(super) about: &'static [&'static str],
    pub(super) kind: Kind,
    pub(super) means: &'static str,
}

/// A row of a vendor's table, as the documentation shows it.
pub struct ErrorRow {
    /// The vendor's number.
    pub code: u32,
    /// What the error must be about to have this meaning; empty: anything.
    pub about: String,
    /// otpkit's word for it.
    pub kind: &'static str,
    /// What it makes of a send or create.
    pub send: &'static str,
    /// What it makes of a check.
    pub check: &'static str,
    /// What it means, in words.
    pub means: &'static str,
}

/// What a vendor's error codes mean.
pub struct ErrorTable {
    /// The vendor.
    pub vendor: &'static str,
    pub(super) codes: &'static [Code],
}

impl ErrorTable {
    /// The rows, in the order in which they are tried.
    pub fn rows(&self) -> impl Iterator<Item = ErrorRow> {
        self.codes.iter().map(|row| ErrorRow {
            code: row.code,
            about: row.about.join(", "),
            kind: row.kind.name(),
            send: row.kind.send(),
            check: row.kind.check(),
            means: row.means,
        })
    }

    /// The kind of a code, given what the error is about.
    pub(super) fn kind(&self, code: u32, is_about: impl Fn(&str) -> bool) -> Option<Kind> {
        let fits =
            |row: &&Code| row.code == code && (row.about.is_empty() || row.about.iter().any(|word| is_about(word)));
        self.codes.iter().find(fits).map(|row| row.kind)
    }
}

/// A vendor's answer that is no success.
pub(in crate::provider) struct Refusal {
    pub(super) kind: Kind,
    /// For the operator.
    pub(super) detail: String,
    pub(super) retry_after: Option<Duration>,
}

impl Refusal {
    pub(super) fn new(kind: Kind, detail: String, answer: &Answer) -> Refusal {
        Refusal {
            kind,
            detail,
            retry_after: answer.retry_after.filter(|_| matches!(answer.status, 429 | 503)),
        }
    }
}

impl From<Refusal> for CreateResult {
    fn from(refusal: Refusal) -> CreateResult {
        let Refusal {
            kind,
            detail,
            retry_after,
        } = refusal;
        match kind {
            Kind::RateLimited => CreateResult::Limited { retry_after },
            // A service that says when it will be back has not taken this call.
            Kind::Transient if retry_after.is_some() => CreateResult::Limited { retry_after },
            Kind::Transient => CreateResult::Ambiguous(detail),
            // About the account and not about the message: another provider may serve.
            Kind::InsufficientFunds => CreateResult::NotSent(format!("{detail} (top up the account)")),
            Kind::AuthFailed => CreateResult::Rejected(format!("{detail} (check the credentials in the settings)")),
            Kind::InvalidNumber
            | Kind::Blocked
            | Kind::WrongCode
            | Kind::TooManyAttempts
            | Kind::NotFound
            | Kind::BadRequest => CreateResult::Rejected(detail),
        }
    }
}

impl From<Refusal> for SendResult {
    fn from(refusal: Refusal) -> SendResult {
        CreateResult::from(refusal).into()
    }
}

impl From<Refusal> for CheckResult {
    fn from(refusal: Refusal) -> CheckResult {
        match refusal.kind {
            Kind::WrongCode => CheckResult::Wrong,
            Kind::TooManyAttempts | Kind::NotFound => CheckResult::Ended,
            _ => CheckResult::CannotTell(refusal.detail),
        }
    }
}

impl From<Failure> for CreateResult {
    fn from(failure: Failure) -> CreateResult {
        match failure {
            Failure::NotSent(why) => CreateResult::NotSent(why),
            Failure::Ambiguous(why) => CreateResult::Ambiguous(why),
        }
    }
}

impl From<Failure> for SendResult {
    fn from(failure: Failure) -> SendResult {
        CreateResult::from(failure).into()
    }
}

impl From<Failure> for CheckResult {
    fn from(failure: Failure) -> CheckResult {
        let (Failure::NotSent(why) | Failure::Ambiguous(why)) = failure;
        CheckResult::CannotTell(why)
    }
}
