use super::*;
use crate::engine::verbs::{Digest, Random};

impl Shard {
    /// Every byte that the shard keeps, but for the times at which it looks at things again.
    pub(in crate::store::memory) fn all_bytes(&self) -> Vec<u8> {
        let Shard {
            slots,
            elsewhere,
            due,
            due_elsewhere,
        } = self;
        let mut bytes = Vec::new();
        for kept in slots {
            bytes.extend_from_slice(&kept.0);
            bytes.extend_from_slice(&kept.slot().all_bytes());
        }
        for (key, log) in elsewhere {
            bytes.extend_from_slice(key);
            bytes.extend_from_slice(format!("{log:?}").as_bytes());
        }
        due.keys().for_each(|index| bytes.extend_from_slice(index));
        due_elsewhere.keys().for_each(|key| bytes.extend_from_slice(key));
        bytes
    }

    pub(in crate::store::memory) fn digests(&self) -> Vec<(Random, Digest)> {
        self.slots.iter().flat_map(|kept| kept.slot().digests()).collect()
    }

    /// Slots, windows, and things to look at again.
    pub(in crate::store::memory) fn sizes(&self) -> (usize, usize, usize) {
        (
            self.slots.len(),
            self.elsewhere.len(),
            self.due.len() + self.due_elsewhere.len(),
        )
    }
}

#[test]
fn keys_spread_and_differ_by_their_last_bytes() {
    assert_eq!(
        hash(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        hash(&[9, 9, 3, 4, 5, 6, 7, 8, 9, 10])
    );
    assert_ne!(
        hash(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        hash(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 11])
    );
}
