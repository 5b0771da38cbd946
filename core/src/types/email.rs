use std::fmt;
use std::sync::Arc;

/// An e-mail address in its one canonical form: ASCII, lower case, at most 254 characters (RFC 5321, 4.5.3.1).
///
/// Mailbox names are compared without case, as every large mail service does, so that limits hold over all
/// spellings. Quoted local parts, comments, address literals and non-ASCII addresses are refused.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Email(Arc<str>);

impl Email {
    /// Parses an address of the form `name@host.domain`.
    ///
    /// # Errors
    /// The sentence of what is wrong; it never repeats the input.
    pub fn parse(text: &str) -> Result<Email, &'static str> {
        const SHAPE: &str = "an e-mail address has the form name@example.com, in ASCII";
        let text = if text.len() <= 320 {
            text.trim_matches([' ', '\t'])
        } else {
            return Err(SHAPE);
        };
        let (local, domain) = text.rsplit_once('@').ok_or(SHAPE)?;
        let fits = text.len() <= 254 && local_fits(local) && domain_fits(domain);
        fits.then(|| Email(text.to_ascii_lowercase().into())).ok_or(SHAPE)
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address with all but the first character of the mailbox hidden: `j***@example.com`.
    pub fn masked(&self) -> String {
        let (local, domain) = self.0.rsplit_once('@').unwrap_or_default();
        let shown = if local.len() > 1 { &local[..1] } else { "" };
        format!("{shown}***@{domain}")
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

fn local_fits(local: &str) -> bool {
    // RFC 5321, 4.1.2: Dot-string of atext.
    let atext = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b);
    (1..=64).contains(&local.len()) && local.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(atext))
}

fn domain_fits(domain: &str) -> bool {
    let label_fits = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let mut labels = domain.rsplit('.');
    let top_fits = labels
        .next()
        .is_some_and(|top| label_fits(top) && !top.bytes().all(|b| b.is_ascii_digit()));
    top_fits && domain.contains('.') && labels.all(label_fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_mailbox_are_one_address() {
        assert_eq!(
            Email::parse("Jo.Doe@Example.COM").unwrap(),
            Email::parse(" jo.doe@example.com").unwrap()
        );
        assert_eq!(Email::parse("jo@example.com").unwrap().masked(), "j***@example.com");
        assert_eq!(Email::parse("j@example.com").unwrap().masked(), "***@example.com");
    }

    #[test]
    fn what_could_reach_another_mailbox_is_refused() {
        for hostile in [
            "",
            "@",
            "a@",
            "@b.c",
            "a@b",
            "a@b..c",
            "a..b@c.d",
            ".a@b.c",
            "a@-b.c",
            "a@b.1",
            "a@[127.0.0.1]",
            "\"a\"@b.c",
            "a@b.c\r\nBcc: x@y.z",
            "a b@c.d",
            "ä@b.c",
            "a@b.c,d@e.f",
            "a@b@c.d",
            "a@b.c\0",
        ] {
            assert!(Email::parse(hostile).is_err(), "{hostile:?}");
        }
    }
}
