//! Phone numbers: many spellings in, one E.164 form inside.
//!
//! Limits and budgets are counted on a [`Phone`], so every accepted spelling of a number gives the same one. What counts
//! as a valid number is what libphonenumber says; `docs/adr/0001-phone-crate.md` tells why its rules run on tables here.

mod country;
mod plan;
mod rules;

use std::fmt;

pub use country::{Country, UnknownCountry};

use plan::REGIONS;
use rules::{Digits, MAX_DIGITS, NO_REGION, Number};

/// Longest spelling that is looked at. The longest number with a blank between all digits is half of it.
const MAX_INPUT: usize = 64;

/// A mask shows the calling code and this many digits, if it can.
const SHOWN_AT_END: usize = 2;

/// A mask that would hide fewer digits than this hides all of them.
const LEAST_HIDDEN: usize = 5;

/// A valid phone number in E.164 form: `+` and at most 15 digits, stored inline.
///
/// It has no `Display` and its `Debug` prints the mask, so a number does not reach a log by accident.
///
/// ```
/// # use otpkit::types::{Country, Phone, PhoneKind};
/// let phone = Phone::parse("+31 (0)6 1234-5678", None)?;
/// assert_eq!(phone.as_str(), "+31612345678");
/// assert_eq!(phone.kind(), PhoneKind::Mobile);
/// assert_eq!(phone.masked(), "+31*******78");
///
/// let home = Country::parse("NL")?;
/// assert_eq!(Phone::parse("06 1234 5678", Some(home))?, phone);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Phone {
    text: [u8; MAX_DIGITS + 1],
    len: u8,
    calling_len: u8,
    region: u8,
    kind: PhoneKind,
}

/// What a number is used for, as far as its numbering plan tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PhoneKind {
    /// Mobile.
    Mobile,
    /// Fixed or mobile: the plan does not tell them apart (North America).
    FixedOrMobile,
    /// Fixed line.
    Fixed,
    /// Internet telephony.
    Voip,
    /// Free for the caller.
    TollFree,
    /// Premium rate: the caller pays extra. A favourite of toll fraud.
    Premium,
    /// The cost is shared between caller and called.
    SharedCost,
    /// Belongs to a person and is routed to whatever line they name.
    Personal,
    /// Pager.
    Pager,
    /// One number of a company for all its places.
    Uan,
    /// Voicemail box.
    Voicemail,
    /// Of no country: satellite and international services (`+800`, `+808`, `+870`, `+878`, `+881`, `+882`, `+883`, `+979`).
    NonGeographic,
    /// Valid, of a kind this version does not name.
    Unknown,
}

/// Why a string is no phone number. `Display` says what to do and never repeats the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PhoneIssue {
    /// Nothing but blanks.
    Empty,
    /// More than 64 bytes.
    TooLong,
    /// Something else than ASCII digits, one leading `+` and separators between digits.
    BadCharacter,
    /// National form, and no default country to read it in.
    NoCountry,
    /// Well spelt, but no number of any numbering plan.
    InvalidNumber,
}

impl Phone {
    /// The version of libphonenumber's metadata that decides what is valid.
    pub const METADATA_VERSION: &'static str = plan::METADATA_VERSION;

    /// Reads a number and brings it to E.164 form.
    ///
    /// Accepted are ASCII digits with a `+` before them; between digits any of blank, `-`, `.`, `/`, `(`, `)`, where
    /// parentheses come in pairs and may also open before the first and close after the last digit. Blanks at both ends
    /// are dropped. Without `+` the number is read as dialled in `default_country`, in national form or after that
    /// country's international prefix; without such a country it is refused. Extensions, letters, other scripts' digits,
    /// control and invisible characters are refused.
    ///
    /// # Errors
    /// [`PhoneIssue`] tells what to change. Only a number that is valid by its numbering plan is accepted.
    pub fn parse(input: &str, default_country: Option<Country>) -> Result<Phone, PhoneIssue> {
        // First of all, so that a huge input costs nothing.
        if input.len() > MAX_INPUT {
            return Err(PhoneIssue::TooLong);
        }
        let input = input.trim_matches(' ').as_bytes();
        let (plus, rest) = match input {
            [] => return Err(PhoneIssue::Empty),
            [b'+', rest @ ..] => (true, rest),
            rest => (false, rest),
        };
        let digits = digits_of(rest)?;
        let number = match (plus, default_country) {
            (true, _) => rules::international(digits.as_bytes()),
            (false, Some(home)) => rules::dialled(digits.as_bytes(), home.region()),
            (false, None) => return Err(PhoneIssue::NoCountry),
        };
        let phone = number.and_then(Phone::new).ok_or(PhoneIssue::InvalidNumber)?;
        let as_written = plus && phone.digits() == digits.as_bytes();
        if as_written || phone.reads_as_itself() {
            Ok(phone)
        } else {
            Err(PhoneIssue::InvalidNumber)
        }
    }

