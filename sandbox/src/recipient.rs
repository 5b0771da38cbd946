//! Comparing recipients as people and programs write them.

/// The form recipients are compared in: without blanks, "-", "(" and ")".
pub(crate) fn key(recipient: &str) -> String {
    recipient.chars().filter(|c| !is_filler(*c)).collect()
}

/// Whether a recipient with this key is the one asked for. A `+` in a query string arrives as a blank unless the
/// client wrote `%2B`, so that a blank in the question may also stand for a `+`.
pub(crate) fn is_asked_for(key: &str, asked: &str) -> bool {
    let mut key = key.chars().peekable();
    let mut maybe_plus = false;
    for c in asked.chars() {
        if is_filler(c) {
            maybe_plus |= c.is_whitespace();
            continue;
        }
        if maybe_plus && c != '+' {
            key.next_if_eq(&'+');
        }
        maybe_plus = false;
        if key.next() != Some(c) {
            return false;
        }
    }
    key.next().is_none()
}

/// Whether the inbox page shows a recipient under this filter: a part of it is enough there, in any case.
pub(crate) fn is_shown_under(key: &str, filter: &str) -> bool {
    fn bare(s: &str) -> String {
        s.chars()
            .filter(|c| !is_filler(*c) && *c != '+')
            .collect::<String>()
            .to_lowercase()
    }
    bare(key).contains(&bare(filter))
}

/// Whether two ways to write a recipient mean the same one. Vendors write numbers with and without the plus.
pub(crate) fn is_same(one: &str, other: &str) -> bool {
    let bare = |s: &str| key(s).trim_start_matches('+').to_lowercase();
    bare(one) == bare(other)
}

fn is_filler(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '(' | ')')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_does_not_matter() {
        for asked in [
            "+31612345678",
            "+31 6 1234-5678",
            "(+31) 612345678",
            " 31612345678",
            " 31 6 12345678",
        ] {
            assert!(is_asked_for(&key("+31 (6) 1234 5678"), asked), "{asked:?}");
        }
        assert!(is_asked_for("ada+test@example.com", "ada test@example.com"));
        assert!(is_asked_for("ada+test@example.com", "ada+test@example.com"));
    }

    #[test]
    fn a_part_or_another_recipient_is_no_match() {
        for asked in [
            "",
            " ",
            "31612345678",
            "+3161234567",
            "+316123456789",
            "++31612345678",
            "+31612345679",
        ] {
            assert!(!is_asked_for("+31612345678", asked), "{asked:?}");
        }
        assert!(!is_asked_for("ada+test@example.com", "adatest@example.com"));
        assert!(!is_asked_for("ada@example.com", "Ada@example.com"));
    }

    #[test]
    fn the_page_filter_takes_a_part() {
        for filter in ["", "+31", "1234 5678", "(31) 6"] {
            assert!(is_shown_under("+31612345678", filter), "{filter:?}");
        }
        assert!(is_shown_under("ada@example.com", "ADA"));
        assert!(!is_shown_under("+31612345678", "32"));
    }

    #[test]
    fn a_plus_makes_no_other_recipient() {
        assert!(is_same("+31 6 1234 5678", "31612345678"));
        assert!(is_same("Ada@example.com", "ada@Example.com"));
        assert!(!is_same("+31612345678", "+31612345679"));
        assert!(!is_same("+31612345678", "+316123456789"));
    }
}
