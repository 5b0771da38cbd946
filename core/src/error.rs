//! The one table of errors. Every binding maps this table and adds nothing to it.
//!
//! There are three answers only: *your input is wrong* (1xx), *wait* (2xx, with how long) and *an outage* (3xx).
//! A wrong code is none of them: it is a result of [`check`](crate::Client::check).

use std::fmt;
use std::time::Duration;

/// Declares the kinds once: variant, stable string, stable number, group and the line of documentation.
macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal, $number:literal, $group:ident;)+) => {
        /// What went wrong, as a stable kind. Strings and numbers never change their meaning and are never reused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorKind {
            $($(#[doc = $doc])+ $name,)+
        }

        impl ErrorKind {
            /// Every kind, in the order of its number.
            pub const ALL: &'static [ErrorKind] = &[$(ErrorKind::$name,)+];

            /// The stable string: `err.code` in JavaScript and Python.
            pub const fn code(self) -> &'static str {
                match self { $(ErrorKind::$name => $code,)+ }
            }

            /// The stable number: the status in C.
            pub const fn number(self) -> u32 {
                match self { $(ErrorKind::$name => $number,)+ }
            }

            /// Who has to act.
            pub const fn group(self) -> ErrorGroup {
                match self { $(ErrorKind::$name => ErrorGroup::$group,)+ }
            }

            /// The documentation of the kind, one paragraph.
            pub const fn help(self) -> &'static str {
                match self { $(ErrorKind::$name => concat!($($doc),+).trim_ascii(),)+ }
            }
        }
    };
}

/// Who has to act on an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorGroup {
    /// The caller's input or settings are wrong; the same call fails again.
    Input,
    /// The call is right but too early; [`Error::retry_after`] tells when it may pass.
    Wait,
    /// Something that otpkit depends on did not do its part.
    Outage,
}

impl ErrorGroup {
    /// `input`, `wait` or `outage`.
    pub const fn as_str(self) -> &'static str {
        match self {
            ErrorGroup::Input => "input",
            ErrorGroup::Wait => "wait",
            ErrorGroup::Outage => "outage",
        }
    }
}

kinds! {
    /// A field of the call has the wrong shape. `field` names it. No attempt was spent and nothing was stored.
    InvalidInput = "invalid_input", 100, Input;
    /// The settings cannot work or are unsafe. Raised when the client is built, never later.
    InvalidSettings = "invalid_settings", 101, Input;
    /// No route serves this recipient on this channel, or the policy does not allow its country.
    NoRoute = "no_route", 102, Input;
    /// The verification to resend is unknown or has ended. Start a new one.
    VerificationEnded = "verification_ended", 103, Input;
    /// The provider refused this message for good (for example a recipient that cannot receive it). Nothing was sent.
    Rejected = "rejected", 104, Input;
    /// The call was aborted by the caller. What had been sent stays sent.
    Aborted = "aborted", 105, Input;
    /// The client was closed.
    Closed = "closed", 106, Input;
    /// A delivery report that its vendor has not signed, or not like this: forged, too old, or changed on its way. Answer
    /// it with 403. If all of them are refused, the signing key, or the URL that `webhook` is given, is not the vendor's.
    InvalidSignature = "invalid_signature", 107, Input;
    /// A cooldown or a send window is used up. `retry_after` tells when the next call may pass.
    RateLimited = "rate_limited", 200, Wait;
    /// Too many consecutive wrong codes for this subject. Wait for `retry_after`, or an operator calls `unlock`.
    Locked = "locked", 201, Wait;
    /// The provider itself limits the sends. `retry_after` is its wish, between 1 second and 1 hour.
    ProviderLimited = "provider_limited", 202, Wait;
    /// No provider of the route took the message. Nothing was sent.
    ProviderUnavailable = "provider_unavailable", 300, Outage;
    /// It is not known whether the code is right, or whether a provider began. Never read this as a yes.
    CannotTell = "cannot_tell", 301, Outage;
    /// The store did not answer, or this process may not use it.
    StoreUnavailable = "store_unavailable", 302, Outage;
    /// The store holds as many verifications as it may. Nothing was sent.
    StoreFull = "store_full", 303, Outage;
    /// A defect in otpkit. Please report it.
    Internal = "internal", 304, Outage;
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// An error of otpkit: kind, a sentence for the person who meets it, and what is needed to act on it.
///
/// The message never holds a code, a key or a recipient, and never the text of a vendor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    field: Option<String>,
    retry_after: Option<Duration>,
}

impl Error {
    /// An error of a kind with its sentence.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            field: None,
            retry_after: None,
        }
    }

    /// [`ErrorKind::InvalidInput`] of one named field.
    pub fn invalid_input(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: Some(field.into()),
            ..Self::new(ErrorKind::InvalidInput, message)
        }
    }

    /// [`ErrorKind::InvalidSettings`] of one named setting, written as a path such as `policy.ttl_seconds`.
    pub fn invalid_settings(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: Some(field.into()),
            ..Self::new(ErrorKind::InvalidSettings, message)
        }
    }

    /// The same error with the time after which the call may pass.
    pub fn with_retry_after(mut self, after: Duration) -> Self {
        self.retry_after = Some(after);
        self
    }

    /// The stable kind.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The sentence: what was wrong and what to do.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The field of the call, or the path of the setting, that is wrong.
    pub fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }

    /// How long to wait, for the kinds of [`ErrorGroup::Wait`].
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.field {
            Some(field) => write!(f, "{}: {}: {}", self.kind, field, self.message),
            None => write!(f, "{}: {}", self.kind, self.message),
        }
    }
}

impl std::error::Error for Error {}

/// The result of every call of otpkit.
pub type Result<T, E = Error> = std::result::Result<T, E>;

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn codes_and_numbers_are_unique_and_numbers_rise() {
        let codes: HashSet<_> = ErrorKind::ALL.iter().map(|k| k.code()).collect();
        assert_eq!(codes.len(), ErrorKind::ALL.len());
        assert!(
            ErrorKind::ALL
                .windows(2)
                .all(|pair| pair[0].number() < pair[1].number())
        );
    }

    #[test]
    fn the_hundreds_of_a_number_are_its_group() {
        for kind in ErrorKind::ALL {
            let group = match kind.number() / 100 {
                1 => ErrorGroup::Input,
                2 => ErrorGroup::Wait,
                _ => ErrorGroup::Outage,
            };
            assert_eq!(kind.group(), group, "{kind}");
        }
    }
}
