//! A log of windows as bytes.

use super::{Track, WindowLog};
use crate::engine::bytes::{Reader, Writer};

/// The longest window that settings allow, in seconds.
const LONGEST: u64 = 31_536_000;

impl WindowLog {
    pub(crate) fn write(&self, to: &mut Writer) {
        to.number(self.0.len() as u64);
        for track in &self.0 {
            // A window is a whole number of seconds long.
            to.number(track.per_ms / 1000);
            to.number(track.grain_ms);
            to.number(track.buckets.len() as u64);
            for (start, count) in &track.buckets {
                to.time(*start);
                to.number(u64::from(*count));
            }
        }
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Option<WindowLog> {
        let mut log = WindowLog::default();
        for _ in 0..from.count()? {
            let (per_s, grain_ms) = (from.number()?, from.number()?);
            let buckets = from.count()?;
            if !(1..=LONGEST).contains(&per_s) || grain_ms > per_s * 1000 || buckets == 0 {
                return None;
            }
            let mut track = Track {
                per_ms: per_s * 1000,
                grain_ms,
                buckets: Default::default(),
            };
            for _ in 0..buckets {
                let (start, count) = (from.time()?, from.small()?);
                let in_order = track.buckets.last().is_none_or(|(before, _)| *before <= start);
                if count == 0 || !in_order {
                    return None;
                }
                track.buckets.push((start, count));
            }
            log.0.push(track);
        }
        Some(log)
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        self.write(&mut writer);
        writer.done()
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<WindowLog> {
        let mut from = Reader::new(bytes);
        let log = WindowLog::read(&mut from)?;
        from.end()?;
        Some(log)
    }
}
