//! Takes messages as Twilio (`POST .../Messages.json`) and MessageBird (`POST /messages`) do, and answers at once.
//!
//! It prints its address, and ends when its standard input is closed, so none is left behind.

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::json;
use std::convert::Infallible;
use std::net::SocketAddr;
use tokio::io::AsyncReadExt;
use tokio::net::TcpSocket;

fn main() -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        // Hundreds of clients connect at once; one that finds the queue full would lose a second to TCP.
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        let listener = socket.listen(4096)?;
        println!("http://{}", listener.local_addr()?);
        let mut nothing = [0; 1];
        let mut input = tokio::io::stdin();
        let closed = input.read(&mut nothing);
        tokio::pin!(closed);
        loop {
            let accepted = std::future::poll_fn(|cx| {
                use std::task::Poll;
                match closed.as_mut().poll(cx) {
                    Poll::Ready(_) => Poll::Ready(None),
                    Poll::Pending => listener.poll_accept(cx).map(Some),
                }
            });
            let Some(accepted) = accepted.await else {
                return Ok(());
            };
            let (stream, _) = accepted?;
            stream.set_nodelay(true)?;
            let replies = Replies::new();
            let serve = service_fn(move |request| answer(request, replies.clone()));
            // A client that goes away ends its connection; nobody needs to know.
            tokio::spawn(async move {
                http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), serve)
                    .await
            });
        }
    })
}

/// The replies, made once: what is measured is the clients.
#[derive(Clone)]
struct Replies {
    twilio: Bytes,
    messagebird: Bytes,
}

async fn answer(request: Request<Incoming>, replies: Replies) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path();
    let reply = match path {
        "/messages" => Some(replies.messagebird),
        path if path.ends_with("/Messages.json") => Some(replies.twilio),
        _ => None,
    };
    // A body that breaks off has no sender left to be told.
    let _ = request.into_body().collect().await;
    let mut response = Response::new(Full::new(reply.clone().unwrap_or_default()));
    *response.status_mut() = if reply.is_some() {
        StatusCode::CREATED
    } else {
        StatusCode::NOT_FOUND
    };
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

impl Replies {
    fn new() -> Replies {
        let twilio = json!({
            "account_sid": "AC00000000000000000000000000000000", "api_version": "2010-04-01",
            "body": "Your code is 042424. It is good for 5 minutes.", "date_created": "Sat, 28 Nov 2026 12:00:00 +0000",
            "date_sent": null, "date_updated": "Sat, 28 Nov 2026 12:00:00 +0000", "direction": "outbound-api",
            "error_code": null, "error_message": null, "from": "+15005550006", "messaging_service_sid": null,
            "num_media": "0", "num_segments": "1", "price": null, "price_unit": "USD",
            "sid": "SM00000000000000000000000000000001", "status": "queued",
            "subresource_uris": { "media": "/2010-04-01/Accounts/AC00000000000000000000000000000000/Messages/SM00000000000000000000000000000001/Media.json" },
            "to": "+31612345678",
            "uri": "/2010-04-01/Accounts/AC00000000000000000000000000000000/Messages/SM00000000000000000000000000000001.json",
        });
        let item = json!({
            "recipient": 31_612_345_678u64, "status": "sent", "statusDatetime": "2026-11-28T12:00:00+00:00",
            "messagePartCount": 1,
        });
        let messagebird = json!({
            "id": "0123456789abcdef0123456789abcdef", "href": "https://rest.messagebird.com/messages/0123456789abcdef0123456789abcdef",
            "direction": "mt", "type": "sms", "originator": "Acme", "body": "Your code is 042424. It is good for 5 minutes.",
            "reference": null, "validity": null, "gateway": 10, "typeDetails": {}, "datacoding": "plain", "mclass": 1,
            "scheduledDatetime": null, "createdDatetime": "2026-11-28T12:00:00+00:00",
            "recipients": { "totalCount": 1, "totalSentCount": 1, "totalDeliveredCount": 0, "totalDeliveryFailedCount": 0, "items": [item] },
        });
        Replies {
            twilio: twilio.to_string().into(),
            messagebird: messagebird.to_string().into(),
        }
    }
}