    /// The E.164 form: `+31612345678`.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.text[..usize::from(self.len)])
            .expect("a phone number is ASCII: it is built from a plus sign and digits")
    }

    /// The country whose plan the number belongs to; `None` for numbers of no country.
    pub fn country(&self) -> Option<Country> {
        REGIONS.get(usize::from(self.region)).map(Country::of)
    }

    /// What the number is used for.
    pub fn kind(&self) -> PhoneKind {
        self.kind
    }

    /// The number for people's eyes: calling code and last two digits, or no digit at all where that would hide fewer
    /// than five. ASCII.
    pub fn masked(&self) -> String {
        let digits = usize::from(self.len) - 1;
        let calling = usize::from(self.calling_len);
        let (head, tail) = match digits.checked_sub(calling + SHOWN_AT_END) {
            Some(hidden) if hidden >= LEAST_HIDDEN => (calling, SHOWN_AT_END),
            _ => (0, 0),
        };
        let text = self.as_str();
        let mut mask = String::with_capacity(text.len());
        mask.push_str(&text[..=head]);
        mask.extend(std::iter::repeat_n('*', digits - head - tail));
        mask.push_str(&text[text.len() - tail..]);
        mask
    }

    fn digits(&self) -> &[u8] {
        &self.text[1..usize::from(self.len)]
    }

    /// A few numbers of Belarus that begin like a trunk prefix are valid once such a prefix was taken off, and then read
    /// as something else. They have no form to count on.
    fn reads_as_itself(&self) -> bool {
        rules::international(self.digits()).and_then(Phone::new).as_ref() == Some(self)
    }

    fn new(number: Number) -> Option<Phone> {
        let mut text = [0; MAX_DIGITS + 1];
        text[0] = b'+';
        let mut len = 1;
        let mut put = |digits: &[u8]| {
            text.get_mut(len..len + digits.len())
                .map(|room| room.copy_from_slice(digits))?;
            len += digits.len();
            Some(())
        };
        let mut buffer = [0; 3];
        let calling = rules::decimal(number.calling, &mut buffer);
        put(calling)?;
        put(number.national.as_bytes())?;
        let (len, calling_len) = (len as u8, calling.len() as u8);
        Some(Phone {
            text,
            len,
            calling_len,
            region: number.region,
            kind: PhoneKind::of(&number),
        })
    }
}

/// Shows the mask, never the number.
impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Phone({})", self.masked())
    }
}

/// Takes the separators out. They may stand between digits; parentheses also around all of them.
fn digits_of(text: &[u8]) -> Result<Digits, PhoneIssue> {
    let mut digits = Digits::EMPTY;
    let mut open = false;
    let mut after_digit = false;
    for byte in text {
        match byte {
            b'0'..=b'9' => {
                if !digits.push(*byte) {
                    return Err(PhoneIssue::InvalidNumber);
                }
                after_digit = true;
                continue;
            }
            b'(' if !open => open = true,
            b')' if open && after_digit => open = false,
            b' ' | b'-' | b'.' | b'/' if !digits.as_bytes().is_empty() => {}
            _ => return Err(PhoneIssue::BadCharacter),
        }
        after_digit = *byte == b')';
    }
    match (digits.as_bytes(), open, after_digit) {
        ([], false, _) => Err(PhoneIssue::InvalidNumber),
        (_, false, true) => Ok(digits),
        _ => Err(PhoneIssue::BadCharacter),
    }
}

impl PhoneKind {
    fn of(number: &Number) -> PhoneKind {
        if number.region == NO_REGION {
            return PhoneKind::NonGeographic;
        }
        // The numbers are those of `KINDS` in generate.py.
        match number.kind {
            1 => PhoneKind::Premium,
            2 => PhoneKind::TollFree,
            3 => PhoneKind::SharedCost,
            4 => PhoneKind::Voip,
            5 => PhoneKind::Personal,
            6 => PhoneKind::Pager,
            7 => PhoneKind::Uan,
            8 => PhoneKind::Voicemail,
            9 => PhoneKind::Fixed,
            10 => PhoneKind::Mobile,
            11 => PhoneKind::FixedOrMobile,
            _ => PhoneKind::Unknown,
        }
    }
}

impl fmt::Display for PhoneIssue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PhoneIssue::Empty => "The phone number is empty: give it with its country code, such as +31612345678.",
            PhoneIssue::TooLong => "The phone number is longer than 64 characters: give one number and nothing else.",
            PhoneIssue::BadCharacter => {
                "The phone number has a character that does not belong there: use digits 0 to 9, a leading plus sign, \
                 and blanks, dashes, dots, slashes or paired parentheses between the digits."
            }
            PhoneIssue::NoCountry => {
                "The phone number has no country code: begin it with a plus sign and the code, or set a default country."
            }
            PhoneIssue::InvalidNumber => {
                "The phone number is not valid in its country's numbering plan: check the country code and the digits."
            }
        })
    }
}

impl std::error::Error for PhoneIssue {}
