//! The sealed box: what a record holds about a person, unreadable and unchangeable without the secret.

use super::keys::Ring;
use super::verbs::{Binding, Random};
use crate::error::{Error, ErrorKind, Result};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// What is in the box.
#[derive(Serialize, Deserialize)]
pub(crate) struct Contents {
    pub(crate) to: String,
    pub(crate) channel: String,
    pub(crate) locale: Option<String>,
    pub(crate) values: BTreeMap<String, String>,
    /// The context, for the digest of a new code.
    pub(crate) context: Vec<u8>,
    /// The code, where resending the same is allowed.
    pub(crate) code: Option<Zeroizing<String>>,
    /// Who served: the provider's name and its reference.
    pub(crate) provider: String,
    pub(crate) reference: String,
    /// Whether the last message is known to be sent.
    pub(crate) sent: bool,
}

/// What a box is bound to: it opens for this record only.
pub(crate) struct Seal<'a> {
    pub(crate) ring: &'a Ring,
    pub(crate) random: &'a Random,
    pub(crate) binding: &'a Binding,
}

const VERSION: u8 = 1;

impl Seal<'_> {
    /// Seals under a nonce that was drawn for this box. The key is of this id alone, so a nonce that repeats
    /// would have to repeat within one verification.
    pub(crate) fn close(&self, contents: &Contents, nonce: [u8; NONCE_LEN]) -> Result<Box<[u8]>> {
        let mut bytes = Vec::with_capacity(128);
        bytes.push(VERSION);
        bytes.extend_from_slice(&nonce);
        let mut plain = Zeroizing::new(postcard::to_allocvec(contents).map_err(|_| internal())?);
        let key = self.key()?;
        let tag = key
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(self.bound()), &mut plain)
            .map_err(|_| internal())?;
        bytes.extend_from_slice(&plain);
        bytes.extend_from_slice(tag.as_ref());
        Ok(bytes.into_boxed_slice())
    }

    /// Opens a box. One that does not open was changed, or belongs to something else: *cannot tell*.
    pub(crate) fn open(&self, sealed: &[u8]) -> Result<Contents> {
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
        postcard::from_bytes(plain).map_err(|_| broken())
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
