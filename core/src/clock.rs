//! Time comes from the store where it has a clock of its own, else from here.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970, UTC.
pub(crate) type Millis = u64;

/// The latest time that is read from a store: the year 37,648. Sums of times stay far from overflowing.
pub(crate) const LATEST: Millis = 1 << 50;

/// Names one run of the operating system, from boot to shutdown.
pub(crate) type BootId = [u8; 16];

/// Where time comes from.
pub(crate) trait Clock: Send + Sync {
    fn now(&self) -> Millis;
}

/// The clocks of the machine.
pub(crate) trait Machine: Send + Sync {
    /// What the wall clock says. People and daemons set it.
    fn wall(&self) -> Millis;

    /// Time since the machine was booted, sleep included. Nobody sets it, and all processes of one boot see the same.
    fn since_boot(&self) -> Millis;

    /// Which boot that is; `None` where the operating system does not tell.
    fn boot(&self) -> Option<BootId>;
}

/// The wall clock as it was when the process began, moved on by the clock since boot: a wall clock that is set back
/// cannot bring an expired code to life, one that is set forward ends no code early, and a machine that slept has slept.
pub(crate) struct SystemClock {
    anchor: Millis,
    began: Millis,
}

impl SystemClock {
    pub(crate) fn shared() -> Arc<dyn Clock> {
        let anchor = millis_of(SystemTime::now());
        Arc::new(SystemClock {
            anchor,
            began: since_boot(),
        })
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Millis {
        self.anchor + since_boot().saturating_sub(self.began)
    }
}

/// The machine that this process runs on.
pub(crate) struct ThisMachine;

impl Machine for ThisMachine {
    fn wall(&self) -> Millis {
        millis_of(SystemTime::now())
    }

    fn since_boot(&self) -> Millis {
        since_boot()
    }

    fn boot(&self) -> Option<BootId> {
        boot_id()
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn since_boot() -> Millis {
    millis(rustix::time::clock_gettime(rustix::time::ClockId::Boottime))
}

/// On Apple's systems the monotonic clock of POSIX runs on in sleep, unlike the one behind `Instant`.
#[cfg(target_vendor = "apple")]
fn since_boot() -> Millis {
    millis(rustix::time::clock_gettime(rustix::time::ClockId::Monotonic))
}

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn millis(time: rustix::time::Timespec) -> Millis {
    let (seconds, nanos) = (time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs());
    seconds * 1_000 + nanos / 1_000_000
}

/// Elsewhere since this process first asked.
#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn since_boot() -> Millis {
    static BEGAN: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    let began = BEGAN.get_or_init(std::time::Instant::now);
    u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX / 2)
}

fn boot_id() -> Option<BootId> {
    if !cfg!(any(target_os = "linux", target_os = "android")) {
        return None;
    }
    let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let digits: Vec<u8> = text
        .chars()
        .filter_map(|digit| digit.to_digit(16))
        .map(|digit| digit as u8)
        .collect();
    let bytes: Vec<u8> = digits
        .chunks(2)
        .map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit))
        .collect();
    bytes.try_into().ok()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_since_boot_runs_with_the_wall_clock() {
        let (wall, boot) = (ThisMachine.wall(), ThisMachine.since_boot());
        std::thread::sleep(Duration::from_millis(50));
        let (wall, boot) = (ThisMachine.wall() - wall, ThisMachine.since_boot() - boot);
        assert!(
            (49..2_000).contains(&boot) && wall.abs_diff(boot) < 1_000,
            "{wall} {boot}"
        );
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn linux_names_its_boot() {
        let boot = boot_id().unwrap();
        assert!(boot != BootId::default());
        assert_eq!(Some(boot), boot_id());
    }
}
