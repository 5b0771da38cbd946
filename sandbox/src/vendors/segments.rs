//! How many parts a text takes, and the code that it holds.

/// The characters of GSM 03.38 that take one septet, besides letters and digits of ASCII.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà";
/// Those that take two.
const EXTENDED: &str = "\u{c}^{}\\[~]|€";

/// The number of septets, if the alphabet of GSM can write this.
pub(super) fn septets(text: &str) -> Option<usize> {
    text.chars()
        .map(|c| match c {
            c if c.is_ascii_alphanumeric() || BASIC.contains(c) => Some(1),
            c if EXTENDED.contains(c) => Some(2),
            _ => None,
        })
        .sum()
}

/// The number of parts that a text is sent in.
pub(super) fn parts(text: &str) -> usize {
    let (units, alone, chained) = match septets(text) {
        Some(septets) => (septets, 160, 153),
        None => (text.encode_utf16().count(), 70, 67),
    };
    if units <= alone { 1 } else { units.div_ceil(chained) }
}

/// The code in a text: its only run of 4 to 10 digits. Where there are several, nobody can tell, and there is none.
pub(super) fn code(text: &str) -> Option<&str> {
    let runs = text.split(|c: char| !c.is_ascii_digit());
    let mut codes = runs.filter(|run| (4..=10).contains(&run.len()));
    let first = codes.next()?;
    // Browsers want the code a second time, on a last line.
    codes.all(|other| other == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_follow_the_alphabet() {
        assert_eq!(parts(""), 1);
        assert_eq!(parts(&"a".repeat(160)), 1);
        assert_eq!(parts(&"a".repeat(161)), 2);
        assert_eq!(parts(&"€".repeat(80)), 1);
        assert_eq!(parts(&"€".repeat(81)), 2);
        assert_eq!(parts(&"a".repeat(307)), 3);
        assert_eq!(parts(&"码".repeat(70)), 1);
        assert_eq!(parts(&"码".repeat(71)), 2);
        assert_eq!(parts(&"😀".repeat(35)), 1);
        assert_eq!(parts(&"😀".repeat(36)), 2);
        assert_eq!(septets("Prijs: 5 € [één]"), Some(19));
        assert_eq!(septets("码"), None);
    }

    #[test]
    fn a_code_is_found_only_where_it_is_plain() {
        assert_eq!(code("Your code is 042424."), Some("042424"));
        assert_eq!(code("码 123456"), Some("123456"));
        assert_eq!(code("123456 is your code\n\n@example.com #123456"), Some("123456"));
        assert_eq!(code("Acme 24: your code is 1234"), Some("1234"));
        for text in ["", "no code", "call 0201234567 or type 1234", "12345678901", "123"] {
            assert_eq!(code(text), None, "{text}");
        }
    }
}
