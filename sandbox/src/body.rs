//! Reading a body: bounded in bytes and in time.

use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use http_body_util::BodyExt;
use tokio::time::timeout;

use crate::refusal::Refusal;

/// The largest body of a request.
const MAX_BODY: usize = 64 << 10;
/// How much of a body that is too large is read away, so that the client hears the refusal and not a reset connection.
const MAX_DRAIN: usize = 32 << 20;
/// How long a client may take to send a body.
const BODY_DEADLINE: Duration = Duration::from_secs(10);

/// The whole body of a request.
pub(crate) async fn read(request: Request) -> Result<Vec<u8>, Refusal> {
    timeout(BODY_DEADLINE, collect(request)).await.map_err(|_| {
        let message = "the body did not arrive in 10 seconds: send it at once";
        Refusal::new(StatusCode::REQUEST_TIMEOUT, "timeout", message)
    })?
}

async fn collect(request: Request) -> Result<Vec<u8>, Refusal> {
    let too_large = || {
        let message = "the body is larger than 64 KiB: send a shorter message";
        Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message))
    };
    if waits_to_be_told(request.headers()) && announced_length(request.headers()) > MAX_BODY {
        return too_large();
    }
    let mut body: Body = request.into_body();
    let mut bytes = Vec::new();
    let mut total = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| Refusal::invalid_input(format!("the body broke off: {error}")))?;
        let Ok(data) = frame.into_data() else { continue };
        total += data.len();
        if total > MAX_DRAIN {
            break;
        }
        if total <= MAX_BODY {
            bytes.extend_from_slice(&data);
        }
    }
    if total > MAX_BODY { too_large() } else { Ok(bytes) }
}

/// `Expect: 100-continue`: the body comes only when somebody starts to read it.
fn waits_to_be_told(headers: &HeaderMap) -> bool {
    headers.contains_key(header::EXPECT)
}

fn announced_length(headers: &HeaderMap) -> usize {
    let length = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok());
    length.and_then(|text| text.parse().ok()).unwrap_or(0)
}
