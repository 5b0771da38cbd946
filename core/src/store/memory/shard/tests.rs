use super::*;
use crate::engine::verbs::{Digest, Random};

impl Shard {
    /// Every byte that the shard keeps, but for the times at which it looks at things again.
    pub(in crate::store::memory) fn all_bytes(&self) -> Vec<u8> {
        let Shard { slots, elsewhere, due } = self;
        let mut bytes = Vec::new();
        for (index, kept) in slots {
            bytes.extend_from_slice(index);
            bytes.extend_from_slice(&kept.value.all_bytes());
        }
        for (key, kept) in elsewhere {
            bytes.extend_from_slice(key);
            bytes.extend_from_slice(format!("{:?}", kept.value).as_bytes());
        }
        for Reverse((_, owner)) in due {
            match owner {
                Owner::Slot(index) => bytes.extend_from_slice(index),
                Owner::Elsewhere(key) => bytes.extend_from_slice(key),
            }
        }
        bytes
    }

    pub(in crate::store::memory) fn digests(&self) -> Vec<(Random, Digest)> {
        self.slots.values().flat_map(|kept| kept.value.digests()).collect()
    }

    /// Slots, windows, and things to look at again.
    pub(in crate::store::memory) fn sizes(&self) -> (usize, usize, usize) {
        (self.slots.len(), self.elsewhere.len(), self.due.len())
    }
}

#[test]
fn keys_spread_and_differ_by_their_last_bytes() {
    use std::hash::BuildHasher;
    let keyed = Keyed::default();
    let hash = |index: Index| keyed.hash_one(index);
    assert_eq!(
        hash([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        hash([9, 9, 3, 4, 5, 6, 7, 8, 9, 10])
    );
    assert_ne!(
        hash([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        hash([1, 2, 3, 4, 5, 6, 7, 8, 9, 11])
    );
}
