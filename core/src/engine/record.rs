//! A verification as a slot keeps it.

use super::verbs::{Begun, Binding, Digest, Key, Kind, NewRecord, Random, RequestToken};
use crate::clock::Millis;
use crate::types::{Reason, ReportStatus};

#[derive(Debug, Clone)]
pub(super) struct Record {
    pub(super) random: Random,
    pub(super) binding: Binding,
    pub(super) digest: Digest,
    pub(super) kind: Kind,
    pub(super) state: State,
    pub(super) generation: u32,
    pub(super) used: u8,
    pub(super) attempts: u8,
    /// Whether a lock of its subject is an operator's to open, by the policy that it was started under.
    pub(super) operator: bool,
    /// What was reported of the message that is tracked, and which send that is.
    pub(super) report: Option<ReportStatus>,
    pub(super) tracked: u32,
    pub(super) created_at: Millis,
    pub(super) expires_at: Millis,
    pub(super) resend_at: Millis,
    pub(super) sealed: Box<[u8]>,
    /// Verifier's checks under way. Bounded by the attempts.
    pub(super) open: Vec<Open>,
    /// The request that was approved, or that renewed last: its repeat gets the same answer.
    pub(super) last: RequestToken,
}

/// A verifier's check under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Open {
    pub(super) request: RequestToken,
    /// Whether it still stands among the failures of the subject, which may have been cleared meanwhile.
    pub(super) counted: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Pending,
    Approved,
    Canceled,
    Failed,
}

impl Record {
    pub(super) fn new(now: Millis, key: &Key, new: &NewRecord, attempts: u32, operator: bool) -> Record {
        Record {
            random: key.random,
            binding: key.binding,
            digest: new.digest,
            kind: Kind::Ours,
            state: State::Pending,
            generation: 0,
            used: 0,
            attempts: attempts as u8,
            operator,
            report: None,
            tracked: 0,
            created_at: now,
            expires_at: now + new.ttl_ms,
            resend_at: now + new.resend_after_ms,
            sealed: new.sealed.clone(),
            open: Vec::new(),
            last: RequestToken::default(),
        }
    }

    pub(super) fn ended(&self, now: Millis) -> Option<Reason> {
        match self.state {
            State::Approved => Some(Reason::Used),
            State::Canceled => Some(Reason::Canceled),
            State::Failed => Some(Reason::Failed),
            State::Pending if now >= self.expires_at => Some(Reason::Expired),
            State::Pending if self.used >= self.attempts => Some(Reason::Locked),
            State::Pending => None,
        }
    }

    pub(super) fn left(&self) -> u32 {
        u32::from(self.attempts - self.used)
    }

    pub(super) fn begun(&self, now: Millis) -> Begun {
        Begun {
            expires_at: self.expires_at,
            resend_at: self.resend_at,
            lives_ms: self.expires_at.saturating_sub(now),
        }
    }
}
