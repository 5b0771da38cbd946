//! Verbs applied to documents, for the stores that load documents, change them and write them back.

use super::document::{Document, DocumentKey};
use crate::clock::Millis;
use crate::engine::slot::Slot;
use crate::engine::verbs::{
    Attempt, Attempted, Begin, Begun, Binding, Facts, Key, Refusal, Renew, Renewed, ReportKey, Settle, Settled,
    Settlement, Tracked, WindowKey,
};
use crate::engine::window::WindowLog;
use crate::error::{Error, ErrorKind, Result};
use crate::settings::Window;
use crate::store::reference::Reference;
use crate::types::{Index, Reason, ReportStatus};

/// One verb, as a queue keeps it.
#[derive(Clone)]
pub(crate) enum Verb {
    Begin(Begin),
    Attempt(Attempt),
    Renew(Renew),
    Settle(Settle),
    Status(Key),
    Unlock(Index, Binding),
    /// What a report is about. A verb of its own, because it tells in which slot the report is to be noted.
    Find(ReportKey),
    Report(Tracked, ReportStatus),
}

/// What the store answers to it.
#[derive(Debug)]
pub(crate) enum Answer {
    Begin(Result<Begun, Refusal>),
    Attempt(Attempted),
    Renew(Renewed),
    Settle(Settled),
    Status(Option<Facts>),
    Unlock(bool),
    Find(Option<Tracked>),
    /// Whether the report was news; `None` if the record is gone.
    Report(Option<bool>),
}

/// An answer, and whether the documents of the verb have changed.
pub(crate) struct Applied {
    pub(crate) answer: Answer,
    pub(crate) changed: bool,
}

/// Where a verb finds its documents.
pub(crate) trait Documents {
    /// The document of a key, an empty one where nothing is kept.
    fn document(&mut self, key: DocumentKey) -> &mut Document;
}

impl Verb {
    /// The slot that it is about.
    fn index(&self) -> Option<&Index> {
        match self {
            Verb::Begin(begin) => Some(&begin.key.index),
            Verb::Attempt(attempt) => Some(&attempt.key.index),
            Verb::Renew(renew) => Some(&renew.key.index),
            Verb::Settle(settle) => Some(&settle.key.index),
            Verb::Status(key) => Some(&key.index),
            Verb::Unlock(index, _) => Some(index),
            Verb::Report(of, _) => Some(&of.key.index),
            Verb::Find(_) => None,
        }
    }

    /// The name of a message that it is about.
    fn reference(&self) -> Option<ReportKey> {
        match self {
            Verb::Find(key) => Some(*key),
            Verb::Settle(settle) => settle.tracked().map(|(key, _)| *key),
            _ => None,
        }
    }

    fn elsewhere(&self) -> &[(WindowKey, Vec<Window>)] {
        match self {
            Verb::Begin(begin) => &begin.elsewhere,
            Verb::Renew(renew) => &renew.elsewhere,
            _ => &[],
        }
    }

    /// What a window that is not the recipient's has to hold.
    pub(crate) fn windows(&self, key: DocumentKey) -> Option<&[Window]> {
        let DocumentKey::Window(wanted) = key else {
            return None;
        };
        let found = self.elsewhere().iter().find(|(key, _)| *key == wanted);
        found.map(|(_, windows)| &windows[..])
    }

    /// The documents that the verb reads and writes.
    pub(crate) fn keys(&self) -> impl Iterator<Item = DocumentKey> {
        let windows = self.elsewhere().iter().map(|(key, _)| DocumentKey::Window(*key));
        let slot = self.index().map(|index| DocumentKey::Slot(*index));
        let reference = self.reference().map(DocumentKey::Reference);
        slot.into_iter().chain(reference).chain(windows)
    }

    /// Whether the verb makes what is not there yet; the others leave no trace of an id that nothing is known of.
    pub(crate) fn makes(&self) -> bool {
        matches!(self, Verb::Begin(_))
    }

