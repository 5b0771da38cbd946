//! The one table of errors, for people and for programs.

use otpkit::ErrorKind;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// docs/generated/errors.json
pub(crate) fn errors_json() -> String {
    let rows: Vec<Value> = ErrorKind::ALL
        .iter()
        .map(|kind| json!({"code": kind.code(), "number": kind.number(), "group": kind.group().as_str(), "help": kind.help()}))
        .collect();
    pretty(&Value::Array(rows))
}

/// docs/generated/errors.md
pub(crate) fn errors_md() -> String {
    let mut text = format!(
        "# Errors\n\n{}\nThere are three groups: *input* (the same call fails again), *wait* (the error tells how long) and *outage*. A wrong code is\n\
         none of them: it is a reply of `check`. Codes and numbers never change their meaning.\n\n| code | number | group | meaning |\n|---|---|---|---|\n",
        crate::generated::NOTICE
    );
    for kind in ErrorKind::ALL {
        let (code, number, group) = (kind.code(), kind.number(), kind.group().as_str());
        let help = kind.help().split_whitespace().collect::<Vec<_>>().join(" ");
        let _ = writeln!(text, "| `{code}` | {number} | {group} | {help} |");
    }
    text
}

/// docs/generated/provider-errors.md
pub(crate) fn provider_errors_md() -> String {
    let mut text = format!(
        "# Errors of the vendors\n\n{}\nWhat the error codes of each vendor mean to otpkit: the result of a send (or of a verifier's creation), and of a check.\n\
         The first row that fits holds. A code that is not listed means what its HTTP status means; see `docs/providers.md`.\n",
        crate::generated::NOTICE
    );
    for table in otpkit::provider_errors() {
        let _ = writeln!(
            text,
            "\n## {}\n\n| code | about | kind | send | check | meaning |\n|---|---|---|---|---|---|",
            table.vendor
        );
        for row in table.rows() {
            let about = if row.about.is_empty() {
                "-".into()
            } else {
                format!("`{}`", row.about)
            };
            let _ = writeln!(
                text,
                "| {} | {about} | {} | {} | {} | {} |",
                row.code, row.kind, row.send, row.check, row.means
            );
        }
    }
    text
}

pub(crate) fn pretty(value: &Value) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("a JSON value is text");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_row() {
        for kind in ErrorKind::ALL {
            let row = format!("| `{}` | {} |", kind.code(), kind.number());
            assert_eq!(errors_md().matches(&row).count(), 1, "{kind}");
        }
        let rows: Value = serde_json::from_str(&errors_json()).unwrap();
        assert_eq!(rows.as_array().unwrap().len(), ErrorKind::ALL.len());
    }
}
