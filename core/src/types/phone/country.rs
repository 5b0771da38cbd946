//! ISO 3166-1 countries, as far as they have numbering plans.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::{Serialize, Serializer};

use super::plan::REGIONS;
use super::rules::Region;

/// A country with a numbering plan: two upper-case letters, ISO 3166-1 alpha-2 (and `AC`, `TA`, `XK`, which have plans).
///
/// ```
/// # use otpkit::types::Country;
/// assert_eq!(Country::parse("NL")?.as_str(), "NL");
/// assert!(Country::parse("nl").is_err());
/// # Ok::<(), otpkit::types::UnknownCountry>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct Country([u8; 2]);

/// The string is no country code that has a numbering plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct UnknownCountry;

impl Country {
    /// Reads two upper-case letters.
    ///
    /// # Errors
    /// [`UnknownCountry`] for anything else, and for letters that are no country with a numbering plan.
    pub fn parse(code: &str) -> Result<Country, UnknownCountry> {
        let code = code.as_bytes().try_into().map_err(|_| UnknownCountry)?;
        row(code).map(|_| Country(code)).ok_or(UnknownCountry)
    }

    /// The two letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a country is two ASCII letters: it was found in the table")
    }

    /// Every country there is a plan for, sorted by code.
    pub fn all() -> impl ExactSizeIterator<Item = Country> {
        REGIONS.iter().map(|region| Country(region.code))
    }

    pub(super) fn of(region: &Region) -> Country {
        Country(region.code)
    }

    pub(super) fn region(&self) -> &'static Region {
        let row = row(self.0).expect("a country is made only from a row of the table");
        &REGIONS[row]
    }
}

fn row(code: [u8; 2]) -> Option<usize> {
    REGIONS.binary_search_by_key(&code, |region| region.code).ok()
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for UnknownCountry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("This is no country code: use two upper-case letters of ISO 3166-1, such as NL.")
    }
}

impl std::error::Error for UnknownCountry {}

impl std::str::FromStr for Country {
    type Err = UnknownCountry;

    fn from_str(code: &str) -> Result<Country, UnknownCountry> {
        Country::parse(code)
    }
}

impl Serialize for Country {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Country {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Country, D::Error> {
        struct Code;
        impl Visitor<'_> for Code {
            type Value = Country;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a country code: two upper-case letters of ISO 3166-1, such as NL")
            }

            fn visit_str<E: de::Error>(self, code: &str) -> Result<Country, E> {
                Country::parse(code).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Code)
    }
}
