//! What this process holds: files and memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

pub(crate) fn open_files() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

/// Waits until threads of servers and clients have gone.
pub(crate) fn settled() {
    std::thread::sleep(Duration::from_millis(700));
}

/// The most memory that the process had, looked at all the time.
pub(crate) struct Memory {
    before: usize,
    most: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
}

impl Memory {
    pub(crate) fn watch() -> Memory {
        let (before, stop) = (resident(), Arc::new(AtomicBool::new(false)));
        let most = Arc::new(AtomicUsize::new(before));
        let (seen, over) = (most.clone(), stop.clone());
        std::thread::spawn(move || {
            while !over.load(Ordering::SeqCst) {
                seen.fetch_max(resident(), Ordering::SeqCst);
                std::thread::sleep(Duration::from_millis(2));
            }
        });
        Memory { before, most, stop }
    }

    pub(crate) fn growth(&self) -> usize {
        self.stop.store(true, Ordering::SeqCst);
        self.most.load(Ordering::SeqCst) - self.before
    }
}

fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    text.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}
