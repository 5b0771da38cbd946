//! Drawing ids and codes.

use crate::error::Result;
use crate::random::SecureRandom;
use crate::types::{Alphabet, Code, RANDOM_LEN};
use zeroize::Zeroize;

/// What one `start` needs of randomness, from one call of the generator.
pub(crate) struct Drawn {
    pub(crate) random: [u8; RANDOM_LEN],
    pub(crate) nonce: [u8; 12],
    pub(crate) code: Code,
}

pub(crate) fn draw(source: &dyn SecureRandom, length: usize, alphabet: Alphabet) -> Result<Drawn> {
    let mut bytes = [0u8; RANDOM_LEN + 12 + 8];
    source.fill(&mut bytes)?;
    let (random, rest) = bytes.split_at(RANDOM_LEN);
    let (nonce, seed) = rest.split_at(12);
    let drawn = Drawn {
        random: random.try_into().expect("the array was split there"),
        nonce: nonce.try_into().expect("the array was split there"),
        code: code_from(source, seed.try_into().expect("8 bytes remain"), length, alphabet)?,
    };
    bytes.zeroize();
    Ok(drawn)
}

pub(crate) fn draw_code(source: &dyn SecureRandom, length: usize, alphabet: Alphabet) -> Result<Code> {
    let mut seed = [0u8; 8];
    source.fill(&mut seed)?;
    code_from(source, seed, length, alphabet)
}

/// A code from 64 random bits, drawn again where the bits fall into the incomplete last multiple of the number of
/// codes: every code is exactly as likely as every other. The largest space, 27^10, is below 2^48.
fn code_from(source: &dyn SecureRandom, mut seed: [u8; 8], length: usize, alphabet: Alphabet) -> Result<Code> {
    let characters = alphabet.characters();
    let base = characters.len() as u64;
    let space = base.pow(length as u32);
    let bound = u64::MAX - u64::MAX % space;
    let mut value = u64::from_ne_bytes(seed);
    while value >= bound {
        source.fill(&mut seed)?;
        value = u64::from_ne_bytes(seed);
    }
    seed.zeroize();
    let mut text = [0u8; 10];
    for slot in text[..length].iter_mut().rev() {
        *slot = characters[(value % base) as usize];
        value /= base;
    }
    let code = Code::from_drawn(&text[..length]);
    text.zeroize();
    Ok(code)
}

#[cfg(test)]
mod statistics;

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    struct Scripted(Mutex<Vec<u64>>);

    impl SecureRandom for Scripted {
        fn fill(&self, bytes: &mut [u8]) -> Result<()> {
            bytes.copy_from_slice(&self.0.lock().unwrap().remove(0).to_ne_bytes());
            Ok(())
        }
    }

    fn codes(values: &[u64], length: usize, alphabet: Alphabet) -> Vec<String> {
        let source = Scripted(Mutex::new(values.to_vec()));
        let mut drawn = Vec::new();
        while !source.0.lock().unwrap().is_empty() {
            drawn.push(draw_code(&source, length, alphabet).unwrap().expose().to_owned());
        }
        drawn
    }

    #[test]
    fn the_ends_of_the_space_are_reachable_and_zeros_are_kept() {
        assert_eq!(
            codes(&[0, 999_999, 1_000_000, 42], 6, Alphabet::Digits),
            ["000000", "999999", "000000", "000042"]
        );
        let last = 27u64.pow(10) - 1;
        assert_eq!(
            codes(&[0, last], 10, Alphabet::Unambiguous),
            ["2222222222", "ZZZZZZZZZZ"]
        );
    }

    #[test]
    fn the_incomplete_last_multiple_is_drawn_again() {
        let bound = u64::MAX - u64::MAX % 1_000_000;
        assert_eq!(codes(&[bound, u64::MAX, 7], 6, Alphabet::Digits), ["000007"]);
        assert_eq!(codes(&[bound - 1], 6, Alphabet::Digits), ["999999"]);
    }
}
