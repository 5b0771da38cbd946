//! The state machine. One slot holds what is known of one recipient of one tenant: its verifications, the failures
//! of its subjects and its windows. Every verb is one method that either changes the slot or refuses and changes
//! nothing; a store makes it atomic, by a lock, a transaction, a script or a compare-and-swap of the whole slot.

use super::budget::{Budget, Failures};
use super::keys::same;
use super::record::{Open, Record, State};
use super::verbs::{Attempt, Attempted, Begin, Begun, Binding, Facts, Key, Kind, Refusal, Renew, Renewed, Replaced};
use super::window::WindowLog;
use crate::clock::Millis;
use crate::settings::Window;
use crate::types::Reason;
use smallvec::SmallVec;

/// An ended record is kept a little longer, so that operators read why it ended and a verifier's late yes still
/// finds it. It must outlast the longest deadline of a call.
const GRACE_MS: u64 = 70_000;

/// A code that would live shorter than this, because its verification is near its longest life, is not sent again.
const LEAST_LIFE_MS: u64 = 30_000;

/// Records of one recipient above which ended ones go early. Those that are pending are bounded by the budget.
const RECORDS_MAX: usize = 64;

#[derive(Debug, Clone, Default)]
pub(crate) struct Slot {
    // Mostly one of each, which then stands here and not on the heap: a slot is read from its bytes for each verb.
    records: SmallVec<[Record; 1]>,
    subjects: SmallVec<[Subject; 1]>,
    sends: WindowLog,
}

#[derive(Debug, Clone)]
struct Subject {
    binding: Binding,
    failures: Failures,
    cooldown_until: Millis,
    /// Whether its lock is an operator's to open, so that time must not.
    operator: bool,
}

impl Slot {
    /// `begin`, but for the windows elsewhere, which the store holds.
    pub(crate) fn begin(&mut self, now: Millis, begin: &Begin) -> Result<Begun, Refusal> {
        self.prune(now);
        let Some(new) = &begin.record else {
            self.count_send(now, &begin.per_recipient, &begin.counted)?;
            return Ok(Begun {
                expires_at: now,
                resend_at: now,
                lives_ms: 0,
            });
        };
        if let Some(begun) = self.begun(now, &begin.key) {
            return Ok(begun);
        }
        let attempts = match self.grant(now, &begin.key.binding, &begin.budget) {
            Err(Refusal::Cooldown { retry_after_ms }) => {
                return Err(self.longer(now, retry_after_ms, &begin.per_recipient));
            }
            granted => granted?,
        };
        self.count_send(now, &begin.per_recipient, &begin.counted)?;

        let record = Record::new(now, &begin.key, new, attempts.min(new.attempts), begin.budget.operator);
        let subject = self.subject_mut(&begin.key.binding);
        subject.cooldown_until = subject.cooldown_until.max(record.resend_at);
        if Budget::slowed(subject.failures) {
            subject.failures.last = now;
        }
        let begun = record.begun(now);
        self.make_room(now);
        self.records.push(record);
        Ok(begun)
    }

    /// The first facts of a `begin` that is asked again.
    pub(crate) fn begun(&self, now: Millis, key: &Key) -> Option<Begun> {
        self.records
            .iter()
            .find(|record| is(record, key))
            .map(|record| record.begun(now))
    }

    /// How many attempts a new verification may have, or why there may be none now.
    fn grant(&self, now: Millis, binding: &Binding, budget: &Budget) -> Result<u32, Refusal> {
        let subject = self.subjects.iter().find(|subject| subject.binding == *binding);
        let pending = |record: &&Record| record.binding == *binding && record.ended(now).is_none();
        let reserved = self.records.iter().filter(pending).map(Record::left).sum();
        let failures = subject.map(|subject| subject.failures).unwrap_or_default();
        let attempts = budget.grant(now, failures, reserved)?;
        match subject.map_or(0, |subject| subject.cooldown_until.saturating_sub(now)) {
            0 => Ok(attempts),
            retry_after_ms => Err(Refusal::Cooldown { retry_after_ms }),
        }
    }

    /// Of two waits the longer is told: after it the call may pass.
    fn longer(&mut self, now: Millis, cooldown: u64, windows: &[Window]) -> Refusal {
        match self.sends.wait(now, windows) {
            window if window > cooldown => Refusal::Recipient { retry_after_ms: window },
            _ => Refusal::Cooldown {
                retry_after_ms: cooldown,
            },
        }
    }

