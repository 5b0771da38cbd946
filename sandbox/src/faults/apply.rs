//! Where requests meet their faults: between the guard and the handlers.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use http_body_util::BodyExt;
use tokio::time::sleep;

use super::Fault;
use super::rules::Met;
use crate::body;
use crate::cut::Cut;
use crate::server::App;
use crate::vendors::{Call, Vendor};

/// How many pieces a second a trickling body comes in, if it has as many bytes.
const PIECES: u32 = 10;

pub(crate) async fn apply(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let vendor = Vendor::of(path);
    // The page, its events and the control of the faults themselves stay as they are.
    if vendor.is_none() && path != "/api/messages" {
        return next.run(request).await;
    }
    let cut = request.extensions().get::<Cut>().cloned();
    let (request, fault) = match meet(&app, vendor, request).await {
        Ok(met) => met,
        Err(refused) => return refused,
    };
    let fault = match fault {
        None => None,
        Some(Fault::ResetBefore) => return reset(cut).await,
        Some(Fault::Latency { ms }) => {
            sleep(Duration::from_millis(ms)).await;
            None
        }
        Some(fault) => match fault.answer(vendor) {
            Some(response) => return response,
            None => Some(fault),
        },
    };
    let mut response = next.run(request).await;
    // A handler can ask for a fault too: that is how the special numbers do it.
    match fault.or_else(|| response.extensions_mut().remove::<Fault>()) {
        Some(Fault::ResetAfter) => reset(cut).await,
        Some(Fault::LateReply { ms }) => {
            sleep(Duration::from_millis(ms)).await;
            response
        }
        Some(Fault::Drip { bytes_per_second }) => drip(response, bytes_per_second).await,
        _ => response,
    }
}

/// The request and the fault it meets. The body is read only where the recipient decides.
async fn meet(app: &App, vendor: Option<Vendor>, request: Request) -> Result<(Request, Option<Fault>), Response> {
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    match app.faults.may_meet(&method, &path) {
        Met::Never => Ok((request, None)),
        Met::Surely => Ok((request, app.faults.take(&method, &path, &[]))),
        Met::ByRecipient => {
            let head = request.headers().clone();
            let (parts, body) = request.into_parts();
            let mut whole = Request::new(body);
            *whole.headers_mut() = head;
            let body = body::read(whole).await.map_err(|refusal| match vendor {
                Some(vendor) => vendor.unreadable(&refusal),
                None => refusal.into_response(),
            })?;
            let recipients = app.vendors.recipients(&Call::new(&parts, body.clone()));
            let fault = app.faults.take(&method, &path, &recipients);
            Ok((Request::from_parts(parts, Body::from(body)), fault))
        }
    }
}

async fn reset(cut: Option<Cut>) -> Response {
    match cut {
        Some(cut) => cut.ask().await,
        None => pending().await,
    }
}

/// The same answer, whose body comes in small pieces. Its length is announced, so that a client knows what is missing.
async fn drip(response: Response, bytes_per_second: u32) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(whole) = body.collect().await else {
        return Response::from_parts(parts, Body::empty());
    };
    let whole = whole.to_bytes();
    let size = bytes_per_second.div_ceil(PIECES).max(1);
    let pause = Duration::from_secs_f64(f64::from(size) / f64::from(bytes_per_second));
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    parts.headers.insert(header::CONTENT_LENGTH, whole.len().into());
    let pieces = stream::iter(pieces(&whole, size)).then(move |piece| async move {
        sleep(pause).await;
        Ok::<_, std::convert::Infallible>(piece)
    });
    Response::from_parts(parts, Body::from_stream(pieces))
}

fn pieces(whole: &Bytes, size: usize) -> Vec<Bytes> {
    let starts = (0..whole.len()).step_by(size);
    starts
        .map(|start| whole.slice(start..whole.len().min(start + size)))
        .collect()
}
