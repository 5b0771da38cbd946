use std::fmt;
use std::sync::Arc;

/// Names are compared byte by byte and appear in keyed hashes, so their alphabet is small and has one spelling.
fn fits(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b':');
    text.len() <= 64 && text.bytes().all(allowed)
}

/// What a code is for (`default`, `login`, `payment`, ...). Policy and templates hang on it, and a code of one
/// purpose is never right for another.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Purpose(Option<Arc<str>>);

impl Purpose {
    /// The purpose of calls that name none.
    pub const DEFAULT: Purpose = Purpose(None);

    /// Parses a purpose: 1 to 64 of letters, digits, `_`, `-`, `.` and `:`.
    ///
    /// # Errors
    /// The sentence of what is wrong.
    pub fn parse(text: &str) -> Result<Purpose, &'static str> {
        match text {
            "default" => Ok(Purpose::DEFAULT),
            "" => Err("a purpose must not be empty; leave it out for the purpose \"default\""),
            _ if fits(text) => Ok(Purpose(Some(text.into()))),
            _ => Err("a purpose is 1 to 64 characters of A-Z, a-z, 0-9, _ - . and :"),
        }
    }

    /// The purpose as text.
    pub fn as_str(&self) -> &str {
        self.0.as_deref().unwrap_or("default")
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whose users these are. A client is bound to one tenant; the empty one is the default.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Tenant(Arc<str>);

impl Tenant {
    /// Parses a tenant: at most 64 of letters, digits, `_`, `-`, `.` and `:`; empty is the default tenant.
    ///
    /// # Errors
    /// The sentence of what is wrong.
    pub fn parse(text: &str) -> Result<Tenant, &'static str> {
        match fits(text) {
            true => Ok(Tenant(text.into())),
            false => Err("a tenant is at most 64 characters of A-Z, a-z, 0-9, _ - . and :"),
        }
    }

    /// The tenant as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
