//! Numbers, and those among them that always fail in one way.
//!
//! The first nine mean to Twilio's test credentials what they mean here. `docs/sandbox.md` has the table.

use std::time::Duration;

use crate::faults::Fault;

/// What happens to whatever is sent to a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Special {
    /// There is no such number.
    Invalid,
    /// No carrier takes it.
    Unroutable,
    /// Its country is not allowed.
    Region,
    /// Its owner wants no messages.
    OptedOut,
    /// The account has no money left.
    NoFunds,
    /// Too many requests.
    Limited,
    /// A landline.
    Landline,
    /// Everything is accepted, nothing arrives.
    Undelivered,
    /// A verification is over after a second.
    ShortLived,
    /// The vendor fails.
    Broken,
    /// A gateway answers with a page.
    Page,
    /// Everything is done, then the connection is reset.
    Reset,
    /// Everything is done, and the answer comes after half a minute.
    Late,
    /// As many messages as a verification may send were sent.
    SentTooOften,
}

/// How long a verification of [`Special::ShortLived`] lives.
pub(super) const SHORT_LIFE: Duration = Duration::from_secs(1);
/// Later than any client waits.
const LATE_MS: u64 = 30_000;
/// What [`Special::Limited`] says; so long nobody need wait here, but a client that obeys shows it.
const RETRY_AFTER: u32 = 17;

impl Special {
    /// What this number means, written with or without a plus.
    pub(super) fn of(number: &str) -> Option<Self> {
        let last = number.trim_start_matches('+').strip_prefix("1500555")?;
        Some(match last {
            "0001" => Self::Invalid,
            "0002" => Self::Unroutable,
            "0003" => Self::Region,
            "0004" => Self::OptedOut,
            "0005" => Self::NoFunds,
            "0008" => Self::Limited,
            "0009" => Self::Landline,
            "0010" => Self::Undelivered,
            "0011" => Self::ShortLived,
            "0012" => Self::Broken,
            "0013" => Self::Page,
            "0014" => Self::Reset,
            "0015" => Self::Late,
            "0016" => Self::SentTooOften,
            _ => return None,
        })
    }

    /// The fault instead of handling the request.
    pub(super) fn instead(self) -> Option<Fault> {
        match self {
            Self::Limited => Some(Fault::TooManyRequests {
                retry_after: Some(RETRY_AFTER),
            }),
            Self::Broken => Some(Fault::ServerError { status: 500 }),
            Self::Page => Some(Fault::Html { status: 502 }),
            _ => None,
        }
    }

    /// The fault after the request was handled.
    pub(super) fn afterwards(self) -> Option<Fault> {
        match self {
            Self::Reset => Some(Fault::ResetAfter),
            Self::Late => Some(Fault::LateReply { ms: LATE_MS }),
            _ => None,
        }
    }
}

/// A number as E.164 has it: a country code and no more than 15 digits in all, after a plus.
pub(super) fn is_e164(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(is_international)
}

/// The same without the plus. Seven digits is the shortest that any country uses with its code.
pub(super) fn is_international(digits: &str) -> bool {
    (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0')
}

/// Good enough to tell an address from a number or from nothing.
pub(super) fn is_email(text: &str) -> bool {
    let is_sound = text.len() <= 254 && !text.chars().any(|c| c.is_whitespace() || c.is_control());
    let parts = text.rsplit_once('@');
    is_sound && parts.is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.') && !domain.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_numbers_are_known_with_and_without_a_plus() {
        assert_eq!(Special::of("+15005550001"), Some(Special::Invalid));
        assert_eq!(Special::of("15005550016"), Some(Special::SentTooOften));
        for number in [
            "+15005550006",
            "+15005550000",
            "+150055500010",
            "+31612345678",
            "",
            "5005550001",
        ] {
            assert_eq!(Special::of(number), None, "{number}");
        }
    }

    #[test]
    fn numbers_and_addresses_are_told_apart() {
        assert!(is_e164("+31612345678") && is_international("31612345678"));
        for text in [
            "",
            "+",
            "+1501",
            "31612345678",
            "+0612345678",
            "+1234567890123456",
            "+3161234567a",
            "+३१६१२३४५६७८",
        ] {
            assert!(!is_e164(text), "{text}");
        }
        assert!(is_email("a+b@example.com"));
        for text in [
            "",
            "@",
            "a@",
            "@example.com",
            "a b@example.com",
            "a@example",
            "a@example.",
            "+31612345678",
        ] {
            assert!(!is_email(text), "{text}");
        }
    }
}
