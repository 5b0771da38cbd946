//! Time comes from the store where it has a clock of its own, else from here.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970, UTC.
pub(crate) type Millis = u64;

/// Where time comes from.
pub(crate) trait Clock: Send + Sync {
    fn now(&self) -> Millis;
}

/// The wall clock as it was when the process began, moved on by the monotonic clock: a wall clock that is set
/// back cannot bring an expired code to life, and one that is set forward ends no code early.
pub(crate) struct SystemClock {
    anchor: Millis,
    started: Instant,
}

impl SystemClock {
    pub(crate) fn shared() -> Arc<dyn Clock> {
        let anchor = millis_of(SystemTime::now());
        Arc::new(SystemClock {
            anchor,
            started: Instant::now(),
        })
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Millis {
        self.anchor + u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX / 2)
    }
}

/// The wall clock as it is now. For what others signed with a time of theirs: it follows when the machine's clock is set
/// right, or when the machine has slept.
pub(crate) struct WallClock;

impl WallClock {
    pub(crate) fn shared() -> Arc<dyn Clock> {
        Arc::new(WallClock)
    }
}

impl Clock for WallClock {
    fn now(&self) -> Millis {
        millis_of(SystemTime::now())
    }
}

pub(crate) fn millis_of(time: SystemTime) -> Millis {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX / 2)
}

pub(crate) fn time_of(millis: Millis) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(millis)
}
