//! Refused requests: what was wrong, what to do, and a stable kind.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A refusal; it answers `{"error": kind, "message": ..., "field": ...}`.
#[derive(Debug, Serialize)]
pub(crate) struct Refusal {
    #[serde(skip)]
    status: StatusCode,
    error: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
}

impl Refusal {
    pub(crate) fn invalid_input(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_input", message)
    }

    pub(crate) fn new(status: StatusCode, error: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            error,
            message: message.into(),
            field: None,
        }
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn of_field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, json(&self)).into_response()
    }
}

/// A JSON body with its content type.
pub(crate) fn json(value: &impl Serialize) -> Response {
    let body = serde_json::to_vec(value).expect("replies hold only strings, numbers and lists");
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// Parses a JSON object that must be whole and alone; a refusal names the field that is to blame.
pub(crate) fn parse_object<T: DeserializeOwned>(body: &[u8], what: &str) -> Result<T, Refusal> {
    // Serde would also take the fields as a list, by position; the contract is an object.
    if body.trim_ascii_start().first().is_some_and(|byte| *byte != b'{') {
        let message = format!("the body is not {what}: send one JSON object");
        return Err(Refusal::invalid_input(message));
    }
    let mut json = serde_json::Deserializer::from_slice(body);
    let parsed = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let field = error.path().to_string();
        let refusal = Refusal::invalid_input(format!("the body is not {what}: {}", error.inner()));
        // "." is the document itself: no single field is to blame.
        if field == "." { refusal } else { refusal.of_field(field) }
    })?;
    json.end()
        .map_err(|error| Refusal::invalid_input(format!("the body goes on after {what}: {error}")))?;
    Ok(parsed)
}
