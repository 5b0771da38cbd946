//! What the stores ask that keep slots as documents, beside the verbs.

use super::{GRACE_MS, Slot, Subject, is};
use crate::clock::Millis;
use crate::engine::verbs::{Begun, Binding, Renew};

impl Slot {
    /// When nothing of the slot matters any more, so that it may be forgotten without reading it again.
    pub(crate) fn over_at(&self) -> Millis {
        let records = self.records.iter().map(|record| record.expires_at + GRACE_MS).max();
        let subjects = self.subjects.iter().map(Subject::keep_until).max();
        [self.sends.over_at(), records, subjects]
            .into_iter()
            .flatten()
            .max()
            .unwrap_or(0)
    }

    /// Whether anything is kept of a subject besides its verifications.
    pub(crate) fn knows(&self, binding: &Binding) -> bool {
        self.subjects.iter().any(|subject| subject.binding == *binding)
    }

    /// The first facts of a `renew` that is asked again.
    pub(crate) fn renewed(&self, now: Millis, renew: &Renew) -> Option<Begun> {
        let record = self.records.iter().find(|record| is(record, &renew.key))?;
        let again = record.generation == renew.generation + 1 && record.last == renew.request;
        (again && record.ended(now).is_none()).then(|| record.begun(now))
    }

    /// Takes the slot over to a clock that says an earlier time than the one it was written by. How much time has
    /// really passed since is not known, so every doubt is decided against the one who asks: whatever could still be
    /// checked has ended, failures and sends are as recent as they can be.
    pub(crate) fn rebase(&mut self, now: Millis) {
        for record in &mut self.records {
            for at in [&mut record.created_at, &mut record.expires_at, &mut record.resend_at] {
                *at = now.min(*at);
            }
        }
        for subject in &mut self.subjects {
            subject.failures.last = now.min(subject.failures.last);
            subject.cooldown_until = now.min(subject.cooldown_until);
        }
        self.sends.rebase(now);
    }
}
