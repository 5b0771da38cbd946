//! The keys in use: one ring per secret, found by the key id that ids carry, and the index key of the store.

use super::verbs::{Binding, Digest, Random, ReportKey, WindowKey};
use crate::error::{Error, Result};
use crate::secret::Secret;
use crate::types::{IdParts, Index, Purpose, Recipient, Tenant, VerificationId};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::sync::RwLock;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

type HmacSha256 = Hmac<Sha256>;

/// The keys that one secret gives. The HMACs are set up once and cloned, which halves the cost of each.
pub(crate) struct Ring {
    pub(crate) key_id: u8,
    code: HmacSha256,
    mask: HmacSha256,
    boxes: HmacSha256,
    pub(crate) meta: Zeroizing<[u8; 32]>,
}

/// All rings, the current one first.
pub(crate) struct Keys(Vec<Ring>);

fn keyed(key: &[u8; 32]) -> HmacSha256 {
    HmacSha256::new_from_slice(key).expect("HMAC takes keys of every length")
}

fn tag<const N: usize>(mac: &HmacSha256, parts: &[&[u8]]) -> [u8; N] {
    let mut mac = mac.clone();
    for part in parts {
        // Each part is preceded by its length, so that no two lists of parts read the same.
        mac.update(&(part.len() as u32).to_be_bytes());
        mac.update(part);
    }
    let full = mac.finalize().into_bytes();
    let mut cut = [0u8; N];
    cut.copy_from_slice(&full[..N]);
    cut
}

impl Ring {
    fn new(secret: &Secret) -> Ring {
        Ring {
            key_id: secret.derive("key id")[0],
            code: keyed(&secret.derive("code")),
            mask: keyed(&secret.derive("id mask")),
            boxes: keyed(&secret.derive("box")),
            meta: secret.derive("store meta"),
        }
    }

    /// The id of a verification, and the name of its first send (see [`send_key`](Self::send_key)).
    pub(crate) fn id(&self, index: &Index, random: Random) -> (VerificationId, String) {
        let (mask, first_send) = self.mask(&random);
        let id = VerificationId::from_parts(IdParts {
            key_id: self.key_id,
            masked_index: xor(index, &mask),
            random,
        });
        (id, URL_SAFE_NO_PAD.encode(first_send))
    }

    /// The slot that an id names.
    pub(crate) fn index(&self, parts: &IdParts) -> Index {
        xor(&parts.masked_index, &self.mask(&parts.random).0)
    }

    /// One keyed hash of the random part gives both: its parts tell nothing of each other.
    fn mask(&self, random: &Random) -> (Index, [u8; 16]) {
        let both: [u8; 26] = tag(&self.mask, &[random]);
        let (mut mask, mut first_send) = (Index::default(), [0; 16]);
        mask.copy_from_slice(&both[..10]);
        first_send.copy_from_slice(&both[10..]);
        (mask, first_send)
    }

    /// What a code is compared by: it holds for this id and this context only.
    pub(crate) fn code_digest(&self, random: &Random, context: &[u8], code: &str) -> Digest {
        tag(&self.code, &[b"code", random, context, code.as_bytes()])
    }

    /// What a verifier's record is compared by: the context. That there is none is no secret, and costs nothing.
    pub(crate) fn context_digest(&self, random: &Random, context: &[u8]) -> Digest {
        match context {
            [] => Digest::default(),
            context => tag(&self.code, &[b"context", random, context]),
        }
    }

    /// Names one send to a provider that takes idempotency keys. It tells nothing of the id.
    pub(crate) fn send_key(&self, random: &Random, generation: u32) -> String {
        let key = match generation {
            0 => self.mask(random).1,
            later => tag(&self.code, &[b"send", random, &later.to_be_bytes()]),
        };
        URL_SAFE_NO_PAD.encode(key)
    }

    /// The key of a record's box.
    pub(crate) fn box_key(&self, random: &Random) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(tag(&self.boxes, &[random]))
    }
}

fn xor(index: &Index, mask: &Index) -> Index {
    std::array::from_fn(|at| index[at] ^ mask[at])
}

/// Compares without telling, by the time it takes, where two digests differ.
pub(crate) fn same(a: &Digest, b: &Digest) -> bool {
    a.ct_eq(b).into()
}

impl Keys {
    pub(crate) fn new(secrets: &[Secret]) -> Result<Keys> {
        let rings: Vec<Ring> = secrets.iter().map(Ring::new).collect();
        for (at, ring) in rings.iter().enumerate() {
            if let Some(before) = rings[..at].iter().position(|other| other.key_id == ring.key_id) {
                let sentence =
                    format!("secrets {before} and {at} have the same key id (or are the same); draw another one");
                return Err(Error::invalid_settings("secrets", sentence));
            }
        }
        Ok(Keys(rings))
    }

