//! The control of faults: `/api/faults`.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde_json::json;

use super::rules::Rule;
use crate::api::require_json;
use crate::body;
use crate::refusal::{Refusal, json, parse_object};
use crate::server::App;

pub(crate) async fn add_fault(State(app): State<Arc<App>>, request: Request) -> Result<impl IntoResponse, Refusal> {
    require_json(request.headers())?;
    let body = body::read(request).await?;
    let rule: Rule = parse_object(&body, "a fault")?;
    let id = app.faults.add(rule)?;
    Ok((StatusCode::CREATED, json(&json!({ "id": id }))))
}

pub(crate) async fn list_faults(State(app): State<Arc<App>>) -> impl IntoResponse {
    app.faults.with_all(|faults| json(&json!({ "faults": faults })))
}

pub(crate) async fn clear_faults(State(app): State<Arc<App>>) -> StatusCode {
    app.faults.clear();
    StatusCode::NO_CONTENT
}
