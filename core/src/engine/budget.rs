//! The budget of a subject (recipient and purpose): consecutive wrong codes, over any number of verifications.

use super::verbs::Refusal;
use crate::clock::Millis;

/// The numbers of the budget. NIST SP 800-63B-4, 3.2.2: at most 100 consecutive failures; waits of 30 s to 1 h.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Budget {
    /// Attempts of an ordinary verification.
    pub(crate) attempts: u32,
    /// Whether only an operator opens the lock.
    pub(crate) operator: bool,
}

const SLOW_FROM: u32 = 20;
const LOCK_AT: u32 = 100;
const FIRST_WAIT_MS: u64 = 30_000;
const LONGEST_WAIT_MS: u64 = 3_600_000;
const LOCK_MS: u64 = 24 * 3_600_000;
/// Failures that nothing has followed for so long are forgotten, so that a store does not keep them for ever.
const FORGET_MS: u64 = 30 * 24 * 3_600_000;

/// What is kept of a subject.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Failures {
    pub(crate) count: u32,
    /// The later of the last failure and the last start that was let through while slowed down.
    pub(crate) last: Millis,
}

impl Budget {
    /// How many attempts a verification that starts now may have, given the attempts that others hold reserved.
    pub(crate) fn grant(&self, now: Millis, failures: Failures, reserved: u32) -> Result<u32, Refusal> {
        let since = now.saturating_sub(failures.last);
        if failures.count >= LOCK_AT {
            if self.operator {
                return Err(Refusal::Locked { retry_after_ms: None });
            }
            // One attempt a day; one that is handed out already has to end first.
            return match LOCK_MS.checked_sub(since).filter(|wait| *wait > 0) {
                Some(wait) => Err(Refusal::Locked {
                    retry_after_ms: Some(wait),
                }),
                None if reserved > 0 => Err(Refusal::Backoff {
                    retry_after_ms: FIRST_WAIT_MS,
                }),
                None => Ok(1),
            };
        }
        let grant = if failures.count >= SLOW_FROM {
            let doublings = (failures.count - SLOW_FROM).min(16);
            let wait = (FIRST_WAIT_MS << doublings).min(LONGEST_WAIT_MS);
            if since < wait {
                return Err(Refusal::Backoff {
                    retry_after_ms: wait - since,
                });
            }
            1
        } else {
            self.attempts
        };
        match failures.count + reserved + grant <= LOCK_AT {
            true => Ok(grant),
            // Reserved attempts end with their verifications, within minutes.
            false => Err(Refusal::Backoff {
                retry_after_ms: FIRST_WAIT_MS,
            }),
        }
    }

    /// Whether a start counts as the latest event of a slowed-down subject.
    pub(crate) fn slowed(failures: Failures) -> bool {
        failures.count >= SLOW_FROM
    }
}

impl Failures {
    pub(crate) fn add(&mut self, now: Millis) {
        self.count = self.count.saturating_add(1);
        self.last = self.last.max(now);
    }

    /// When these failures may be forgotten, if there are any. A lock that is an operator's to open stays for ever.
    pub(crate) fn forget_at(&self, operator: bool) -> Option<Millis> {
        match self.count {
            0 => None,
            count if operator && count >= LOCK_AT => Some(Millis::MAX),
            _ => Some(self.last + FORGET_MS),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUDGET: Budget = Budget {
        attempts: 5,
        operator: false,
    };

    fn after(count: u32, since: u64, reserved: u32) -> Result<u32, Refusal> {
        BUDGET.grant(
            1_000_000_000 + since,
            Failures {
                count,
                last: 1_000_000_000,
            },
            reserved,
        )
    }

    #[test]
    fn waits_double_from_30_seconds_to_an_hour() {
        assert_eq!(after(19, 0, 0), Ok(5));
        for (count, wait) in [
            (20, 30_000),
            (21, 60_000),
            (22, 120_000),
            (26, 1_920_000),
            (27, 3_600_000),
            (99, 3_600_000),
        ] {
            assert_eq!(
                after(count, wait - 1, 0),
                Err(Refusal::Backoff { retry_after_ms: 1 }),
                "{count}"
            );
            assert_eq!(after(count, wait, 0), Ok(1), "{count}");
        }
    }

    #[test]
    fn at_100_one_attempt_a_day_or_an_operator() {
        let day = 24 * 3_600_000;
        assert_eq!(
            after(100, 0, 0),
            Err(Refusal::Locked {
                retry_after_ms: Some(day)
            })
        );
        assert_eq!(after(100, day, 0), Ok(1));
        assert_eq!(
            after(100, day, 1),
            Err(Refusal::Backoff {
                retry_after_ms: FIRST_WAIT_MS
            })
        );
        let operator = Budget {
            operator: true,
            ..BUDGET
        };
        let refused = operator.grant(u64::MAX / 2, Failures { count: 100, last: 0 }, 0);
        assert_eq!(refused, Err(Refusal::Locked { retry_after_ms: None }));
    }

    #[test]
    fn failures_and_reserved_attempts_never_pass_100() {
        assert_eq!(after(0, 0, 95), Ok(5));
        assert!(after(0, 0, 96).is_err());
        assert!(after(19, 0, 80).is_err());
    }

    #[test]
    fn failures_are_forgotten_after_a_month_without_another() {
        assert_eq!(Failures::default().forget_at(false), None);
        let day = 24 * 3_600_000;
        let some = Failures { count: 5, last: 7 };
        assert_eq!(some.forget_at(false), Some(7 + 30 * day));
    }

    #[test]
    fn no_count_and_no_time_overflows() {
        for count in [0, 19, 20, 21, 36, 99, 100, 101, u32::MAX - 1, u32::MAX] {
            for last in [0, 1, u64::MAX / 2] {
                for now in [0, last, last + 1, last + 3_600_000, u64::MAX / 2] {
                    for reserved in [0, 1, 95, 100, 1000] {
                        let granted = BUDGET.grant(now, Failures { count, last }, reserved);
                        assert!(granted.is_err() || count >= 100 || count + reserved + granted.unwrap() <= 100);
                    }
                }
            }
        }
        let mut failures = Failures {
            count: u32::MAX,
            last: 9,
        };
        failures.add(5);
        assert_eq!((failures.count, failures.last), (u32::MAX, 9));
    }
}
