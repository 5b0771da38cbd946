use std::sync::Mutex;
use std::time::Duration;

/// A tokio runtime that belongs to the process which made it.
///
/// After `fork` the child has the parent's memory but none of its threads, so a runtime that was copied along hangs
/// for ever. The owner notices the new process id, leaks the old runtime (dropping it would join threads that do not
/// exist) and makes a new one.
pub struct Runtime {
    // The process id is kept beside the lock, so that a child never waits for a lock that a thread of the parent held.
    slots: [Slot; SLOTS],
    name: &'static str,
}

/// Nested forks of one process image; deeper ones are refused with a sentence.
const SLOTS: usize = 16;

struct Slot {
    pid: std::sync::atomic::AtomicU32,
    runtime: Mutex<Option<tokio::runtime::Runtime>>,
}

/// Why there is no runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuntimeUnavailable {
    /// The operating system gave no threads.
    NoThreads,
    /// This process is the result of too many nested forks.
    TooManyForks,
    /// It was shut down.
    ShutDown,
}

impl Runtime {
    /// An owner without a runtime; the first use in a process makes it. `name` names its threads.
    pub const fn new(name: &'static str) -> Self {
        #[allow(clippy::declare_interior_mutable_const)]
        const EMPTY: Slot = Slot {
            pid: std::sync::atomic::AtomicU32::new(0),
            runtime: Mutex::new(None),
        };
        Self {
            slots: [EMPTY; SLOTS],
            name,
        }
    }

    /// The handle of this process's runtime.
    ///
    /// # Errors
    /// Why there is none.
    pub fn handle(&self) -> Result<tokio::runtime::Handle, RuntimeUnavailable> {
        let slot = self.slot()?;
        let mut guard = slot.runtime.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some(runtime) = guard.as_ref() {
            return Ok(runtime.handle().clone());
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name(self.name)
            .enable_all()
            .build()
            .map_err(|_| RuntimeUnavailable::NoThreads)?;
        let handle = runtime.handle().clone();
        *guard = Some(runtime);
        Ok(handle)
    }

    /// Ends this process's runtime, waiting at most `limit`. A later call makes a new one.
    pub fn shut_down(&self, limit: Duration) {
        let Ok(slot) = self.slot() else { return };
        let runtime = slot
            .runtime
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
            .take();
        if let Some(runtime) = runtime {
            runtime.shutdown_timeout(limit);
        }
    }

    /// The slot of this process: its own, or the first one that nobody took. Slots of other processes are never
    /// locked and never dropped.
    fn slot(&self) -> Result<&Slot, RuntimeUnavailable> {
        use std::sync::atomic::Ordering;
        let pid = std::process::id();
        for slot in &self.slots {
            match slot.pid.compare_exchange(0, pid, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return Ok(slot),
                Err(owner) if owner == pid => return Ok(slot),
                Err(_) => {}
            }
        }
        Err(RuntimeUnavailable::TooManyForks)
    }
}
