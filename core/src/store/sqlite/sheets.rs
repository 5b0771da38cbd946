//! The documents that a batch works on.

use super::sql::{self, NO_TAG, Write1};
use crate::clock::Millis;
use crate::error::Result;
use crate::random::{OsRandom, SecureRandom};
use crate::store::document::{Document, DocumentKey};
use crate::store::verb::{Answer, Documents, Verb};
use std::collections::HashMap;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    Cached,
    Guessed,
    Read,
}

/// A document while a batch works on it.
pub(super) struct Sheet {
    /// `None` until it is read.
    pub(super) document: Option<Document>,
    pub(super) tag: i64,
    pub(super) origin: Origin,
    pub(super) changed: bool,
}

pub(super) struct Sheets(pub(super) HashMap<DocumentKey, Sheet>);

impl Sheets {
    pub(super) fn missing(&self) -> Vec<DocumentKey> {
        let missing = self.0.iter().filter(|(_, sheet)| sheet.document.is_none());
        missing.map(|(key, _)| *key).collect()
    }

    pub(super) fn read(&mut self, found: &sql::Found, era: u32, now: Millis) {
        let Some(key) = DocumentKey::from_bytes(&found.key) else {
            return;
        };
        if let Some(sheet) = self.0.get_mut(&key) {
            sheet.document = Some(Document::decode(&found.body, key, era, now));
            sheet.tag = found.tag;
        }
    }

    pub(super) fn apply(&mut self, verb: &Verb, now: Millis) -> Result<Answer> {
        let applied = verb.apply(now, self)?;
        if applied.changed {
            for key in verb.keys() {
                if let Some(sheet) = self.0.get_mut(&key) {
                    sheet.changed = true;
                }
            }
        }
        Ok(applied.answer)
    }

    /// Whether an answer rests on a document that nobody has confirmed: it was not read, and is not written either.
    pub(super) fn rests_on_trust(&self) -> bool {
        self.0
            .values()
            .any(|sheet| sheet.origin != Origin::Read && !sheet.changed)
    }

    /// The rows to write, under new tags.
    pub(super) fn rows(&mut self, era: u32, now: Millis) -> Result<Vec<Write1>> {
        let mut rows = Vec::new();
        for (key, sheet) in self.0.iter_mut().filter(|(_, sheet)| sheet.changed) {
            let Some(document) = &mut sheet.document else {
                continue;
            };
            let over = document.settle_at(now);
            let body = document.encode(*key, era)?;
            let was = std::mem::replace(&mut sheet.tag, draw_tag()?);
            rows.push(Write1 {
                key: key.to_bytes(),
                was,
                tag: sheet.tag,
                over,
                body,
            });
        }
        Ok(rows)
    }
}

impl Documents for Sheets {
    fn document(&mut self, key: DocumentKey) -> &mut Document {
        let sheet = self.0.entry(key).or_insert(Sheet {
            document: None,
            tag: NO_TAG,
            origin: Origin::Read,
            changed: false,
        });
        sheet.document.get_or_insert_with(|| key.empty())
    }
}

/// Drawn, not counted: a row that is deleted and made again never gets a tag that somebody still remembers.
fn draw_tag() -> Result<i64> {
    let mut bytes = [0u8; 8];
    OsRandom.fill(&mut bytes)?;
    Ok(i64::from_le_bytes(bytes) | 1)
}
