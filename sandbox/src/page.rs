//! The inbox page. It is complete without scripts; with them it stays current.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{Html, IntoResponse};
use serde::Deserialize;

use crate::message::{Content, Message};
use crate::recipient;
use crate::server::App;

const PAGE: &str = include_str!("../assets/inbox.html");
const ROW: &str = include_str!("../assets/row.html");
const STYLE: &str = include_str!("../assets/inbox.css");
const SCRIPT: &str = include_str!("../assets/inbox.js");
const ICON: &str = include_str!("../assets/icon.svg");

/// How many messages the page itself carries. The script asks for all; without it, older ones are a link away.
const ROWS: usize = 100;

/// Channels with an icon and a label of their own. The script reads the same labels from the icons in the page.
const CHANNELS: [(&str, &str); 4] = [
    ("sms", "SMS"),
    ("voice", "Voice"),
    ("whatsapp", "WhatsApp"),
    ("email", "E-mail"),
];

#[derive(Debug, Deserialize)]
pub(crate) struct PageQuestion {
    #[serde(default)]
    to: String,
}

pub(crate) async fn inbox(
    State(app): State<Arc<App>>,
    question: Result<Query<PageQuestion>, QueryRejection>,
    headers: HeaderMap,
) -> Html<String> {
    // A question that makes no sense gets the whole inbox: somebody is looking at this, not a program.
    let filter = question
        .map(|Query(question)| plus_restored(question.to))
        .unwrap_or_default();
    let all = app.inbox.newest(usize::MAX, |_| true);
    let found: Vec<_> = all
        .iter()
        .filter(|message| recipient::is_shown_under(&message.key, &filter))
        .collect();
    let rows: String = found.iter().take(ROWS).map(|message| row(message)).collect();
    let older = found.len().saturating_sub(ROWS);
    // The guard has let this host pass; the person reached the page under it, so that commands copied from it work.
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or("127.0.0.1:4680");
    Html(fill(
        PAGE,
        &[
            ("keep", &app.inbox.keep().to_string()),
            ("filter", &escape(&filter)),
            ("url", &escape(&format!("http://{host}"))),
            ("count", &count(found.len(), all.len())),
            ("count_hidden", hidden_if(found.is_empty())),
            ("rows", &rows),
            ("older", &older.to_string()),
            ("older_hidden", hidden_if(older == 0)),
            ("nothing_found_hidden", hidden_if(all.is_empty() || !found.is_empty())),
            ("empty_hidden", hidden_if(!all.is_empty())),
            ("row", &row(&blank())),
        ],
    ))
}

/// A link such as `/?to=+31612345678` means a plus, although it arrives as a blank.
fn plus_restored(filter: String) -> String {
    match filter.strip_prefix(' ') {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit()) => format!("+{rest}"),
        _ => filter,
    }
}

pub(crate) async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE)
}

pub(crate) async fn script() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], SCRIPT)
}

pub(crate) async fn icon() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "image/svg+xml")], ICON)
}

fn row(message: &Message) -> String {
    let content = &message.content;
    let known = CHANNELS
        .iter()
        .find(|(name, _)| content.channel.eq_ignore_ascii_case(name));
    let (icon, label) = known.copied().unwrap_or(("other", &content.channel));
    // An empty value says as little as none: a client without a tenant sends an empty one.
    let shown = |value: &Option<String>| {
        let text = value.as_deref().unwrap_or("");
        (escape(text), hidden_if(text.is_empty()))
    };
    let (code, code_hidden) = shown(&content.code);
    let (subject, subject_hidden) = shown(&content.subject);
    let (purpose, purpose_hidden) = shown(&content.purpose);
    let (tenant, tenant_hidden) = shown(&content.tenant);
    let (provider, provider_hidden) = shown(&content.provider);
    let (locale, locale_hidden) = shown(&content.locale);
    fill(
        ROW,
        &[
            ("id", &message.id),
            ("received_at", &message.received_at),
            ("icon", icon),
            ("channel", &escape(label)),
            ("to", &escape(&content.to)),
            ("text", &escape(&content.text)),
            ("code", &code),
            ("code_hidden", code_hidden),
            ("subject", &subject),
            ("subject_hidden", subject_hidden),
            ("purpose", &purpose),
            ("purpose_hidden", purpose_hidden),
            ("tenant", &tenant),
            ("tenant_hidden", tenant_hidden),
            ("provider", &provider),
            ("provider_hidden", provider_hidden),
            ("locale", &locale),
            ("locale_hidden", locale_hidden),
        ],
    )
}

/// The row that the script copies for each new message, so that the markup of a message exists once.
fn blank() -> Message {
    Message {
        id: String::new(),
        content: Content {
            to: String::new(),
            channel: String::new(),
            text: String::new(),
            code: None,
            purpose: None,
            tenant: None,
            provider: None,
            locale: None,
            subject: None,
        },
        received_at: String::new(),
        key: String::new(),
    }
}

/// Worded as in the script.
fn count(shown: usize, all: usize) -> String {
    let messages = if all == 1 { "message" } else { "messages" };
    if shown == all {
        format!("{all} {messages}")
    } else {
        format!("{shown} of {all} {messages}")
    }
}

fn hidden_if(condition: bool) -> &'static str {
    if condition { "hidden" } else { "" }
}

/// Puts values in place of `{{name}}`, in one pass: a value that holds such a mark itself stays as it is.
fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after
            .split_once("}}")
            .expect("each mark in the page's own templates is closed");
        let value = values.iter().find(|(known, _)| *known == name);
        out.push_str(before);
        out.push_str(value.expect("each mark in the page's own templates has a value").1);
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Makes text safe as an element's content and inside a quoted attribute.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_channel_has_an_icon_with_its_label() {
        for (name, label) in CHANNELS {
            assert!(
                PAGE.contains(&format!(r#"id="channel-{name}" data-label="{label}""#)),
                "{name}"
            );
        }
        assert!(PAGE.contains(r#"id="channel-other" viewBox"#));
    }

    #[test]
    fn values_are_not_searched_for_marks() {
        assert_eq!(fill("<{{a}}|{{b}}>", &[("a", "{{b}}"), ("b", "{{x")]), "<{{b}}|{{x>");
    }
}
