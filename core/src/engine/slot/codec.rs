//! A slot as bytes. The form at rest is structs of its own, so that those in memory can change.

use super::{Slot, Subject};
use crate::clock::{LATEST, Millis};
use crate::engine::budget::Failures;
use crate::engine::record::{Open, Record, State};
use crate::engine::verbs::{Binding, Digest, Kind, Random, RequestToken};
use crate::engine::window::codec::StoredLog;
use serde::{Deserialize, Serialize};

/// More than a slot can come to: pending verifications are bounded by the budgets of its subjects.
const LIST_MAX: usize = 65_536;
const GENERATIONS_MAX: u32 = 1 << 24;

#[derive(Serialize, Deserialize)]
struct StoredSlot<'a> {
    #[serde(borrow)]
    records: Vec<StoredRecord<'a>>,
    subjects: Vec<StoredSubject>,
    sends: StoredLog,
}

#[derive(Serialize, Deserialize)]
struct StoredRecord<'a> {
    random: Random,
    binding: Binding,
    digest: Digest,
    kind: StoredKind,
    state: StoredState,
    generation: u32,
    used: u8,
    attempts: u8,
    operator: bool,
    created_at: Millis,
    expires_at: Millis,
    resend_at: Millis,
    sealed: &'a [u8],
    open: Vec<(RequestToken, bool)>,
    last: RequestToken,
}

#[derive(Serialize, Deserialize)]
enum StoredKind {
    Ours,
    Verifier,
}

#[derive(Serialize, Deserialize)]
enum StoredState {
    Pending,
    Approved,
    Canceled,
    Failed,
}

#[derive(Serialize, Deserialize)]
struct StoredSubject {
    binding: Binding,
    failures: u32,
    last: Millis,
    cooldown_until: Millis,
    operator: bool,
}

impl Slot {
    pub(crate) fn encode(&self) -> Option<Vec<u8>> {
        let stored = StoredSlot {
            records: self.records.iter().map(StoredRecord::from).collect(),
            subjects: self.subjects.iter().map(StoredSubject::from).collect(),
            sends: StoredLog::from(&self.sends),
        };
        postcard::to_allocvec(&stored).ok()
    }

    /// `None` for bytes that are no slot, or one that the rules cannot come to: they add and subtract without asking
    /// again.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Slot> {
        let Ok((stored, [])) = postcard::take_from_bytes::<StoredSlot<'_>>(bytes) else {
            return None;
        };
        if stored.records.len() > LIST_MAX || stored.subjects.len() > LIST_MAX {
            return None;
        }
        Some(Slot {
            records: stored
                .records
                .into_iter()
                .map(StoredRecord::checked)
                .collect::<Option<_>>()?,
            subjects: stored
                .subjects
                .into_iter()
                .map(StoredSubject::checked)
                .collect::<Option<_>>()?,
            sends: stored.sends.checked()?,
        })
    }
}

impl<'a> From<&'a Record> for StoredRecord<'a> {
    fn from(record: &'a Record) -> StoredRecord<'a> {
        StoredRecord {
            random: record.random,
            binding: record.binding,
            digest: record.digest,
            kind: match record.kind {
                Kind::Ours => StoredKind::Ours,
                Kind::Verifier => StoredKind::Verifier,
            },
            state: match record.state {
                State::Pending => StoredState::Pending,
                State::Approved => StoredState::Approved,
                State::Canceled => StoredState::Canceled,
                State::Failed => StoredState::Failed,
            },
            generation: record.generation,
            used: record.used,
            attempts: record.attempts,
            operator: record.operator,
            created_at: record.created_at,
            expires_at: record.expires_at,
            resend_at: record.resend_at,
            sealed: &record.sealed,
            open: record.open.iter().map(|open| (open.request, open.counted)).collect(),
            last: record.last,
        }
    }
}

impl StoredRecord<'_> {
    fn checked(self) -> Option<Record> {
        let fits = self.used <= self.attempts
            && self.open.len() <= usize::from(self.attempts)
            && self.generation <= GENERATIONS_MAX
            && [self.created_at, self.expires_at, self.resend_at]
                .iter()
                .all(|at| *at <= LATEST);
        fits.then(|| Record {
            random: self.random,
            binding: self.binding,
            digest: self.digest,
            kind: match self.kind {
                StoredKind::Ours => Kind::Ours,
                StoredKind::Verifier => Kind::Verifier,
            },
            state: match self.state {
                StoredState::Pending => State::Pending,
                StoredState::Approved => State::Approved,
                StoredState::Canceled => State::Canceled,
                StoredState::Failed => State::Failed,
            },
            generation: self.generation,
            used: self.used,
            attempts: self.attempts,
            operator: self.operator,
            created_at: self.created_at,
            expires_at: self.expires_at,
            resend_at: self.resend_at,
            sealed: self.sealed.into(),
            open: self
                .open
                .into_iter()
                .map(|(request, counted)| Open { request, counted })
                .collect(),
            last: self.last,
        })
    }
}

impl From<&Subject> for StoredSubject {
    fn from(subject: &Subject) -> StoredSubject {
        StoredSubject {
            binding: subject.binding,
            failures: subject.failures.count,
            last: subject.failures.last,
            cooldown_until: subject.cooldown_until,
            operator: subject.operator,
        }
    }
}

impl StoredSubject {
    fn checked(self) -> Option<Subject> {
        let fits = self.last <= LATEST && self.cooldown_until <= LATEST;
        fits.then_some(Subject {
            binding: self.binding,
            failures: Failures {
                count: self.failures,
                last: self.last,
            },
            cooldown_until: self.cooldown_until,
            operator: self.operator,
        })
    }
}

#[cfg(test)]
mod tests;
