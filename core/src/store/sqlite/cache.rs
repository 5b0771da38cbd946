//! What this process has read or written last. It only saves trips: nothing is answered from it that SQLite has not
//! confirmed, either by a write that names the tag of what was read, or by a read.

use crate::store::document::{Document, DocumentKey};
use std::collections::HashMap;

/// Documents of one generation; there are two.
const GENERATION: usize = 4_096;

#[derive(Debug, Clone)]
pub(super) struct Cached {
    pub(super) document: Document,
    pub(super) tag: i64,
}

/// The newest documents. What was used in neither of two generations is forgotten.
#[derive(Default)]
pub(super) struct Cache {
    young: HashMap<DocumentKey, Cached>,
    old: HashMap<DocumentKey, Cached>,
}

impl Cache {
    pub(super) fn get(&self, key: &DocumentKey) -> Option<&Cached> {
        self.young.get(key).or_else(|| self.old.get(key))
    }

    pub(super) fn put(&mut self, key: DocumentKey, cached: Cached) {
        if self.young.len() >= GENERATION {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, cached);
    }

    pub(super) fn forget(&mut self, key: &DocumentKey) {
        self.young.remove(key);
        self.old.remove(key);
    }

    pub(super) fn clear(&mut self) {
        *self = Cache::default();
    }
}
