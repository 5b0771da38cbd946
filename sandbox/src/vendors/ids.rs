//! Ids and codes, drawn from the operating system's generator.

/// So many hexadecimal digits.
pub(super) fn hex(digits: usize) -> String {
    (0..digits)
        .map(|_| char::from(b"0123456789abcdef"[below(16)]))
        .collect()
}

/// A code of so many digits, leading zeros kept.
pub(super) fn digits(length: usize) -> String {
    (0..length).map(|_| char::from(b"0123456789"[below(10)])).collect()
}

/// A Twilio SID: two letters and 32 hexadecimal digits.
pub(super) fn sid(prefix: &str) -> String {
    format!("{prefix}{}", hex(32))
}

/// Whether this is a SID of that kind.
pub(super) fn is_sid(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix)
        .is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Each number below the bound (at most 256) is as likely as any other.
fn below(bound: u8) -> usize {
    let fair = u8::MAX - u8::MAX % bound;
    loop {
        let mut byte = [0];
        getrandom::fill(&mut byte).expect("an operating system gives random bytes");
        if byte[0] < fair {
            return usize::from(byte[0] % bound);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_digit_comes_about_equally_often() {
        let mut counts = [0_u32; 10];
        for digit in digits(20_000).bytes() {
            counts[usize::from(digit - b'0')] += 1;
        }
        // Six standard deviations of a fair draw are about 255.
        assert!(counts.iter().all(|count| count.abs_diff(2_000) < 255), "{counts:?}");
    }

    #[test]
    fn sids_are_told_by_prefix_and_length() {
        assert!(is_sid(&sid("VE"), "VE"));
        assert_ne!(sid("VE"), sid("VE"));
        for text in [
            "",
            "VE",
            "VE1",
            &sid("VA"),
            &format!("{}0", sid("VE")),
            &format!("VE{}", "g".repeat(32)),
        ] {
            assert!(!is_sid(text, "VE"), "{text}");
        }
    }
}
