//! SQLite and `fork` do not go together: its table of locked files is one for the whole process, so a child that opens
//! a file which its parent has open believes that the parent's locks are its own; and a lock inside of SQLite that a
//! thread of the parent held stays held in the child for ever. So what is open is noted, and a child is refused before
//! it enters.

use crate::error::{Error, ErrorKind, Result};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// The process that used SQLite last (32 bits), whether it is a child that must not use it (1 bit), and how many
/// threads are in it (31 bits): one word, so that a child learns all of it without a lock.
static GATE: AtomicU64 = AtomicU64::new(0);
const SPOILED: u64 = 1 << 31;
const INSIDE: u64 = SPOILED - 1;

/// The files that this process, or an ancestor that it was forked from, has opened. Locked only inside of the gate, so
/// that a child in which it may be locked for ever is refused before.
static OPENED: Mutex<Vec<Note>> = Mutex::new(Vec::new());

struct Note {
    file: FileId,
    pid: u32,
}

/// Device and inode: which file a path means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileId(u64, u64);

impl FileId {
    #[cfg(unix)]
    pub(super) fn of(metadata: &std::fs::Metadata) -> Option<FileId> {
        use std::os::unix::fs::MetadataExt;
        Some(FileId(metadata.dev(), metadata.ino()))
    }

    /// Where there is no `fork` there is nothing to tell apart.
    #[cfg(not(unix))]
    pub(super) fn of(_: &std::fs::Metadata) -> Option<FileId> {
        None
    }
}

/// As long as it lives, this thread may use SQLite.
pub(super) struct Inside(());

impl Inside {
    /// # Errors
    /// `store_unavailable` in a child that was forked while its parent was using SQLite.
    pub(super) fn enter() -> Result<Inside> {
        let pid = u64::from(std::process::id()) << 32;
        let mut seen = GATE.load(Ordering::Acquire);
        loop {
            let (owner, spoiled, inside) = (seen & !(SPOILED | INSIDE), seen & SPOILED, seen & INSIDE);
            let next = match (owner == pid, owner) {
                (true, _) if spoiled != 0 => return Err(forked("was using SQLite at that moment")),
                (true, _) => seen + 1,
                (false, 0) => pid | 1,
                (false, _) if spoiled != 0 || inside > 0 => pid | SPOILED,
                (false, _) => pid | 1,
            };
            match GATE.compare_exchange_weak(seen, next, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) if next & SPOILED != 0 => return Err(forked("was using SQLite at that moment")),
                Ok(_) => return Ok(Inside(())),
                Err(now) => seen = now,
            }
        }
    }

    /// Whether this process has the file open already.
    ///
    /// # Errors
    /// `store_unavailable` in a child whose parent has it open.
    pub(super) fn has_open(&self, file: FileId) -> Result<bool> {
        let pid = std::process::id();
        let opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
        let mut own = false;
        for note in opened.iter().filter(|note| note.file == file) {
            match note.pid == pid {
                true => own = true,
                false => return Err(forked("has this file open")),
            }
        }
        Ok(own)
    }

    /// Notes that this process has the file open.
    pub(super) fn opened(&self, file: FileId) {
        let pid = std::process::id();
        let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
        if !opened.iter().any(|note| note.file == file && note.pid == pid) {
            opened.push(Note { file, pid });
        }
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        GATE.fetch_sub(1, Ordering::AcqRel);
    }
}

pub(super) fn forked(why: &str) -> Error {
    let sentence = format!(
        "this process was forked from one that {why}, and SQLite must not be carried over a fork: use the first client \
         of this store after the fork, in each child, or start children by `spawn` instead of `fork`"
    );
    Error::new(ErrorKind::StoreUnavailable, sentence)
}
