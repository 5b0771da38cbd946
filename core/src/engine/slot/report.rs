//! `report`: what a provider says became of a message. It changes one word for operators and nothing else: no state, no
//! attempt, no time.

use super::{GRACE_MS, Slot, find, is};
use crate::clock::Millis;
use crate::engine::verbs::{Key, Tracked};
use crate::types::ReportStatus;

impl Slot {
    /// `report`: whether the word is news; `None` if there is no such record. Of two words the one of more progress
    /// stands, so that a repeat and one that comes too late change nothing.
    pub(crate) fn report(&mut self, of: &Tracked, status: ReportStatus) -> Option<bool> {
        let record = find(&mut self.records, &of.key)?;
        // A resend is a message of its own: what becomes of the one before it is no news of this one.
        let news = record.tracked == of.generation && record.report < Some(status);
        if news {
            record.report = Some(status);
        }
        Some(news)
    }

    /// Until when a record is kept.
    pub(crate) fn kept_until(&self, key: &Key) -> Option<Millis> {
        let record = self.records.iter().find(|record| is(record, key))?;
        Some(record.expires_at + GRACE_MS)
    }
}
