//! What a store that keeps bytes keeps: one document for each recipient and for each window elsewhere, under its key.

use crate::clock::Millis;
use crate::engine::slot::Slot;
use crate::engine::verbs::{ReportKey, WindowKey};
use crate::engine::window::WindowLog;
use crate::error::{Error, ErrorKind, Result};
use crate::store::reference::Reference;
use crate::types::Index;
use sha2::{Digest as _, Sha256};

/// The first byte of every document.
const FORMAT: u8 = 1;
/// Format, era, checksum.
const HEAD: usize = 1 + 4 + CHECKSUM;
const CHECKSUM: usize = 8;

/// Under which key a document is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum DocumentKey {
    /// What is known of one recipient of one tenant.
    Slot(Index),
    /// A window that is not a recipient's.
    Window(WindowKey),
    /// What a message belongs to that its provider reports about.
    Reference(ReportKey),
}

/// A document as the verbs work on it.
#[derive(Debug, Clone)]
pub(crate) enum Document {
    Slot(Slot),
    Window(WindowLog),
    Reference(Option<Reference>),
    /// Bytes that are no document: whoever asks for it cannot be told, and it is not written over.
    Damaged,
}

impl DocumentKey {
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        match self {
            DocumentKey::Slot(index) => [b"s", &index[..]].concat(),
            DocumentKey::Window(key) => [b"w", &key[..]].concat(),
            DocumentKey::Reference(key) => [b"r", &key[..]].concat(),
        }
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<DocumentKey> {
        match bytes.split_first()? {
            (b's', index) => Some(DocumentKey::Slot(index.try_into().ok()?)),
            (b'w', key) => Some(DocumentKey::Window(key.try_into().ok()?)),
            (b'r', key) => Some(DocumentKey::Reference(key.try_into().ok()?)),
            _ => None,
        }
    }

    /// What a verb meets where nothing is kept.
    pub(crate) fn empty(self) -> Document {
        match self {
            DocumentKey::Slot(_) => Document::Slot(Slot::default()),
            DocumentKey::Window(_) => Document::Window(WindowLog::default()),
            DocumentKey::Reference(_) => Document::Reference(None),
        }
    }
}

impl Document {
    /// The bytes of a document: it tells its format and the era of the clock that its times are of, and a checksum
    /// over it and its key tells whether it is whole and where it belongs.
    pub(crate) fn encode(&self, key: DocumentKey, era: u32) -> Result<Vec<u8>> {
        let payload = match self {
            Document::Slot(slot) => Some(slot.encode()),
            Document::Window(log) => Some(log.encode()),
            Document::Reference(reference) => Some(reference.map_or_else(Vec::new, |reference| reference.encode())),
            Document::Damaged => None,
        };
        let payload = payload.ok_or_else(|| Error::new(ErrorKind::Internal, "a document could not be encoded"))?;
        let era = era.to_le_bytes();
        let mut bytes = Vec::with_capacity(HEAD + payload.len());
        bytes.push(FORMAT);
        bytes.extend_from_slice(&era);
        bytes.extend_from_slice(&checksum(key, era, &payload));
        bytes.extend_from_slice(&payload);
        Ok(bytes)
    }

    /// The document of these bytes. One of an earlier era is taken over to this one.
    pub(crate) fn decode(bytes: &[u8], key: DocumentKey, era: u32, now: Millis) -> Document {
        let Some(document) = Self::read(bytes, key, era, now) else {
            return Document::Damaged;
        };
        document
    }

    fn read(bytes: &[u8], key: DocumentKey, era: u32, now: Millis) -> Option<Document> {
        let (head, payload) = bytes.split_at_checked(HEAD)?;
        let its_era: [u8; 4] = head[1..5].try_into().ok()?;
        if head[0] != FORMAT || head[5..] != checksum(key, its_era, payload) {
            return None;
        }
        let mut document = match key {
            DocumentKey::Slot(_) => Document::Slot(Slot::decode(payload)?),
            DocumentKey::Window(_) => Document::Window(WindowLog::decode(payload)?),
            DocumentKey::Reference(_) if payload.is_empty() => Document::Reference(None),
            DocumentKey::Reference(_) => Document::Reference(Some(Reference::decode(payload)?)),
        };
        if u32::from_le_bytes(its_era) != era {
            match &mut document {
                Document::Slot(slot) => slot.rebase(now),
                Document::Window(log) => log.rebase(now),
                // Its record has ended too.
                Document::Reference(reference) => *reference = None,
                Document::Damaged => {}
            }
        }
        Some(document)
    }

    /// Drops what is over and tells when all of it will be.
    pub(crate) fn settle_at(&mut self, now: Millis) -> Millis {
        match self {
            Document::Slot(slot) => {
                slot.prune(now);
                slot.over_at()
            }
            Document::Window(log) => log.prune(now).unwrap_or(0),
            Document::Reference(reference) => reference.map_or(0, |reference| reference.until),
            Document::Damaged => Millis::MAX,
        }
    }
}

/// Not against somebody who can write to the store (see docs/adr/0002-box-and-binding.md), but against a disk that
/// does not give back what it was given.
fn checksum(key: DocumentKey, era: [u8; 4], payload: &[u8]) -> [u8; CHECKSUM] {
    let mut hash = Sha256::new();
    hash.update([FORMAT]);
    match key {
        DocumentKey::Slot(index) => {
            hash.update(b"s");
            hash.update(index);
        }
        DocumentKey::Window(key) => {
            hash.update(b"w");
            hash.update(key);
        }
        DocumentKey::Reference(key) => {
            hash.update(b"r");
            hash.update(key);
        }
    }
    hash.update(era);
    hash.update(payload);
    let mut short = [0; CHECKSUM];
    short.copy_from_slice(&hash.finalize()[..CHECKSUM]);
    short
}

#[cfg(test)]
mod tests;
