//! What SQLite says, as a sentence for who meets it. SQLite's own text is about its statements and is not passed on.

use super::file::refuse;
use crate::error::{Error, ErrorKind};
use std::path::Path;

/// The primary result codes that mean something to an operator: <https://www.sqlite.org/rescode.html>.
const BUSY: u32 = 5;
const LOCKED: u32 = 6;
const READONLY: u32 = 8;
const IOERR: u32 = 10;
const CORRUPT: u32 = 11;
const FULL: u32 = 13;
const CANTOPEN: u32 = 14;
const PROTOCOL: u32 = 15;
const NOTADB: u32 = 26;

pub(super) fn is_busy(why: &sqlx::Error) -> bool {
    matches!(primary(why), Some(BUSY | LOCKED))
}

pub(super) fn told(path: &Path, why: &sqlx::Error) -> Error {
    let sentence = match primary(why) {
        Some(BUSY | LOCKED) => {
            "was locked by another process for longer than `store.busy_ms`: is a backup, a shell or another program \
             writing to it?"
        }
        Some(READONLY) => {
            "may not be written: give this user the right to write the file and its folder (SQLite keeps files ending \
             in -wal and -shm beside it)"
        }
        Some(FULL) => "cannot grow, because the disk is full: make room on it",
        Some(IOERR) => "met an error of the disk; the system's log says more",
        Some(CORRUPT) => {
            "is damaged: restore it from a backup, or move it away together with its -wal and -shm files to begin with an \
             empty store"
        }
        Some(CANTOPEN) => {
            "cannot be opened: give this user the right to read and write the file and to write in its folder"
        }
        Some(PROTOCOL) => "cannot be locked; SQLite needs a local file system, not one of a network",
        Some(NOTADB) => "is no SQLite database; name a file of otpkit's own",
        Some(code) => {
            return refuse(
                path,
                &format!("gave the error {code} of SQLite (https://www.sqlite.org/rescode.html)"),
            );
        }
        None if matches!(why, sqlx::Error::WorkerCrashed) => "lost the thread that works on it; try again",
        None => {
            let sentence = "what SQLite answered could not be read";
            return Error::new(ErrorKind::Internal, sentence);
        }
    };
    refuse(path, sentence)
}

fn primary(why: &sqlx::Error) -> Option<u32> {
    let code: u32 = why.as_database_error()?.code()?.parse().ok()?;
    Some(code & 0xff)
}
