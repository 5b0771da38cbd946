//! The store's meta document: its schema version and the index key, sealed under the current secret and sealed again
//! when secrets rotate, so that a rotation resets no budget.

use super::Store;
use crate::engine::keys::{IndexKey, Keys, Ring};
use crate::error::{Error, ErrorKind, Result};
use crate::random::SecureRandom;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

const SCHEMA: u8 = 1;
const KEY_LEN: usize = 32;
/// Schema, key id, nonce, sealed key, its tag.
const LEN: usize = 2 + NONCE_LEN + KEY_LEN + 16;
/// Tries to write before giving up; each lost one means that another process wrote.
const TRIES: usize = 8;

/// Reads the index key of a store, making the document if there is none and sealing it again if the secret is new.
pub(crate) async fn index_key(store: &dyn Store, keys: &Keys, random: &dyn SecureRandom) -> Result<IndexKey> {
    for _ in 0..TRIES {
        let found = store.meta().await?;
        let key = match &found {
            None => {
                let mut key = Zeroizing::new([0u8; KEY_LEN]);
                random.fill(key.as_mut())?;
                key
            }
            Some(document) => open(document, keys)?,
        };
        let is_current = found
            .as_ref()
            .is_some_and(|document| document[1] == keys.current().key_id);
        if is_current
            || store
                .put_meta(found.as_deref(), &seal(&key, keys.current(), random)?)
                .await?
        {
            return Ok(IndexKey::new(&key));
        }
    }
    Err(Error::new(
        ErrorKind::StoreUnavailable,
        "the store's meta document changes all the time; is another system using it?",
    ))
}

fn seal(key: &[u8; KEY_LEN], ring: &Ring, random: &dyn SecureRandom) -> Result<Vec<u8>> {
    let mut nonce = [0u8; NONCE_LEN];
    random.fill(&mut nonce)?;
    let mut document = vec![SCHEMA, ring.key_id];
    document.extend_from_slice(&nonce);
    let mut body = Zeroizing::new(key.to_vec());
    let bound = Aad::from([SCHEMA, ring.key_id]);
    cipher(ring)?
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), bound, &mut *body)
        .map_err(|_| Error::new(ErrorKind::Internal, "sealing the store's meta document failed"))?;
    document.extend_from_slice(&body);
    Ok(document)
}

fn open(document: &[u8], keys: &Keys) -> Result<Zeroizing<[u8; KEY_LEN]>> {
    let refuse = |sentence: &str| Error::new(ErrorKind::StoreUnavailable, sentence);
    if document.len() != LEN || document[0] != SCHEMA {
        return Err(refuse(
            "the store was written by another version of otpkit, or by something else; use a store of its own",
        ));
    }
    let unknown = "the store was written under a secret that is not among `secrets`: add the older secret behind the \
                   current one, or use an empty store";
    let ring = keys.of(document[1]).ok_or_else(|| refuse(unknown))?;
    let (nonce, body) = document[2..].split_at(NONCE_LEN);
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| refuse(unknown))?;
    let mut body = Zeroizing::new(body.to_vec());
    let plain = cipher(ring)?
        .open_in_place(nonce, Aad::from([SCHEMA, document[1]]), &mut body)
        .map_err(|_| refuse(unknown))?;
    let mut key = Zeroizing::new([0u8; KEY_LEN]);
    key.copy_from_slice(plain);
    Ok(key)
}

fn cipher(ring: &Ring) -> Result<LessSafeKey> {
    UnboundKey::new(&CHACHA20_POLY1305, ring.meta.as_ref())
        .map(LessSafeKey::new)
        .map_err(|_| Error::new(ErrorKind::Internal, "the meta key has a wrong length"))
}