    /// The ring for new verifications.
    pub(crate) fn current(&self) -> &Ring {
        self.0.first().expect("a client is built with at least one secret")
    }

    /// The ring of an id; `None` if its secret is not among ours.
    pub(crate) fn of(&self, key_id: u8) -> Option<&Ring> {
        self.0.iter().find(|ring| ring.key_id == key_id)
    }
}

/// The key of the store: random, kept in its meta document, so that rotating secrets resets no budget.
pub(crate) struct IndexKey {
    mac: HmacSha256,
    /// The bindings of a tenant's purposes that were asked for: an application has few, and names one in every call.
    bindings: RwLock<Vec<(Tenant, Purpose, Binding)>>,
}

/// More purposes than any application names; what comes beyond them is computed every time.
const BINDINGS_MAX: usize = 64;

impl IndexKey {
    pub(crate) fn new(key: &[u8; 32]) -> IndexKey {
        IndexKey {
            mac: keyed(key),
            bindings: RwLock::default(),
        }
    }

    /// The slot of a recipient.
    pub(crate) fn index(&self, tenant: &Tenant, recipient: &Recipient) -> Index {
        tag(
            &self.mac,
            &[b"index", tenant.as_str().as_bytes(), recipient.as_str().as_bytes()],
        )
    }

    /// What a record is bound to.
    pub(crate) fn binding(&self, tenant: &Tenant, purpose: &Purpose) -> Binding {
        // A child of a fork may find the lock held for ever, so nobody waits for it.
        let is = |(t, p, _): &&(Tenant, Purpose, Binding)| t == tenant && p == purpose;
        let known = self.bindings.try_read().ok();
        let known = known.and_then(|known| known.iter().find(is).map(|(_, _, binding)| *binding));
        known.unwrap_or_else(|| {
            let binding = tag(
                &self.mac,
                &[b"binding", tenant.as_str().as_bytes(), purpose.as_str().as_bytes()],
            );
            if let Ok(mut known) = self.bindings.try_write()
                && known.len() < BINDINGS_MAX
            {
                known.push((tenant.clone(), purpose.clone(), binding));
            }
            binding
        })
    }

    /// The name of a window outside of the slots.
    pub(crate) fn window(&self, tenant: &Tenant, kind: &'static str, value: &[u8]) -> WindowKey {
        tag(
            &self.mac,
            &[b"window", tenant.as_str().as_bytes(), kind.as_bytes(), value],
        )
    }

    /// The name under which reports about a provider's message are found.
    pub(crate) fn report(&self, tenant: &Tenant, provider: &str, reference: &str) -> ReportKey {
        let (tenant, provider) = (tenant.as_str().as_bytes(), provider.as_bytes());
        tag(&self.mac, &[b"report", tenant, provider, reference.as_bytes()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(byte: u8) -> Ring {
        Ring::new(&Secret::new((0..32).map(|at| byte ^ at).collect::<Vec<u8>>()).unwrap())
    }

    #[test]
    fn an_id_gives_its_slot_back_only_under_its_own_secret() {
        let (ours, theirs) = (ring(1), ring(2));
        let (id, first_send) = ours.id(&[7; 10], [9; 16]);
        assert_eq!(ours.index(&id.parts()), [7; 10]);
        assert_ne!(theirs.index(&id.parts()), [7; 10]);
        assert_eq!(first_send, ours.send_key(&[9; 16], 0));
        assert_ne!(first_send, ours.send_key(&[9; 16], 1));
    }

    #[test]
    fn a_digest_hangs_on_id_context_and_code_and_their_borders() {
        let ring = ring(1);
        let base = ring.code_digest(&[1; 16], b"ab", "123456");
        assert_ne!(base, ring.code_digest(&[2; 16], b"ab", "123456"));
        assert_ne!(base, ring.code_digest(&[1; 16], b"a", "b123456"));
        assert_ne!(base, ring.code_digest(&[1; 16], b"ab", "123457"));
        assert_ne!(base, ring.context_digest(&[1; 16], b"ab"));
        assert!(same(&base, &ring.code_digest(&[1; 16], b"ab", "123456")));
    }

    #[test]
    fn two_secrets_of_one_key_id_are_refused() {
        let secret = || Secret::new((0..32).collect::<Vec<u8>>()).unwrap();
        assert!(Keys::new(&[secret(), secret()]).is_err());
    }
}