    /// Asks the windows of the policy, and counts in those of every policy: sends of one purpose are sends to the
    /// recipient for another, whatever the lengths of their windows.
    fn count_send(&mut self, now: Millis, windows: &[Window], counted: &[Window]) -> Result<(), Refusal> {
        match self.sends.wait(now, windows) {
            0 => {
                self.sends.add(now, counted);
                Ok(())
            }
            retry_after_ms => Err(Refusal::Recipient { retry_after_ms }),
        }
    }

    /// `attempt`: counts, then compares. The subject is counted but never asked, so that a stranger's starts and
    /// guesses cannot consume, replace or lock a verification that is pending.
    pub(crate) fn attempt(&mut self, now: Millis, attempt: &Attempt) -> Attempted {
        let Some(record) = find(&mut self.records, &attempt.key) else {
            return Attempted::Ended(Reason::Unknown);
        };
        if let Some(reason) = record.ended(now) {
            return Attempted::Ended(reason);
        }
        record.used += 1;
        let (left, operator) = (record.left(), record.operator);
        let right = match record.kind {
            Kind::Ours => same(&record.digest, &attempt.ours),
            Kind::Verifier => same(&record.digest, &attempt.context),
        };
        let (answer, approved) = match (record.kind, right) {
            (_, false) => (Attempted::Wrong { left }, false),
            (Kind::Ours, true) => {
                record.state = State::Approved;
                record.last = attempt.request;
                (
                    Attempted::Approved {
                        sealed: record.sealed.clone(),
                    },
                    true,
                )
            }
            (Kind::Verifier, true) => {
                record.open.push(Open {
                    request: attempt.request,
                    counted: true,
                });
                (
                    Attempted::Ask {
                        sealed: record.sealed.clone(),
                        left,
                    },
                    false,
                )
            }
        };
        self.count_guess(now, &attempt.key.binding, operator, approved);
        answer
    }

    /// An approval clears the failures and the cooldown; everything else that was compared is a failure until an
    /// approval says otherwise.
    fn count_guess(&mut self, now: Millis, binding: &Binding, operator: bool, approved: bool) {
        let subject = self.subject_mut(binding);
        subject.operator = operator;
        match approved {
            true => (subject.failures, subject.cooldown_until) = (Failures::default(), 0),
            false => subject.failures.add(now),
        }
        if approved {
            self.forget_open(binding);
        }
    }

    /// The failures of a subject were cleared, and with them those of checks that are under way.
    fn forget_open(&mut self, binding: &Binding) {
        for record in self.records.iter_mut().filter(|record| record.binding == *binding) {
            record.open.iter_mut().for_each(|open| open.counted = false);
        }
    }

    /// `renew`, but for the windows elsewhere.
    pub(crate) fn renew(&mut self, now: Millis, renew: &Renew) -> Renewed {
        let Some(at) = self.records.iter().position(|record| is(record, &renew.key)) else {
            return Renewed::Ended(Reason::Unknown);
        };
        let record = &self.records[at];
        if let Some(reason) = record.ended(now) {
            return Renewed::Ended(reason);
        }
        if record.generation == renew.generation + 1 && record.last == renew.request {
            return Renewed::Done {
                begun: record.begun(now),
                replaced: None,
            };
        }
        // Somebody else's resend came first: the wait that it set holds for this one too.
        let wait = match record.resend_at.saturating_sub(now) {
            0 if record.generation != renew.generation => 1,
            wait => wait,
        };
        if wait > 0 {
            return Renewed::Refused(self.longer(now, wait, &renew.per_recipient));
        }
        let expires_at = (now + renew.ttl_ms)
            .min(record.created_at + renew.ceiling_ms)
            .max(record.expires_at);
        if expires_at - now < LEAST_LIFE_MS.min(renew.ttl_ms / 2) {
            return Renewed::Ended(Reason::Expired);
        }
        if let Err(refusal) = self.count_send(now, &renew.per_recipient, &renew.counted) {
            return Renewed::Refused(refusal);
        }
        let record = &mut self.records[at];
        record.generation += 1;
        record.last = renew.request;
        record.resend_at = now + renew.resend_after_ms;
        let replaced = Replaced {
            digest: record.digest,
            sealed: record.sealed.clone(),
            expires_at: record.expires_at,
        };
        record.expires_at = expires_at;
        if let Some((digest, sealed)) = &renew.replacement {
            (record.digest, record.sealed) = (*digest, sealed.clone());
        }
        let begun = record.begun(now);
        let subject = self.subject_mut(&renew.key.binding);
        subject.cooldown_until = subject.cooldown_until.max(begun.resend_at);
        Renewed::Done {
            begun,
            replaced: Some(replaced),
        }
    }

