//! A window log as bytes. The form at rest is a struct of its own, so that the one in memory can change.

use super::{Track, WindowLog};
use crate::clock::{LATEST, Millis};
use serde::{Deserialize, Serialize};

/// Buckets of one track above which bytes are no log of ours: twice what a track can come to.
const BUCKETS_MAX: usize = 4096;
const TRACKS_MAX: usize = 64;

#[derive(Serialize, Deserialize)]
pub(in crate::engine) struct StoredLog(Vec<StoredTrack>);

#[derive(Serialize, Deserialize)]
struct StoredTrack {
    per_ms: u64,
    grain_ms: u64,
    buckets: Vec<(Millis, u32)>,
}

impl WindowLog {
    pub(crate) fn encode(&self) -> Option<Vec<u8>> {
        postcard::to_allocvec(&StoredLog::from(self)).ok()
    }

    /// `None` for bytes that are no log.
    pub(crate) fn decode(bytes: &[u8]) -> Option<WindowLog> {
        match postcard::take_from_bytes::<StoredLog>(bytes) {
            Ok((stored, [])) => stored.checked(),
            _ => None,
        }
    }
}

impl From<&WindowLog> for StoredLog {
    fn from(log: &WindowLog) -> StoredLog {
        let stored = |track: &Track| StoredTrack {
            per_ms: track.per_ms,
            grain_ms: track.grain_ms,
            buckets: track.buckets.clone(),
        };
        StoredLog(log.0.iter().map(stored).collect())
    }
}

impl StoredLog {
    /// The log, if it is one that the rules can come to: they add and subtract without asking again.
    pub(in crate::engine) fn checked(self) -> Option<WindowLog> {
        let fits = |track: &StoredTrack| {
            let buckets = &track.buckets;
            track.per_ms <= LATEST
                && track.grain_ms <= track.per_ms
                && (1..=BUCKETS_MAX).contains(&buckets.len())
                && buckets.iter().all(|(start, count)| *start <= LATEST && *count > 0)
                && buckets.is_sorted_by_key(|(start, _)| *start)
        };
        if self.0.len() > TRACKS_MAX || !self.0.iter().all(fits) {
            return None;
        }
        let track = |track: StoredTrack| Track {
            per_ms: track.per_ms,
            grain_ms: track.grain_ms,
            buckets: track.buckets,
        };
        Some(WindowLog(self.0.into_iter().map(track).collect()))
    }
}
