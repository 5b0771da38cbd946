//! The keys that everything hangs on. No type here has `Debug`, `Display` or `Serialize`; all are wiped when dropped.

use crate::error::{Error, Result};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

/// The least length of a secret, in bytes.
const SECRET_MIN: usize = 32;

/// One of the host's secrets.
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes a secret of at least 32 bytes, drawn from a good generator (`openssl rand -base64 32`).
    ///
    /// # Errors
    /// `invalid_settings` if it is shorter, or if it is one byte repeated.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Secret> {
        let bytes = Zeroizing::new(bytes.into());
        let remedy = "draw one with `openssl rand -base64 32`";
        if bytes.len() < SECRET_MIN {
            let sentence = format!(
                "a secret has at least {SECRET_MIN} bytes, this one has {}; {remedy}",
                bytes.len()
            );
            return Err(Error::invalid_settings("secrets", sentence));
        }
        if bytes.iter().all(|byte| *byte == bytes[0]) {
            return Err(Error::invalid_settings(
                "secrets",
                format!("this secret is one character repeated; {remedy}"),
            ));
        }
        Ok(Secret(bytes))
    }

    /// A key for one use. The labels keep the uses apart (RFC 5869, 3.2).
    pub(crate) fn derive(&self, label: &'static str) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0u8; 32]);
        Hkdf::<Sha256>::new(Some(b"otpkit v1"), &self.0)
            .expand(label.as_bytes(), key.as_mut())
            .expect("32 bytes are within HKDF's bound");
        key
    }
}
