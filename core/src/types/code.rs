use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

/// Shortest and longest code that any provider uses; what is outside never reaches a comparison.
pub(crate) const CODE_LENGTHS: std::ops::RangeInclusive<usize> = 4..=10;

/// The characters that codes are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Alphabet {
    /// `0` to `9`.
    #[default]
    Digits,
    /// Digits and capitals that are not mistaken for each other and form no words: `23456789BCDFGHJKMNPQRSTVWXZ`.
    /// Small letters are read as capitals.
    Unambiguous,
}

impl Alphabet {
    /// The characters, in order.
    pub const fn characters(self) -> &'static [u8] {
        match self {
            Alphabet::Digits => b"0123456789",
            Alphabet::Unambiguous => b"23456789BCDFGHJKMNPQRSTVWXZ",
        }
    }

    fn canonical(self, byte: u8) -> Option<u8> {
        let byte = match self {
            Alphabet::Digits => byte,
            Alphabet::Unambiguous => byte.to_ascii_uppercase(),
        };
        self.characters().contains(&byte).then_some(byte)
    }
}

/// A one-time password in its one canonical form. It has no `Debug`, `Display` or `Serialize`, and is wiped when dropped.
#[derive(Clone)]
pub struct Code {
    bytes: [u8; *CODE_LENGTHS.end()],
    len: u8,
}

impl Code {
    /// Parses what a person typed: blanks, tabs and line ends around it are dropped, then 4 to 10 characters of
    /// the alphabet must remain. Nothing else is forgiven: no blanks inside, no signs, no other scripts' digits.
    ///
    /// # Errors
    /// The sentence of what is wrong; it never repeats the input.
    pub fn parse(text: &str, alphabet: Alphabet) -> Result<Code, &'static str> {
        const SHAPE: &str = "a code is 4 to 10 digits, as a string, with nothing between them";
        const LETTERS: &str = "a code is 4 to 10 digits or letters, as a string, with nothing between them";
        let wrong = if alphabet == Alphabet::Digits { SHAPE } else { LETTERS };
        // A bound before any work: a code of 10 MB costs no more than one of 10 characters.
        if text.len() > 64 {
            return Err(wrong);
        }
        let text = text.trim_matches([' ', '\t', '\r', '\n']);
        if !CODE_LENGTHS.contains(&text.len()) {
            return Err(wrong);
        }
        let mut code = Code {
            bytes: [0; 10],
            len: text.len() as u8,
        };
        for (slot, byte) in code.bytes.iter_mut().zip(text.bytes()) {
            *slot = alphabet.canonical(byte).ok_or(wrong)?;
        }
        Ok(code)
    }

    /// Parses a code that a host made: 4 to 10 ASCII letters or digits, kept as they are.
    ///
    /// # Errors
    /// The sentence of what is wrong; it never repeats the input.
    pub fn parse_host(text: &str) -> Result<Code, &'static str> {
        if CODE_LENGTHS.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            Ok(Code::from_drawn(text.as_bytes()))
        } else {
            Err("a code to deliver is 4 to 10 ASCII letters or digits, as a string")
        }
    }

    /// A code that the engine drew.
    pub(crate) fn from_drawn(characters: &[u8]) -> Code {
        let mut code = Code {
            bytes: [0; 10],
            len: characters.len() as u8,
        };
        code.bytes[..characters.len()].copy_from_slice(characters);
        code
    }

    /// The code in clear, for the one who sends it.
    pub fn expose(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.len as usize]).expect("an alphabet is ASCII")
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_documented_trim_and_nothing_else() {
        assert_eq!(
            Code::parse(" 042424\r\n", Alphabet::Digits).ok().unwrap().expose(),
            "042424"
        );
        for hostile in [
            "",
            "   ",
            "123",
            "12345678901",
            "+12345",
            "-12345",
            "12 345",
            "１２３４５６",
            "٤٢٤٢٤٢",
            "12345\0",
            "123456\u{a0}",
        ] {
            assert!(Code::parse(hostile, Alphabet::Digits).is_err(), "{hostile:?}");
        }
    }

    #[test]
    fn small_letters_are_the_same_code_as_capitals() {
        assert_eq!(
            Code::parse("bcd234", Alphabet::Unambiguous).ok().unwrap().expose(),
            "BCD234"
        );
        assert!(Code::parse("BCD0O1", Alphabet::Unambiguous).is_err());
    }
}
