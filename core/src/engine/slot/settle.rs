//! `settle`: what became of a send, of a verifier's check, or of the host's wish to cancel.

use super::{Slot, find};
use crate::clock::Millis;
use crate::engine::record::{Record, State};
use crate::engine::verbs::{Settle, Settled, Settlement};
use crate::types::Reason;

impl Slot {
    /// `settle`: what became of a send, of a verifier's check, or of the host's wish to cancel.
    pub(crate) fn settle(&mut self, now: Millis, settle: &Settle) -> Settled {
        let Some(record) = find(&mut self.records, &settle.key) else {
            return Settled::Ended(Reason::Unknown);
        };
        let done = |record: &Record| Settled::Done {
            sealed: record.sealed.clone(),
            left: record.left(),
        };
        match &settle.what {
            Settlement::Served {
                generation,
                kind,
                digest,
                sealed,
                tracked: _,
            } => {
                if record.generation == *generation {
                    if record.tracked != *generation {
                        (record.tracked, record.report) = (*generation, None);
                    }
                    (record.kind, record.sealed) = (*kind, sealed.clone());
                    record.digest = digest.unwrap_or(record.digest);
                }
                record.ended(now).map_or_else(|| done(record), Settled::Ended)
            }
            Settlement::StartFailed { cooldown } => {
                if record.state == State::Pending {
                    record.state = State::Failed;
                    if !cooldown {
                        let resend_at = record.resend_at;
                        self.lift_cooldown(&settle.key.binding, resend_at);
                    }
                }
                Settled::Ended(Reason::Failed)
            }
            Settlement::ResendFailed { generation, restore } => {
                if record.generation == *generation && record.state == State::Pending {
                    let resend_at = std::mem::replace(&mut record.resend_at, now);
                    if let Some(before) = restore {
                        (record.digest, record.sealed) = (before.digest, before.sealed.clone());
                        record.expires_at = before.expires_at;
                    }
                    self.lift_cooldown(&settle.key.binding, resend_at);
                }
                Settled::Ended(Reason::Failed)
            }
            Settlement::Approved { request } => {
                let repeat = record.state == State::Approved && record.last == *request;
                // Expiry and attempts that came later do not matter: the service was asked in time.
                let wins = record.state == State::Pending && record.open.iter().any(|open| open.request == *request);
                if !repeat && !wins {
                    return Settled::Ended(record.ended(now).unwrap_or(Reason::Unknown));
                }
                record.state = State::Approved;
                record.last = *request;
                let (answer, operator) = (done(record), record.operator);
                if wins {
                    self.count_guess(now, &settle.key.binding, operator, true);
                }
                answer
            }
            Settlement::Wrong { request } => {
                record.open.retain(|open| open.request != *request);
                match record.state {
                    State::Pending => done(record),
                    _ => record.ended(now).map_or_else(|| done(record), Settled::Ended),
                }
            }
            Settlement::NotCompared { request } => {
                let counted = record.open.iter().any(|open| open.request == *request && open.counted);
                record.open.retain(|open| open.request != *request);
                let answer = record.ended(now).map_or_else(|| done(record), Settled::Ended);
                if counted {
                    let failures = &mut self.subject_mut(&settle.key.binding).failures;
                    failures.count = failures.count.saturating_sub(1);
                }
                answer
            }
            Settlement::Cancel => match record.ended(now) {
                None => {
                    record.state = State::Canceled;
                    done(record)
                }
                Some(reason) => Settled::Ended(reason),
            },
        }
    }
}
