//! Randomness. Every draw asks the operating system: a cached generator repeats itself after `fork`.

use crate::error::{Error, ErrorKind, Result};

/// Where random bytes come from.
pub(crate) trait SecureRandom: Send + Sync {
    fn fill(&self, bytes: &mut [u8]) -> Result<()>;
}

/// The operating system's generator, asked on every draw.
pub(crate) struct OsRandom;

impl SecureRandom for OsRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<()> {
        let why = "the operating system gave no random bytes; nothing was done";
        getrandom::fill(bytes).map_err(|_| Error::new(ErrorKind::Internal, why))
    }
}
