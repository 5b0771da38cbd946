//! Checks of verifications. A wrong code is no error: it is 200, with the status still `pending`.

use std::time::SystemTime;

use axum::http::StatusCode;
use axum::response::Response;

use super::pending::MAX_CHECKS;
use super::services::Service;
use super::{Caller, Failure, reply};
use crate::server::App;
use crate::vendors::Call;
use crate::vendors::params::{Params, Wrong};

pub(super) fn create(
    app: &App,
    call: &Call,
    caller: &Caller,
    service: &str,
    form: &Params,
    now: SystemTime,
) -> Result<Response, Failure> {
    let mut state = app.vendors.twilio.lock();
    Service::of(&state, caller, service, now).ok_or_else(|| Failure::not_found(call))?;
    let code = form.text("Code")?.ok_or(Wrong("Code"))?;
    if !(4..=10).contains(&code.chars().count()) {
        return Err(Wrong("Code").into());
    }
    let name = match form.text("VerificationSid")? {
        Some(sid) => sid,
        None => form.text("To")?.ok_or(Wrong("To"))?,
    };
    let found = state.verifications.find(service, name, now);
    let found = found.ok_or_else(|| Failure::not_found(call))?;
    if found.checks >= MAX_CHECKS {
        return Err(Failure::api(429, 60202, "Max check attempts reached"));
    }
    found.checks += 1;
    found.updated = now;
    if found.code != code {
        return Ok(reply(StatusCode::OK, &found.check_json("pending")));
    }
    let body = found.check_json("approved");
    let sid = found.sid.clone();
    state.verifications.remove(&sid);
    Ok(reply(StatusCode::OK, &body))
}
