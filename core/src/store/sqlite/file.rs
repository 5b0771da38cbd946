//! The file before SQLite touches it: is it there, is it ours, may it be made.

use super::gate::{FileId, Inside};
use crate::error::{Error, ErrorKind, Result};
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

/// Marks a file as otpkit's, at byte 68: "otpk".
pub(super) const APPLICATION_ID: u32 = 0x6f74_706b;

/// The header and what follows it of the first page: <https://www.sqlite.org/fileformat2.html>.
const HEAD: usize = 105;
const MAGIC: &[u8] = b"SQLite format 3\0";

/// Makes sure that the file may be opened: a new one is made, one of something else is refused as it is.
pub(super) fn prepare(path: &Path, inside: &Inside) -> Result<()> {
    match std::fs::metadata(path) {
        Ok(found) if found.is_dir() => Err(refuse(path, "is a folder; name a file in it")),
        Ok(found) => {
            let known = match FileId::of(&found) {
                Some(file) => inside.has_open(file)?,
                None => false,
            };
            if known { Ok(()) } else { check(path) }
        }
        Err(why) if why.kind() == io::ErrorKind::NotFound => make(path),
        Err(why) => Err(refuse(path, &format!("cannot be looked at ({})", why.kind()))),
    }
}

/// Only its owner may read a new file; SQLite gives the files beside it the same rights.
fn make(path: &Path) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        let why = format!(
            "cannot be made, because the folder {} does not exist; make it first",
            folder.display()
        );
        return Err(refuse(path, &why));
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(made) => {
            keep(made);
            Ok(())
        }
        // Another process was faster.
        Err(why) if why.kind() == io::ErrorKind::AlreadyExists => check(path),
        Err(why) => {
            let why = format!(
                "cannot be made ({}); give this user the right to write in its folder",
                why.kind()
            );
            Err(refuse(path, &why))
        }
    }
}

fn check(path: &Path) -> Result<()> {
    let mut file = OpenOptions::new().read(true).open(path).map_err(|why| {
        refuse(
            path,
            &format!("cannot be read ({}); give this user the right to", why.kind()),
        )
    })?;
    let mut head = Vec::with_capacity(HEAD);
    let read = Read::by_ref(&mut file).take(HEAD as u64).read_to_end(&mut head);
    keep(file);
    read.map_err(|why| refuse(path, &format!("cannot be read ({})", why.kind())))?;
    match owner(&head) {
        Owner::Ours | Owner::Nobody => Ok(()),
        Owner::NoDatabase => Err(refuse(
            path,
            "is no SQLite database; it was left as it is. Name a file of otpkit's own",
        )),
        Owner::Other => Err(refuse(
            path,
            "is a database of something else; it was left as it is. otpkit needs a file of its own",
        )),
    }
}

/// A file that was opened here is never closed: closing it would take away the locks that any SQLite in this process
/// (also the application's own) holds on it, which is how databases get corrupted.
fn keep(file: File) {
    std::mem::forget(file);
}

#[derive(Debug, PartialEq, Eq)]
enum Owner {
    Ours,
    /// Empty: a file that was made just now, or a database without a table.
    Nobody,
    Other,
    NoDatabase,
}

fn owner(head: &[u8]) -> Owner {
    if head.is_empty() {
        return Owner::Nobody;
    }
    if head.len() < HEAD || !head.starts_with(MAGIC) {
        return Owner::NoDatabase;
    }
    let id = u32::from_be_bytes([head[68], head[69], head[70], head[71]]);
    // The first page lists the tables. Of a database in WAL mode newer pages may stand beside the file.
    let (is_wal, is_leaf, tables) = (
        head[18] == 2,
        head[100] == 0x0d,
        u16::from_be_bytes([head[103], head[104]]),
    );
    match id {
        APPLICATION_ID => Owner::Ours,
        0 if !is_wal && is_leaf && tables == 0 => Owner::Nobody,
        _ => Owner::Other,
    }
}

pub(super) fn refuse(path: &Path, why: &str) -> Error {
    let sentence = format!("the SQLite store {} {why}", path.display());
    Error::new(ErrorKind::StoreUnavailable, sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(id: u32, wal: bool, tables: u16) -> Vec<u8> {
        let mut head = vec![0; HEAD];
        head[..16].copy_from_slice(MAGIC);
        head[18] = 1 + u8::from(wal);
        head[68..72].copy_from_slice(&id.to_be_bytes());
        head[100] = 0x0d;
        head[103..105].copy_from_slice(&tables.to_be_bytes());
        head
    }

    #[test]
    fn whose_a_file_is() {
        assert_eq!(owner(&[]), Owner::Nobody);
        assert_eq!(owner(&head(APPLICATION_ID, true, 1)), Owner::Ours);
        assert_eq!(owner(&head(APPLICATION_ID, false, 1)), Owner::Ours);
        assert_eq!(owner(&head(0, false, 0)), Owner::Nobody);
        assert_eq!(owner(&head(0, false, 1)), Owner::Other);
        assert_eq!(owner(&head(0, true, 0)), Owner::Other);
        assert_eq!(owner(&head(7, false, 0)), Owner::Other);
        assert_eq!(owner(b"hello, world"), Owner::NoDatabase);
        assert_eq!(owner(&head(0, false, 0)[..104]), Owner::NoDatabase);
        assert_eq!(owner(&[b'x'; 4096]), Owner::NoDatabase);
    }
}