    /// `status`.
    pub(crate) fn status(&self, now: Millis, key: &Key) -> Option<Facts> {
        let record = self.records.iter().find(|record| is(record, key))?;
        Some(Facts {
            ended: record.ended(now),
            kind: record.kind,
            generation: record.generation,
            left: record.left(),
            created_at: record.created_at,
            expires_at: record.expires_at,
            resend_at: record.resend_at,
            remaining_ms: record.expires_at.saturating_sub(now),
            report: record.report,
            sealed: record.sealed.clone(),
        })
    }

    /// `unlock`: forgets the failures, the lock and the cooldown of a subject. True if there was a failure.
    pub(crate) fn unlock(&mut self, binding: &Binding) -> bool {
        let Some(at) = self.subjects.iter().position(|subject| subject.binding == *binding) else {
            return false;
        };
        let subject = self.subjects.swap_remove(at);
        self.forget_open(binding);
        subject.failures.count > 0
    }

    /// Drops what is over. Returns when there is something to drop again; `None` if the slot is empty.
    pub(crate) fn prune(&mut self, now: Millis) -> Option<Millis> {
        self.records.retain(|record| record.expires_at + GRACE_MS > now);
        self.subjects.retain(|subject| subject.keep_until() > now);
        let sends = self.sends.prune(now);
        let records = self.records.iter().map(|record| record.expires_at + GRACE_MS).min();
        let subjects = self.subjects.iter().map(Subject::keep_until).min();
        [sends, records, subjects].into_iter().flatten().min()
    }

    /// How many entries of the store's bound the slot takes: itself and its verifications.
    pub(crate) fn weight(&self) -> usize {
        1 + self.records.len()
    }

    /// Makes room for one more record: of very many, the oldest that has ended is forgotten early.
    fn make_room(&mut self, now: Millis) {
        if self.records.len() < RECORDS_MAX {
            return;
        }
        let is_over = |record: &Record| record.ended(now).is_some() && record.open.is_empty();
        if let Some(at) = self.records.iter().position(is_over) {
            self.records.remove(at);
        }
    }

    /// Gives a wait back; the waits of other sends to the subject stand.
    fn lift_cooldown(&mut self, binding: &Binding, until: Millis) {
        let stands =
            |record: &&Record| record.binding == *binding && matches!(record.state, State::Pending | State::Canceled);
        let others = self
            .records
            .iter()
            .filter(stands)
            .map(|record| record.resend_at)
            .max()
            .unwrap_or(0);
        let subject = self.subject_mut(binding);
        if subject.cooldown_until == until {
            subject.cooldown_until = others;
        }
    }

    fn subject_mut(&mut self, binding: &Binding) -> &mut Subject {
        let at = match self.subjects.iter().position(|subject| subject.binding == *binding) {
            Some(at) => at,
            None => {
                let (failures, cooldown_until) = Default::default();
                self.subjects.push(Subject {
                    binding: *binding,
                    failures,
                    cooldown_until,
                    operator: false,
                });
                self.subjects.len() - 1
            }
        };
        &mut self.subjects[at]
    }
}

impl Subject {
    fn keep_until(&self) -> Millis {
        self.failures
            .forget_at(self.operator)
            .unwrap_or(0)
            .max(self.cooldown_until)
    }
}

/// A record answers only to the tenant and the purpose that it was made for; to others it is unknown.
fn is(record: &Record, key: &Key) -> bool {
    record.random == key.random && record.binding == key.binding
}

fn find<'a>(records: &'a mut [Record], key: &Key) -> Option<&'a mut Record> {
    records.iter_mut().find(|record| is(record, key))
}

mod codec;
mod kept;
mod report;
mod settle;

#[cfg(test)]
mod late;
#[cfg(test)]
mod properties;
#[cfg(test)]
pub(crate) mod tests;
