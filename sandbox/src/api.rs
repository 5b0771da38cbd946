//! The JSON API.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, timeout_at};

use crate::body;
use crate::message::{Content, Message};
use crate::recipient;
use crate::refusal::{Refusal, json};
use crate::server::{App, stopped};

/// The longest a question waits for a message.
const MAX_WAIT: Duration = Duration::from_secs(30);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Question {
    to: Option<String>,
    limit: Option<usize>,
    wait_ms: Option<u64>,
}

impl Question {
    /// How long to wait for a first message: not at all unless asked, and never longer than the bound.
    fn wait(&self) -> Duration {
        Duration::from_millis(self.wait_ms.unwrap_or(0)).min(MAX_WAIT)
    }
}

pub(crate) async fn post_message(State(app): State<Arc<App>>, request: Request) -> Result<impl IntoResponse, Refusal> {
    #[derive(Serialize)]
    struct Added<'a> {
        id: &'a str,
    }
    require_json(request.headers())?;
    let body = body::read(request).await?;
    let message = app.inbox.add(Content::parse(&body)?);
    Ok((StatusCode::CREATED, json(&Added { id: &message.id })))
}

pub(crate) async fn list_messages(
    State(app): State<Arc<App>>,
    question: Result<Query<Question>, QueryRejection>,
) -> Result<impl IntoResponse, Refusal> {
    #[derive(Serialize)]
    struct Messages {
        messages: Vec<Arc<Message>>,
    }
    let Query(question) = question.map_err(|rejection| Refusal::invalid_input(rejection.body_text()))?;
    if question.to.as_deref().is_some_and(|to| recipient::key(to).is_empty()) {
        let message = "`to` is empty: name a recipient, or leave `to` out to see every message";
        return Err(Refusal::invalid_input(message).of_field("to"));
    }
    if question.limit == Some(0) {
        return Err(Refusal::invalid_input("`limit` must be at least 1").of_field("limit"));
    }
    let messages = find_or_wait(&app, &question).await?;
    Ok(json(&Messages { messages }))
}

pub(crate) async fn delete_messages(State(app): State<Arc<App>>) -> StatusCode {
    app.inbox.clear();
    StatusCode::NO_CONTENT
}

/// What became of the last delivery reports.
pub(crate) async fn list_reports(State(app): State<Arc<App>>) -> impl IntoResponse {
    json(&serde_json::json!({ "reports": app.reports.outcomes() }))
}

pub(crate) async fn healthz() -> impl IntoResponse {
    json(&serde_json::json!({ "ok": true }))
}

pub(crate) async fn not_found() -> Refusal {
    let message = "there is nothing here: the inbox is at /, its messages are at /api/messages";
    Refusal::new(StatusCode::NOT_FOUND, "not_found", message)
}

pub(crate) async fn method_not_allowed() -> Refusal {
    let message = "this address does not take that method: the Allow header names those it takes";
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message)
}

async fn find_or_wait(app: &App, question: &Question) -> Result<Vec<Arc<Message>>, Refusal> {
    let find = || {
        app.inbox.newest(question.limit.unwrap_or(usize::MAX), |message| {
            question
                .to
                .as_deref()
                .is_none_or(|to| recipient::is_asked_for(&message.key, to))
        })
    };
    let wait = question.wait();
    let deadline = Instant::now() + wait;
    let mut stopping = app.stopping.clone();
    // Listening starts before the first look, so that no message falls between the two.
    let mut changes = app.inbox.changes();
    loop {
        let found = find();
        if !found.is_empty() || wait.is_zero() {
            return Ok(found);
        }
        tokio::select! {
            // Whatever the change was, or how many were missed, the next look tells.
            changed = timeout_at(deadline, changes.recv()) => if changed.is_err() {
                return Ok(find());
            },
            () = stopped(&mut stopping) => {
                let message = "the sandbox is shutting down: start it again and repeat the request";
                return Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "shutting_down", message));
            }
        }
    }
}

/// A web page may post text or a form to any host unasked; it may not post JSON. So JSON is what must be said.
pub(crate) fn require_json(headers: &HeaderMap) -> Result<(), Refusal> {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    let essence = content_type.split(';').next().unwrap_or("").trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let message = "the content type must be application/json";
    Err(Refusal::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported_media_type",
        message,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_waits_longer_than_the_bound() {
        let wait = |wait_ms| {
            Question {
                to: None,
                limit: None,
                wait_ms,
            }
            .wait()
        };
        assert_eq!(wait(None), Duration::ZERO);
        assert_eq!(wait(Some(250)), Duration::from_millis(250));
        assert_eq!(wait(Some(u64::MAX)), MAX_WAIT);
    }
}
