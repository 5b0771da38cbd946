//! G14: what is no code is `invalid_input` that names the field. It reaches no comparison and spends nothing.

use crate::support::{Desk, NL, now};
use otpkit::{Check, Error, ErrorKind};
use serde_json::json;
use std::collections::HashSet;

/// Strings that are no code of digits. `{}` stands for the right code: what surrounds or disguises it must not pass.
const HOSTILE_CODES: &[&str] = &[
    "",
    " ",
    "      ",
    "\t\r\n",
    "\0",
    "\0\0\0\0\0\0",
    "0",
    "1",
    "12",
    "123",
    "12345678901",
    "00000000000000000000",
    "null",
    "NULL",
    "true",
    "false",
    "undefined",
    "NaN",
    "Infinity",
    "nil",
    "None",
    "[object Object]",
    "{}\0",
    "\0{}",
    "{}\u{a0}",
    "\u{a0}{}",
    "{}\u{200b}",
    "\u{200b}{}",
    "{}\u{feff}",
    "\u{feff}{}",
    "{}\u{2028}",
    "{}\u{3000}",
    "\u{202e}{}",
    "{}\u{b}",
    "{}\u{c}",
    "{}\u{85}",
    "+{}",
    "-{}",
    "0x{}",
    "{}x",
    "{};",
    "{},",
    "{}.0",
    "{}e0",
    "1e5",
    "4.24242e5",
    "0x67932",
    "0b101010",
    "0o777777",
    "42_42_42",
    "42,424",
    "42.4242",
    "424 242",
    "42 42 42",
    "424-242",
    "4\t24242",
    "4\n24242",
    "42424\u{0}",
    "%34%32%34%32",
    "&#52;2424",
    "\\u003424",
    "４２４２４２",
    "٤٢٤٢٤٢",
    "۴۲۴۲۴۲",
    "४२४२४२",
    "๔๒๔๒๔๒",
    "𝟒𝟐𝟒𝟐𝟒𝟐",
    "²²²²²²",
    "①②③④⑤⑥",
    "４24242",
    "42424２",
    "424242\u{301}",
    "四二四二四二",
    "IVIIIV",
    "abcdef",
    "42424O",
    "42424l",
    "' OR '1'='1",
    "\" or 1=1--",
    "{\"$ne\":null}",
    "{\"$gt\":\"\"}",
    "[424242]",
    "${code}",
    "{{code}}",
    "../../etc",
    "<script>",
    "{}{}",
    "{} {}",
    "{}\n{}",
    "\u{10ffff}",
    "🔢🔢🔢🔢🔢🔢",
    "%s%s%s",
    "%n%n%n%n",
];

pub(crate) fn refuses<T: std::fmt::Debug>(answer: Result<T, Error>, field: &str, what: &str) {
    let shown: String = what.chars().take(40).collect();
    let error = answer.expect_err(&shown);
    assert_eq!(
        (error.kind(), error.field()),
        (ErrorKind::InvalidInput, Some(field)),
        "{shown:?}"
    );
    // The sentence helps and does not repeat what came in.
    assert!(error.message().len() < 200 && error.message().contains(' '), "{error}");
    assert!(
        shown.trim().len() < 4 || !error.message().contains(shown.trim()),
        "{error}"
    );
}

#[test]
fn g14_what_is_no_code_never_reaches_the_comparison() {
    let desk = Desk::open();
    let started = desk.start(NL);
    let right = desk.tray.code(NL);
    let id = started.id.as_str();
    let distinct: HashSet<_> = HOSTILE_CODES.iter().collect();
    for hostile in HOSTILE_CODES {
        let hostile = hostile.replace("{}", &right);
        refuses(now(desk.otp.check(Check::new(id, hostile.clone()))), "code", &hostile);
    }
    println!(
        "G14: {} hostile codes, 0 accepted, attempts left {}",
        distinct.len(),
        desk.left(&started)
    );
    assert!(distinct.len() >= 60);
    assert_eq!(distinct.len(), HOSTILE_CODES.len());
    assert_eq!(desk.left(&started), 5);
    assert!(desk.check(&started, &right).approved);
}

#[test]
fn g14_blanks_tabs_and_line_ends_around_a_code_are_dropped_and_cannot_use_it_twice() {
    for (before, after) in [("", ""), (" ", " "), ("\t", "\r\n"), ("\n\n", "   "), ("\r", "\t\t")] {
        let desk = Desk::open();
        let started = desk.start(NL);
        let right = desk.tray.code(NL);
        assert!(desk.check(&started, &format!("{before}{right}{after}")).approved);
        for (before, after) in [("", ""), (" ", ""), ("", "\n"), ("\t", "\r")] {
            assert!(!desk.check(&started, &format!("{before}{right}{after}")).approved);
        }
    }
}

#[test]
fn g14_a_code_of_another_length_is_a_guess_like_any_other() {
    let desk = Desk::open();
    let started = desk.start(NL);
    let right = desk.tray.code(NL);
    for (guess, left) in [
        (&right[..5], 4),
        (&right[1..], 3),
        (&format!("{right}0"), 2),
        (&format!("0{right}"), 1),
    ] {
        assert_eq!(desk.check(&started, guess).attempts_left, Some(left), "{guess}");
    }
    assert!(desk.check(&started, &right).approved);
}

#[test]
fn g14_letters_of_the_unambiguous_alphabet_pass_in_both_cases_and_no_others() {
    let policy = json!({ "alphabet": "unambiguous", "length": 8, "resend_after_seconds": [0] });
    let desk = Desk::new(json!({ "policy": policy }));
    let started = desk.start(NL);
    let right = desk.tray.code(NL);
    assert!(
        right.len() == 8 && right.bytes().all(|byte| b"23456789BCDFGHJKMNPQRSTVWXZ".contains(&byte)),
        "{right}"
    );
    for hostile in [
        "",
        "BCDF",
        "ＢＣＤＦＧＨＪＫ",
        "BCD FGHJ",
        "ſſſſſſſſ",
        "BCDFGHJK\0",
        "\u{212a}\u{212a}\u{212a}\u{212a}",
    ] {
        if hostile != "BCDF" {
            refuses(
                now(desk.otp.check(Check::new(started.id.as_str(), hostile))),
                "code",
                hostile,
            );
        }
    }
    assert_eq!(desk.left(&started), 5);
    assert!(desk.check(&started, &right.to_ascii_lowercase()).approved);
}
