//! What a store refuses, in words.

use crate::engine::verbs::Refusal;
use crate::error::{Error, ErrorKind};
use std::time::Duration;

/// A refusal as the error that the caller meets.
pub(super) fn refused(refusal: Refusal, counts_ip: bool) -> Error {
    let wait =
        |kind, sentence: &str, millis| Error::new(kind, sentence).with_retry_after(Duration::from_millis(millis));
    let limited = ErrorKind::RateLimited;
    match refusal {
        Refusal::Cooldown { retry_after_ms } => wait(
            limited,
            "a code was sent to this recipient just now; wait before the next",
            retry_after_ms,
        ),
        Refusal::Recipient { retry_after_ms } => wait(
            limited,
            "this recipient has been sent as many codes as it may get for now",
            retry_after_ms,
        ),
        Refusal::Elsewhere {
            which: 0,
            retry_after_ms,
        } if counts_ip => wait(
            limited,
            "this IP address has asked for as many codes as it may for now",
            retry_after_ms,
        ),
        Refusal::Elsewhere { retry_after_ms, .. } => wait(
            limited,
            "as many codes have been sent in all as may be for now",
            retry_after_ms,
        ),
        Refusal::Backoff { retry_after_ms } => wait(
            limited,
            "too many wrong codes in a row for this recipient and purpose; wait before the next",
            retry_after_ms,
        ),
        Refusal::Locked {
            retry_after_ms: Some(retry_after_ms),
        } => wait(
            ErrorKind::Locked,
            "100 wrong codes in a row for this recipient and purpose; locked for now",
            retry_after_ms,
        ),
        Refusal::Locked { retry_after_ms: None } => {
            let sentence =
                "100 wrong codes in a row for this recipient and purpose; locked until an operator calls `unlock`";
            Error::new(ErrorKind::Locked, sentence)
        }
    }
}
