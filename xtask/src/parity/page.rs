//! docs/generated/parity.md

use super::{
    C_WEBHOOK, OBJECTS, REPLIES, VERBS, c_functions, camel, constant, is_tag, properties, python, python_error,
    reply_fields,
};
use otpkit::ErrorKind;
use otpkit_bindings_common::webhook;
use otpkit_bindings_common::wire::Call;
use std::fmt::Write as _;

/// The page.
pub(crate) fn page() -> String {
    let mut text = format!(
        "# The same in every language\n\n{}\nEvery verb, setting and error, by its name in each language. A check compares this page with the sources of all of them.\n\
         JSON (documents of settings, C, `tests/vectors`) has the names of the column *document*.\n",
        crate::generated::NOTICE
    );
    verbs(&mut text);
    replies(&mut text);
    settings(&mut text);
    errors(&mut text);
    text
}

fn verbs(text: &mut String) {
    text.push_str("\n## Verbs\n\n| verb | Rust | Node | Python (and `await` with `AsyncOtpkit`) | C | reply |\n|---|---|---|---|---|---|\n");
    for (verb, rust, _, reply, json) in VERBS {
        let c = c_functions(verb, *json)
            .iter()
            .map(|name| format!("`{name}`"))
            .collect::<Vec<_>>()
            .join(", ");
        let _ = writeln!(
            text,
            "| {verb} | `client.{verb}({rust})` | `otp.{verb}({{...}})` | `otp.{verb}(...)` | {c} | `{reply}` |"
        );
    }
    let c: Vec<_> = C_WEBHOOK.iter().map(|name| format!("`{name}`")).collect();
    let _ = writeln!(
        text,
        "| webhook | `client.webhook(provider, WebhookRequest)` | `otp.webhook(provider, {{...}})` | `otp.webhook(provider, ...)` | {} | `Reported` |",
        c.join(", ")
    );
    text.push_str("\nFields of the calls, by the same names everywhere:\n\n| field |");
    let names = || VERBS.iter().map(|row| row.0);
    let _ = writeln!(
        text,
        " {} |\n|---|{}",
        names().collect::<Vec<_>>().join(" | "),
        "---|".repeat(VERBS.len())
    );
    let mut fields: Vec<&str> = Vec::new();
    for row in &Call::FIELDS {
        let news: Vec<_> = row
            .1
            .iter()
            .chain(row.2)
            .filter(|name| !fields.contains(*name))
            .collect();
        fields.extend(news);
    }
    for field in fields {
        let _ = write!(text, "| `{field}` |");
        for verb in names() {
            let row = Call::FIELDS.iter().find(|row| row.0 == verb);
            let mark = match row {
                Some(row) if row.1.contains(&field) => "required",
                Some(row) if row.2.contains(&field) => "yes",
                _ => "",
            };
            let _ = write!(text, " {mark} |");
        }
        text.push('\n');
    }
    let list = |names: &[&str]| {
        names
            .iter()
            .map(|name| format!("`{name}`"))
            .collect::<Vec<_>>()
            .join(" and ")
    };
    let (required, optional) = webhook::FIELDS;
    let _ = writeln!(
        text,
        "\n`webhook` takes the name of a provider and a vendor's request: {}, which are required, {}.",
        list(required),
        list(optional)
    );
}

fn replies(text: &mut String) {
    text.push_str(
        "\n## Replies\n\nTimes are `SystemTime` in Rust, `Date` in Node, aware `datetime` in Python and RFC 3339 text in JSON and C. In C every field is read by\n\
         `otpkit_reply_get(reply, name)`; many have a function of their own.\n\n",
    );
    let dashes = "---|".repeat(REPLIES.len());
    let _ = writeln!(
        text,
        "| document, Rust, Python, C | Node | {} |\n|---|---|{dashes}",
        REPLIES.join(" | ")
    );
    let all: Vec<Vec<String>> = REPLIES.iter().map(|reply| reply_fields(reply)).collect();
    let mut shown: Vec<&String> = Vec::new();
    for field in all.iter().flatten() {
        if shown.contains(&field) {
            continue;
        }
        shown.push(field);
        let _ = write!(text, "| `{field}` | `{}` |", camel(field));
        for fields in &all {
            let _ = write!(text, " {} |", if fields.contains(field) { "yes" } else { "" });
        }
        text.push('\n');
    }
}

fn settings(text: &mut String) {
    let schema = otpkit::settings_schema();
    text.push_str(
        "\n## Settings\n\nThe whole schema, with bounds and help, is [settings.schema.json](settings.schema.json).\n",
    );
    for (object, typescript, class) in OBJECTS {
        let class = class.unwrap_or("attributes of the provider");
        let _ = write!(
            text,
            "\n### {object}\n\nRust `{object}`, Node `{typescript}`, Python `{class}`.\n\n| document, C | Rust | Node | Python | |\n|---|---|---|---|---|\n"
        );
        for (name, property) in properties(&schema, object) {
            let rust = if is_tag(object, name) {
                "the type itself".into()
            } else {
                format!("`{name}`")
            };
            let title = property["title"].as_str().unwrap_or_default();
            let _ = writeln!(
                text,
                "| `{name}` | {rust} | `{}` | `{}` | {title} |",
                camel(name),
                python(name)
            );
        }
    }
    text.push_str("\nBeside the document: `observer` (Rust), `onEvent` (Node), `on_event` (Python), `otpkit_builder_on_event` (C).\n");
}

fn errors(text: &mut String) {
    text.push_str(
        "\n## Errors\n\n| document, Node | number | Rust | Python | C | group |\n|---|---|---|---|---|---|\n",
    );
    for kind in ErrorKind::ALL {
        let (code, number, group) = (kind.code(), kind.number(), kind.group().as_str());
        let _ = writeln!(
            text,
            "| `{code}` | {number} | `ErrorKind::{kind:?}` | `{}` | `{}` | {group} |",
            python_error(*kind),
            constant(*kind)
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verb_setting_and_error_is_on_the_page() {
        let page = page();
        for row in &Call::FIELDS {
            assert!(page.contains(&format!("| {} | `client.{}(", row.0, row.0)), "{}", row.0);
        }
        for kind in ErrorKind::ALL {
            assert!(
                page.contains(&format!("| `{}` | {} |", kind.code(), kind.number())),
                "{kind}"
            );
        }
        for (name, _) in
            crate::schema::objects(&otpkit::settings_schema()).flat_map(|(_, object)| crate::schema::properties(object))
        {
            assert!(page.contains(&format!("| `{name}` |")), "{name}");
        }
        assert!(page.contains("| `attempts_left` | `attemptsLeft` |"));
    }
}
