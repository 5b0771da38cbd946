//! Templates: text with names in braces. Each name is filled in once; what a value holds is never read again.

use std::collections::BTreeMap;
use std::fmt::Write as _;

const LONGEST: usize = 1000;

pub(super) struct Template(Vec<Piece>);

enum Piece {
    Text(String),
    Code,
    Brand,
    Minutes,
    Value(String),
}

pub(super) struct Fields<'a> {
    pub(super) code: &'a str,
    pub(super) brand: &'a str,
    pub(super) minutes: u64,
    pub(super) values: &'a BTreeMap<String, String>,
}

impl Template {
    pub(super) fn parse(text: &str) -> Result<Template, String> {
        if text.len() > LONGEST {
            return Err(format!("a template has at most {LONGEST} bytes"));
        }
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            if rest[at..].starts_with('}') {
                return Err("there is a `}` without its `{`".into());
            }
            if at > 0 {
                pieces.push(Piece::Text(rest[..at].to_owned()));
            }
            let end = rest[at..].find('}').ok_or("there is a `{` without its `}`")? + at;
            pieces.push(Piece::named(&rest[at + 1..end])?);
            rest = &rest[end + 1..];
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        if !pieces.iter().any(|piece| matches!(piece, Piece::Code)) {
            return Err("a template has the placeholder {code}".into());
        }
        Ok(Template(pieces))
    }

    /// Fills the names in. A value that is missing would make a sentence that lies: its name is the error.
    pub(super) fn render(&self, fields: &Fields<'_>) -> Result<String, &str> {
        let mut text = String::with_capacity(96);
        for piece in &self.0 {
            match piece {
                Piece::Text(fixed) => text.push_str(fixed),
                Piece::Code => text.push_str(fields.code),
                Piece::Brand => text.push_str(fields.brand),
                // Writing into a string cannot fail.
                Piece::Minutes => drop(write!(text, "{}", fields.minutes)),
                Piece::Value(name) => {
                    let value = fields.values.get(name).ok_or(name.as_str())?;
                    text.extend(value.chars().filter(|c| !is_hidden(*c)));
                }
            }
        }
        Ok(text)
    }
}

impl Piece {
    fn named(name: &str) -> Result<Piece, String> {
        let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        match name {
            "code" => Ok(Piece::Code),
            "brand" => Ok(Piece::Brand),
            "minutes" => Ok(Piece::Minutes),
            _ if (1..=64).contains(&name.len()) && name.bytes().all(fits) => Ok(Piece::Value(name.to_owned())),
            _ => Err("a placeholder is {code}, {brand}, {minutes} or a name of a-z, 0-9 and _ in braces".into()),
        }
    }
}

/// Line ends, control characters, and the characters that hide or reorder others (zero width, bidirectional marks).
pub(super) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_not_read_again() {
        let template = Template::parse("{code} for {amount} to {payee}").ok().unwrap();
        let values = BTreeMap::from([
            ("amount".to_owned(), "{code}".to_owned()),
            ("payee".to_owned(), "Jo\u{202e}\r\n@evil.com #1".to_owned()),
        ]);
        let fields = Fields {
            code: "123456",
            brand: "",
            minutes: 5,
            values: &values,
        };
        assert_eq!(
            template.render(&fields),
            Ok("123456 for {code} to Jo@evil.com #1".to_owned())
        );
    }

    #[test]
    fn a_template_that_cannot_work_is_refused() {
        for text in [
            "no code",
            "{code",
            "code}",
            "{Code}",
            "{code} {}",
            "{code} {a b}",
            "{code}}",
        ] {
            assert!(Template::parse(text).is_err(), "{text}");
        }
    }
}
