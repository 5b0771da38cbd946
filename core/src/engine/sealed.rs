//! The sealed box: what a record holds about a person, unreadable and unchangeable without the secret.

mod contents;

use super::keys::Ring;
use super::verbs::{Binding, Random};
use crate::error::{Error, ErrorKind, Result};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

pub(crate) use contents::Contents;

/// What a box is bound to: it opens for this record only.
pub(crate) struct Seal<'a> {
    pub(crate) ring: &'a Ring,
    pub(crate) random: &'a Random,
    pub(crate) binding: &'a Binding,
}

const VERSION: u8 = 1;
const HEAD: usize = 1 + NONCE_LEN;
const TAG: usize = 16;
/// What most boxes need at most; larger ones are encoded on the heap.
const SMALL: usize = 192;

impl Seal<'_> {
    /// Seals under a nonce that was drawn for this box. The key is of this id alone, so a nonce that repeats
    /// would have to repeat within one verification.
    pub(crate) fn close(&self, contents: &Contents, nonce: [u8; NONCE_LEN]) -> Result<Box<[u8]>> {
        let mut small = Zeroizing::new([0u8; SMALL]);
        match contents.encode_into(&mut *small) {
            Some(plain) => self.seal(plain, nonce),
            None => self.seal(&Zeroizing::new(contents.encode().ok_or_else(internal)?), nonce),
        }
    }

    fn seal(&self, plain: &[u8], nonce: [u8; NONCE_LEN]) -> Result<Box<[u8]>> {
        let mut bytes = Vec::with_capacity(HEAD + plain.len() + TAG);
        bytes.push(VERSION);
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(plain);
        // What is left in the buffer is the cipher text: it is written over the plain one.
        let tag = self
            .key()?
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(self.bound()),
                &mut bytes[HEAD..],
            )
            .map_err(|_| internal())?;
        bytes.extend_from_slice(tag.as_ref());
        Ok(bytes.into_boxed_slice())
    }

    /// Opens a box. One that does not open was changed, or belongs to something else: *cannot tell*.
    pub(crate) fn open(&self, sealed: &[u8]) -> Result<Contents> {
        self.open_with(sealed, Contents::decode)
    }

    /// Opens a box and reads the recipient only.
    pub(crate) fn open_recipient(&self, sealed: &[u8]) -> Result<String> {
        self.open_with(sealed, Contents::decode_recipient)
    }

    fn open_with<T>(&self, sealed: &[u8], read: impl FnOnce(&[u8]) -> Option<T>) -> Result<T> {
        let broken = || {
            Error::new(
                ErrorKind::CannotTell,
                "the stored verification was changed or is damaged; start a new one",
            )
        };
        let (version, rest) = sealed.split_first().ok_or_else(broken)?;
        if *version != VERSION || rest.len() < NONCE_LEN {
            return Err(broken());
        }
        let (nonce, body) = rest.split_at(NONCE_LEN);
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| broken())?;
        let mut body = Zeroizing::new(body.to_vec());
        let plain = self
            .key()?
            .open_in_place(nonce, Aad::from(self.bound()), &mut body)
            .map_err(|_| broken())?;
        read(plain).ok_or_else(broken)
    }

    fn key(&self) -> Result<LessSafeKey> {
        let key = self.ring.box_key(self.random);
        UnboundKey::new(&CHACHA20_POLY1305, key.as_ref())
            .map(LessSafeKey::new)
            .map_err(|_| internal())
    }

    fn bound(&self) -> [u8; 34] {
        let mut bound = [0u8; 34];
        bound[0] = VERSION;
        bound[1] = self.ring.key_id;
        bound[2..18].copy_from_slice(self.random);
        bound[18..].copy_from_slice(self.binding);
        bound
    }
}

fn internal() -> Error {
    Error::new(ErrorKind::Internal, "sealing a record failed")
}

#[cfg(test)]
mod tests;
