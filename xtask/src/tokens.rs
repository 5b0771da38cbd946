//! Just enough of Rust's grammar to read paths: comments and strings are dropped, the rest is words and marks.

/// A word or a mark, and its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token<'t> {
    pub(crate) text: &'t str,
    pub(crate) line: usize,
}

/// The words and marks of a file.
pub(crate) fn tokens(text: &str) -> Vec<Token<'_>> {
    let bytes = text.as_bytes();
    let (mut at, mut line) = (0, 1);
    let mut found = Vec::new();
    while at < bytes.len() {
        let end = match bytes[at] {
            b'/' if bytes[at..].starts_with(b"//") => end_of(text, at, "\n"),
            b'/' if bytes[at..].starts_with(b"/*") => end_of_block(bytes, at),
            b'"' => end_of_string(bytes, at + 1),
            b'\'' => end_of_quote(text, at),
            b'r' | b'b' | b'c' if begins_string(bytes, at) => end_of_prefixed(text, at),
            byte if is_word(byte) => at + bytes[at..].iter().take_while(|byte| is_word(**byte)).count(),
            b':' if bytes[at..].starts_with(b"::") => at + 2,
            byte if byte.is_ascii() => at + 1,
            _ => at + text[at..].chars().next().map_or(1, char::len_utf8),
        };
        let piece = &text[at..end];
        let first = bytes[at];
        if is_word(first) && !begins_string(bytes, at)
            || piece == "::"
            || (piece.len() == 1 && first.is_ascii_punctuation())
        {
            found.push(Token { text: piece, line });
        }
        line += piece.bytes().filter(|byte| *byte == b'\n').count();
        at = end;
    }
    found
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

/// Whether `r"`, `r#"`, `b"`, `br"`, `c"` or the like stands here, and not a word that begins so.
fn begins_string(bytes: &[u8], at: usize) -> bool {
    if at > 0 && is_word(bytes[at - 1]) {
        return false;
    }
    let letters = bytes[at..].iter().take_while(|byte| b"rbc".contains(byte)).count();
    let raw = bytes[at..at + letters].contains(&b'r');
    let marks = bytes[at + letters..].iter().take_while(|byte| **byte == b'#').count();
    (1..=2).contains(&letters) && (raw || marks == 0) && bytes.get(at + letters + marks) == Some(&b'"')
}

fn end_of_prefixed(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    let quote = at + bytes[at..].iter().take_while(|byte| **byte != b'"').count();
    if !bytes[at..quote].contains(&b'r') {
        return end_of_string(bytes, quote + 1);
    }
    let marks = bytes[at..quote].iter().filter(|byte| **byte == b'#').count();
    end_of(text, quote + 1, &format!("\"{}", "#".repeat(marks)))
}

fn end_of(text: &str, at: usize, what: &str) -> usize {
    text[at..]
        .find(what)
        .map_or(text.len(), |found| at + found + what.len())
}

fn end_of_block(bytes: &[u8], mut at: usize) -> usize {
    let mut depth = 0;
    while at < bytes.len() {
        match &bytes[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

fn end_of_string(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() && bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(bytes.len())
}

/// A character in quotes, or a lifetime's mark.
fn end_of_quote(text: &str, at: usize) -> usize {
    let inside = &text[at + 1..];
    let mut characters = inside.chars();
    match (characters.next(), characters.next()) {
        (Some('\\'), Some(escaped)) => end_of(text, at + 2 + escaped.len_utf8(), "'"),
        (Some(one), Some('\'')) => at + 2 + one.len_utf8(),
        _ => at + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<(&str, usize)> {
        tokens(text).iter().map(|token| (token.text, token.line)).collect()
    }

    #[test]
    fn comments_and_strings_are_no_words() {
        let text = "// crate::a\n/* crate::b /* c */ */ use d::e; \"crate::f\\\"g\" r#\"h\"i\"# b\"j\" br\"k\" 'l' '\\'' 'm: x";
        let found: Vec<_> = words(text).iter().map(|(word, _)| *word).collect();
        assert_eq!(found, ["use", "d", "::", "e", ";", "'", "m", ":", "x"]);
    }

    #[test]
    fn lines_are_counted_over_strings_and_comments() {
        assert_eq!(words("a\n\"\n\n\" b /*\n*/\nc"), [("a", 1), ("b", 4), ("c", 6)]);
    }

    #[test]
    fn words_that_begin_like_strings_are_words() {
        assert_eq!(
            words("rb cr r#use b_\"x\""),
            [("rb", 1), ("cr", 1), ("r", 1), ("#", 1), ("use", 1), ("b_", 1)]
        );
    }
}
