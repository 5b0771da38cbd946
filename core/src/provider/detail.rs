//! The words of providers, made fit for events and logs: vendors and exceptions like to repeat number and code.

use crate::types::{Code, Recipient};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

const LONGEST: usize = 300;
/// Vendors' pages are not read to their end.
const READ: usize = 10_000;
const HIDDEN: &str = "[hidden]";
/// From so many digits on, a number may be a phone number, however it is written. Vendors' error codes are shorter.
const NUMBER_DIGITS: usize = 7;

/// The text without the recipient, without the code, without anything that could be a phone number, and on one line.
pub(crate) fn hide(text: &str, to: &Recipient, code: &Code) -> String {
    // Hidden first and cut afterwards: a number on the border must not lose the digits that give it away.
    let line: String = text
        .chars()
        .take(READ)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let line = hide_word(&line, code.expose());
    let line = match to {
        Recipient::Email(email) => hide_mailbox(line, email.as_str()),
        Recipient::Phone(_) => line,
    };
    hide_numbers(&line, code.expose()).chars().take(LONGEST).collect()
}

/// Replaces a mailbox as it stands in a text, a URL, JSON or a page.
fn hide_mailbox(line: String, mailbox: &str) -> String {
    let in_a_url = utf8_percent_encode(mailbox, NON_ALPHANUMERIC).to_string();
    let in_a_form = mailbox.replace('+', "%2B").replace('@', "%40");
    let in_json = mailbox.replace('+', "\\u002b").replace('@', "\\u0040");
    let in_a_page = mailbox.replace('+', "&#43;").replace('@', "&#64;");
    let only_the_at = ["%40", "\\u0040", "&#64;"].map(|at| mailbox.replace('@', at));
    [mailbox.to_owned(), in_a_url, in_a_form, in_json, in_a_page]
        .iter()
        .chain(&only_the_at)
        .fold(line, |line, spelling| hide_word(&line, spelling))
}

/// Replaces a word, in capitals or not.
fn hide_word(text: &str, word: &str) -> String {
    // ASCII lowering keeps every byte in its place.
    let (low, word) = (text.to_ascii_lowercase(), word.to_ascii_lowercase());
    let mut shown = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(found) = low[at..].find(&word) {
        shown.push_str(&text[at..at + found]);
        shown.push_str(HIDDEN);
        at += found + word.len();
    }
    shown.push_str(&text[at..]);
    shown
}

/// Replaces each run of digits, with what people write between them, that is long or holds the code.
fn hide_numbers(text: &str, code: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let run = &rest[start..];
        let between = |c: char| c.is_ascii_digit() || " -.()/\u{a0}".contains(c);
        let run = run.split_once(|c| !between(c)).map_or(run, |(run, _)| run);
        let run = run.trim_end_matches(|c: char| !c.is_ascii_digit());
        let digits: String = run.chars().filter(char::is_ascii_digit).collect();
        shown.push_str(&rest[..start]);
        let hidden = digits.len() >= NUMBER_DIGITS || digits.contains(code);
        shown.push_str(if hidden { HIDDEN } else { run });
        rest = &rest[start + run.len()..];
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Alphabet;

    fn shown(text: &str, to: &str) -> String {
        let code = Code::parse("042424", Alphabet::Digits).ok().unwrap();
        hide(text, &Recipient::parse(to, None).unwrap(), &code)
    }

    #[test]
    fn number_and_code_are_hidden_however_they_are_written() {
        for text in [
            "to +31612345678",
            "to 31 6 1234 5678!",
            "to (06) 12-34-56-78",
            "code 042424",
            "code 04 24 24",
            "x042424y",
        ] {
            let shown = shown(text, "+31612345678");
            let digits: String = shown.chars().filter(char::is_ascii_digit).collect();
            assert!(shown.contains(HIDDEN) && digits.is_empty(), "{text}: {shown}");
        }
        assert_eq!(
            shown("no mailbox Jo@Example.com here", "jo@example.com"),
            "no mailbox [hidden] here"
        );
    }

    #[test]
    fn a_mailbox_is_hidden_in_a_url_in_json_and_in_a_page() {
        for text in [
            "GET /v?to=jo+x%40example.com",
            "GET /v?to=jo%2Bx%40example.com",
            "GET /v?to=jo%2bx%40example%2ecom",
            r#"{"to":"jo+x\u0040example.com"}"#,
            r#"{"to":"jo\u002Bx\u0040example.com"}"#,
            "<p>jo+x&#64;example.com</p>",
        ] {
            let shown = shown(text, "jo+x@example.com");
            assert!(
                shown.contains(HIDDEN) && !shown.contains("jo") && !shown.contains("example"),
                "{shown}"
            );
        }
    }

    #[test]
    fn what_an_operator_needs_stays() {
        assert_eq!(
            shown("HTTP 503, error 21211\nretry", "+31612345678"),
            "HTTP 503, error 21211 retry"
        );
        assert_eq!(shown(&"ä".repeat(1000), "+31612345678").chars().count(), LONGEST);
    }
}
