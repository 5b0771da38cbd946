use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::fmt;

/// Bytes of an id that are random: what cannot be guessed, and what tells verifications apart.
pub(crate) const RANDOM_LEN: usize = 16;
const VERSION: u8 = 1;
const RAW_LEN: usize = 1 + 1 + 10 + RANDOM_LEN;
const TEXT_LEN: usize = 38;

/// Keyed hash of tenant and recipient: names the slot in which a recipient's verifications and counters live.
pub(crate) type Index = [u8; 10];

/// The name of a verification: 38 characters, safe in URLs and cookies, unguessable (128 random bits). It carries
/// what a check needs (key id and the recipient's slot, masked), so that no look-up comes first.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct VerificationId([u8; TEXT_LEN]);

/// An id taken apart. The index is still XORed with its mask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct IdParts {
    pub(crate) key_id: u8,
    pub(crate) masked_index: Index,
    pub(crate) random: [u8; RANDOM_LEN],
}

impl VerificationId {
    /// Parses an id. Only the one canonical spelling passes.
    ///
    /// # Errors
    /// The sentence of what is wrong.
    pub fn parse(text: &str) -> Result<VerificationId, &'static str> {
        const SHAPE: &str = "an id is the 38 characters that `start` returned";
        let bytes: [u8; TEXT_LEN] = text.as_bytes().try_into().map_err(|_| SHAPE)?;
        let id = VerificationId(bytes);
        match id.raw() {
            Some(raw) if raw[0] == VERSION => Ok(id),
            _ => Err(SHAPE),
        }
    }

    pub(crate) fn from_parts(parts: IdParts) -> VerificationId {
        let mut raw = [0u8; RAW_LEN];
        raw[0] = VERSION;
        raw[1] = parts.key_id;
        raw[2..12].copy_from_slice(&parts.masked_index);
        raw[12..].copy_from_slice(&parts.random);
        let mut text = [0u8; TEXT_LEN];
        URL_SAFE_NO_PAD
            .encode_slice(raw, &mut text)
            .expect("28 bytes are 38 characters");
        VerificationId(text)
    }

    pub(crate) fn parts(&self) -> IdParts {
        let raw = self.raw().expect("only a decodable id is ever made");
        let (mut masked_index, mut random) = ([0; 10], [0; RANDOM_LEN]);
        masked_index.copy_from_slice(&raw[2..12]);
        random.copy_from_slice(&raw[12..]);
        IdParts {
            key_id: raw[1],
            masked_index,
            random,
        }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("base64url is ASCII")
    }

    fn raw(&self) -> Option<[u8; RAW_LEN]> {
        let mut raw = [0u8; RAW_LEN];
        // The engine refuses trailing bits that are not zero, so an id has one spelling.
        match URL_SAFE_NO_PAD.decode_slice(self.0, &mut raw) {
            Ok(RAW_LEN) => Some(raw),
            _ => None,
        }
    }
}

impl From<VerificationId> for String {
    fn from(id: VerificationId) -> String {
        id.as_str().to_owned()
    }
}

impl fmt::Debug for VerificationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for VerificationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_spelling() {
        let parts = IdParts {
            key_id: 7,
            masked_index: [9; 10],
            random: [200; 16],
        };
        let id = VerificationId::from_parts(parts);
        assert_eq!(id.as_str().len(), 38);
        assert_eq!(VerificationId::parse(id.as_str()).unwrap().parts(), parts);
        // The last character carries two bits of the id and four that must be zero.
        let head = &id.as_str()[..37];
        let others = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let accepted = others
            .iter()
            .filter(|c| VerificationId::parse(&format!("{head}{}", **c as char)).is_ok())
            .count();
        assert_eq!(accepted, 4);
        for hostile in [
            "",
            "x",
            &id.as_str()[..37],
            &format!("{}=", &id.as_str()[..37]),
            &format!(" {}", &id.as_str()[..37]),
        ] {
            assert!(VerificationId::parse(hostile).is_err(), "{hostile:?}");
        }
    }
}
