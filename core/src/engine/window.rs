//! Windows: at most so many in any so many seconds.

use crate::clock::Millis;
use crate::settings::Window;
use smallvec::SmallVec;

/// Above this many, events are counted in buckets of a 64th of the window instead of one by one, so that a window
/// takes bounded memory. A bucket counts until all of it has left: windows may over-count, never under-count.
const EXACT_MAX: u32 = 64;

/// What has happened under one key, for each length of window.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct WindowLog(SmallVec<[Track; 2]>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Track {
    per_ms: u64,
    grain_ms: u64,
    /// Start of the bucket and how many; oldest first.
    buckets: SmallVec<[(Millis, u32); 2]>,
}

impl Track {
    fn ends(&self, start: Millis) -> Millis {
        start + self.grain_ms + self.per_ms
    }

    fn prune(&mut self, now: Millis) {
        let gone = self
            .buckets
            .iter()
            .take_while(|(start, _)| start + self.grain_ms + self.per_ms <= now)
            .count();
        self.buckets.drain(..gone);
    }
}

fn length_ms(window: &Window) -> u64 {
    u64::from(window.per_seconds) * 1000
}

/// An event that is counted one by one has a grain of nothing: it leaves exactly when the window has passed.
fn grain_ms(window: &Window) -> u64 {
    if window.max <= EXACT_MAX {
        0
    } else {
        length_ms(window).div_ceil(u64::from(EXACT_MAX))
    }
}

impl WindowLog {
    /// How long until every window has room for one more; 0 if it has now.
    pub(crate) fn wait(&mut self, now: Millis, windows: &[Window]) -> u64 {
        self.prune(now);
        windows
            .iter()
            .map(|window| self.wait_for(now, window))
            .max()
            .unwrap_or(0)
    }

    fn wait_for(&self, now: Millis, window: &Window) -> u64 {
        let Some(track) = self.0.iter().find(|track| track.per_ms == length_ms(window)) else {
            return 0;
        };
        let total: u64 = track.buckets.iter().map(|(_, count)| u64::from(*count)).sum();
        let Some(mut excess) = (total + 1)
            .checked_sub(u64::from(window.max))
            .filter(|excess| *excess > 0)
        else {
            return 0;
        };
        for (start, count) in &track.buckets {
            excess = excess.saturating_sub(u64::from(*count));
            if excess == 0 {
                return track.ends(*start).saturating_sub(now).max(1);
            }
        }
        // Only with a maximum of zero, which settings refuse.
        length_ms(window)
    }

    /// Counts one.
    pub(crate) fn add(&mut self, now: Millis, windows: &[Window]) {
        for window in windows {
            let (per_ms, grain_ms) = (length_ms(window), grain_ms(window));
            let at = match self.0.iter().position(|track| track.per_ms == per_ms) {
                Some(at) => at,
                None => {
                    self.0.push(Track {
                        per_ms,
                        grain_ms,
                        buckets: SmallVec::new(),
                    });
                    self.0.len() - 1
                }
            };
            let track = &mut self.0[at];
            // Two policies may bound the same length differently: the coarser grain counts for both.
            track.grain_ms = track.grain_ms.max(grain_ms);
            let start = now - now % track.grain_ms.max(1);
            // A clock that went back adds to the newest bucket: later is stricter.
            match track.buckets.last_mut() {
                Some((newest, count)) if *newest >= start => *count = count.saturating_add(1),
                _ => track.buckets.push((start, 1)),
            }
        }
    }

    /// Takes one back that was added at `added`.
    pub(crate) fn give_back(&mut self, added: Millis, windows: &[Window]) {
        for window in windows {
            let Some(track) = self.0.iter_mut().find(|track| track.per_ms == length_ms(window)) else {
                continue;
            };
            // Added before a later one of another thread, it was counted with that one.
            let at = track
                .buckets
                .iter()
                .rposition(|(start, _)| *start <= added)
                .unwrap_or(0);
            if track.buckets.is_empty() {
                continue;
            }
            track.buckets[at].1 -= 1;
            if track.buckets[at].1 == 0 {
                track.buckets.remove(at);
            }
        }
        self.0.retain(|track| !track.buckets.is_empty());
    }

    /// Drops what has left every window; returns when the last event leaves.
    pub(crate) fn prune(&mut self, now: Millis) -> Option<Millis> {
        for track in &mut self.0 {
            track.prune(now);
        }
        self.0.retain(|track| !track.buckets.is_empty());
        self.over_at()
    }

    /// When the last event leaves; `None` if there is none.
    pub(crate) fn over_at(&self) -> Option<Millis> {
        self.0
            .iter()
            .filter_map(|track| track.buckets.last().map(|(start, _)| track.ends(*start)))
            .max()
    }