    /// Applies the verb. It changes all of its documents or none of them.
    ///
    /// # Errors
    /// `cannot_tell` if one of the documents is damaged.
    pub(crate) fn apply(&self, now: Millis, documents: &mut dyn Documents) -> Result<Applied> {
        let any_damaged = self
            .keys()
            .any(|key| matches!(documents.document(key), Document::Damaged));
        if any_damaged {
            return Err(damaged());
        }
        let full = self.full(now, documents)?;
        let Some(index) = self.index() else {
            return Ok(Applied::unchanged(Answer::Find(self.find(now, documents))));
        };
        let slot = slot(documents, index)?;
        let applied = match self {
            Verb::Begin(begin) => {
                let again = begin.record.as_ref().and_then(|_| slot.begun(now, &begin.key));
                match (again, full) {
                    // Asked again, because the first answer was lost: nothing counts twice.
                    (Some(begun), _) => Applied::unchanged(Answer::Begin(Ok(begun))),
                    (None, Some(refusal)) => Applied::unchanged(Answer::Begin(Err(refusal))),
                    (None, None) => {
                        let begun = slot.begin(now, begin);
                        Applied::new(begun.is_ok(), Answer::Begin(begun))
                    }
                }
            }
            Verb::Renew(renew) => match (slot.renewed(now, renew), full) {
                (Some(begun), _) => {
                    let replaced = None;
                    Applied::unchanged(Answer::Renew(Renewed::Done { begun, replaced }))
                }
                (None, Some(refusal)) => Applied::unchanged(Answer::Renew(Renewed::Refused(refusal))),
                (None, None) => {
                    let renewed = slot.renew(now, renew);
                    Applied::new(matches!(renewed, Renewed::Done { .. }), Answer::Renew(renewed))
                }
            },
            Verb::Attempt(attempt) => {
                let attempted = slot.attempt(now, attempt);
                Applied::new(!matches!(attempted, Attempted::Ended(_)), Answer::Attempt(attempted))
            }
            Verb::Settle(settle) => {
                let settled = slot.settle(now, settle);
                let changed = match (&settle.what, &settled) {
                    (_, Settled::Done { .. }) => true,
                    (Settlement::Cancel, _) | (_, Settled::Ended(Reason::Unknown)) => false,
                    (_, Settled::Ended(_)) => true,
                };
                if let (true, Some((key, of))) = (changed, settle.tracked()) {
                    let until = slot.kept_until(&settle.key);
                    let reference = until.map(|until| Reference { of: *of, until });
                    *documents.document(DocumentKey::Reference(*key)) = Document::Reference(reference);
                }
                Applied::new(changed, Answer::Settle(settled))
            }
            Verb::Status(key) => Applied::unchanged(Answer::Status(slot.status(now, key))),
            Verb::Unlock(_, binding) => {
                let knows = slot.knows(binding);
                Applied::new(knows, Answer::Unlock(slot.unlock(binding)))
            }
            Verb::Report(of, status) => {
                let news = slot.report(of, *status);
                Applied::new(news == Some(true), Answer::Report(news))
            }
            Verb::Find(_) => Applied::unchanged(Answer::Find(None)),
        };
        if applied.changed {
            for (key, windows) in self.elsewhere() {
                log(documents, key)?.add(now, windows);
            }
        }
        Ok(applied)
    }

    fn find(&self, now: Millis, documents: &mut dyn Documents) -> Option<Tracked> {
        match documents.document(DocumentKey::Reference(self.reference()?)) {
            Document::Reference(Some(reference)) if reference.until > now => Some(reference.of),
            _ => None,
        }
    }

    /// The first window elsewhere that has no room.
    fn full(&self, now: Millis, documents: &mut dyn Documents) -> Result<Option<Refusal>> {
        for (which, (key, windows)) in self.elsewhere().iter().enumerate() {
            match log(documents, key)?.wait(now, windows) {
                0 => {}
                retry_after_ms => return Ok(Some(Refusal::Elsewhere { which, retry_after_ms })),
            }
        }
        Ok(None)
    }
}

impl Applied {
    fn new(changed: bool, answer: Answer) -> Applied {
        Applied { answer, changed }
    }

    fn unchanged(answer: Answer) -> Applied {
        Applied::new(false, answer)
    }
}

fn slot<'d>(documents: &'d mut dyn Documents, index: &Index) -> Result<&'d mut Slot> {
    match documents.document(DocumentKey::Slot(*index)) {
        Document::Slot(slot) => Ok(slot),
        _ => Err(damaged()),
    }
}

fn log<'d>(documents: &'d mut dyn Documents, key: &WindowKey) -> Result<&'d mut WindowLog> {
    match documents.document(DocumentKey::Window(*key)) {
        Document::Window(log) => Ok(log),
        _ => Err(damaged()),
    }
}

fn damaged() -> Error {
    let sentence = "what the store keeps of this recipient cannot be read: it was written by a newer version of otpkit, \
                    or it is damaged. Nothing was changed; restore the store from a backup, or wait until it is over \
                    (a day, or 30 days after wrong codes)";
    Error::new(ErrorKind::CannotTell, sentence)
}
