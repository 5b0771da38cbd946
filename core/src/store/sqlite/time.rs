//! The time of a file: one clock for all the processes that share it, which survives restarts and which nobody who
//! sets the wall clock can move. Why it is so: docs/adr/0005-time-of-a-shared-store.md.

use crate::clock::{BootId, Clock, LATEST, Machine, Millis};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How far the wall clock may be from the store's before times are told by the wall clock.
const DRIFT_MS: u64 = 2_000;

/// Ties the time of the file to the clock since boot. Kept in the file; the first process after a boot makes it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Anchor {
    boot: Option<BootId>,
    /// What the clock since boot said when it was made,
    since_boot: Millis,
    /// and what time the file had then.
    now: Millis,
    /// Rises when a boot has to begin at an earlier time than the one at which something was written.
    pub(super) era: u32,
}

/// Where the time comes from.
#[derive(Clone)]
pub(super) enum Time {
    /// From a clock that a test moves.
    Given(Arc<dyn Clock>),
    Machine(Arc<dyn Machine>),
}

impl Time {
    /// The anchor in the file, if it is of this boot.
    pub(super) fn holds(&self, kept: Option<Anchor>) -> Option<Anchor> {
        let machine = match self {
            Time::Given(_) => return Some(Anchor::default()),
            Time::Machine(machine) => machine,
        };
        // A clock that is behind the one of the anchor is another one, of a container with a time of its own.
        kept.filter(|kept| {
            kept.boot.is_some()
                && kept.boot == machine.boot()
                && kept.since_boot <= machine.since_boot()
                && kept.now <= LATEST
        })
    }

    /// A new anchor, given the latest time at which something was written. Also tells whether that is later than now.
    pub(super) fn anew(&self, kept: Option<Anchor>, latest: Millis) -> (Anchor, bool) {
        let machine = match self {
            Time::Given(_) => return (Anchor::default(), false),
            Time::Machine(machine) => machine,
        };
        let (boot, since_boot, wall) = (machine.boot(), machine.since_boot(), machine.wall());
        let era = kept.map_or(0, |kept| kept.era);
        let (now, era) = match boot {
            _ if wall >= latest => (wall, era),
            // Whether it is the same boot is not known; other processes may go by the later time.
            None => (latest, era),
            Some(_) => (wall, era.wrapping_add(1)),
        };
        let anchor = Anchor {
            boot,
            since_boot,
            now,
            era,
        };
        (anchor, now < latest)
    }

    pub(super) fn now(&self, anchor: &Anchor) -> Millis {
        match self {
            Time::Given(clock) => clock.now(),
            Time::Machine(machine) => anchor.now + machine.since_boot().saturating_sub(anchor.since_boot),
        }
    }

    /// How a time of the file is told to people, who go by the wall clock.
    pub(super) fn told(&self, now: Millis, at: Millis) -> Millis {
        let wall = match self {
            Time::Given(_) => now,
            Time::Machine(machine) => machine.wall(),
        };
        match wall.abs_diff(now) > DRIFT_MS {
            true => (wall + at).saturating_sub(now),
            false => at,
        }
    }
}

#[cfg(test)]
mod tests;