    /// Takes the log over to a clock that says an earlier time: what happened later than now happened just now.
    pub(crate) fn rebase(&mut self, now: Millis) {
        for (start, _) in self.0.iter_mut().flat_map(|track| &mut track.buckets) {
            *start = now.min(*start);
        }
    }
}

mod codec;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_wait_is_until_the_oldest_leaves() {
        let windows = [Window::new(2, 10), Window::new(3, 100)];
        let mut log = WindowLog::default();
        for now in [0, 1000] {
            assert_eq!(log.wait(now, &windows), 0);
            log.add(now, &windows);
        }
        assert_eq!(log.wait(2000, &windows), 8000);
        assert_eq!(log.wait(10_000, &windows), 0);
        log.add(10_000, &windows);
        assert_eq!(log.wait(12_000, &windows), 88_000);
    }

    #[test]
    fn a_log_is_empty_when_all_has_left() {
        let windows = [Window::new(2, 10)];
        let mut log = WindowLog::default();
        log.add(5, &windows);
        assert_eq!(log.prune(6), Some(10_005));
        assert_eq!(log.prune(10_005), None);
        assert_eq!(log, WindowLog::default());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Against a plain list of instants: never more than `max` in any window, and exact while counted one by one.
        #[test]
        fn never_more_than_the_maximum(max in 1u32..200, per in 1u32..50, steps in prop::collection::vec(0u64..3000, 1..400)) {
            let windows = [Window::new(max, per)];
            let mut log = WindowLog::default();
            let mut taken: Vec<u64> = Vec::new();
            let mut now = 1_000_000;
            for step in steps {
                now += step;
                let inside = taken.iter().filter(|at| **at + u64::from(per) * 1000 > now).count();
                let wait = log.wait(now, &windows);
                if wait == 0 {
                    prop_assert!(inside < max as usize);
                    log.add(now, &windows);
                    taken.push(now);
                } else if max <= EXACT_MAX {
                    prop_assert_eq!(inside, max as usize);
                }
                prop_assert!(log.0.iter().all(|track| track.buckets.len() <= 66));
            }
        }

        #[test]
        fn what_is_given_back_was_never_there(max in 1u32..100, adds in 0usize..50) {
            let windows = [Window::new(max, 60)];
            let mut log = WindowLog::default();
            for at in 0..adds { log.add(at as u64, &windows); }
            let before = log.clone();
            log.add(1000, &windows);
            log.give_back(1000, &windows);
            prop_assert_eq!(log, before);
        }
    }

    #[test]
    fn what_is_given_back_is_gone_although_another_thread_was_faster() {
        let windows = [Window::new(2, 60)];
        let mut log = WindowLog::default();
        // The other thread read a later time and got the lock first.
        log.add(101, &windows);
        log.add(100, &windows);
        log.give_back(100, &windows);
        assert_eq!(log.wait(102, &windows), 0, "one of two is left");
        log.give_back(101, &windows);
        assert_eq!(log, WindowLog::default());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Two purposes may bound the same length of time differently; the sends of both are one recipient's.
        #[test]
        fn two_maxima_over_the_same_seconds_never_under_count(
            first in 1u32..200, second in 1u32..200, per in 1u32..100,
            steps in prop::collection::vec((0u64..3000, any::<bool>()), 1..400),
        ) {
            let windows = [[Window::new(first, per)], [Window::new(second, per)]];
            let mut log = WindowLog::default();
            let mut taken: Vec<u64> = Vec::new();
            let mut now = 1_000_000;
            for (step, which) in steps {
                now += step;
                let inside = taken.iter().filter(|at| **at + u64::from(per) * 1000 > now).count();
                let windows = &windows[usize::from(which)];
                if log.wait(now, windows) == 0 {
                    prop_assert!(inside < windows[0].max as usize, "{} of {}", inside, windows[0].max);
                    log.add(now, windows);
                    taken.push(now);
                }
                prop_assert!(log.0.iter().all(|track| track.buckets.len() <= 66 + first.min(second) as usize));
            }
        }

        /// What is refused is taken back: in any order of threads nothing of it stays.
        #[test]
        fn takings_back_in_any_order_leave_what_was_kept(
            max in 1u32..200,
            events in prop::collection::vec((0u64..50, any::<bool>()), 1..60),
        ) {
            let windows = [Window::new(max, 60)];
            let mut log = WindowLog::default();
            for (at, _) in &events { log.add(1_000 + at, &windows); }
            for (at, kept) in &events {
                if !kept { log.give_back(1_000 + at, &windows); }
            }
            let kept = events.iter().filter(|(_, kept)| *kept).count() as u32;
            let counted: u32 = log.0.iter().flat_map(|track| &track.buckets).map(|(_, count)| count).sum();
            prop_assert_eq!(counted, kept);
        }
    }
}
