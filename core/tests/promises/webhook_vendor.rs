//! The reports of the library's own providers, from the send over a loopback vendor to the report about it.

use crate::support::{NL, builder, clock};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use otpkit::{Client, ReportStatus, Start, WebhookRequest};
use ring::{digest, hmac};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};

const TOKEN: &str = "0123456789abcdef0123456789abcdef";
const SIGNING: &str = "PlLrKaqvZNRR5zAjm42ZT6q1SQxgbbGd";
const EPOCH: u64 = 1_800_000_000;

/// A vendor that answers one request so, and tells what it was asked.
fn vendor(answer: &Value) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let body = answer.to_string();
    let (asked, heard) = channel();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        asked.send(request(&mut stream)).unwrap();
        let head = format!(
            "HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
    });
    (url, heard)
}

/// The whole request: its head, and the body that the head announces.
fn request(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let mut part = [0; 4096];
    loop {
        let read = stream.read(&mut part).unwrap();
        text.extend_from_slice(&part[..read]);
        let whole = String::from_utf8_lossy(&text).into_owned();
        let Some((head, body)) = whole.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head
            .to_lowercase()
            .lines()
            .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        if read == 0 || body.len() >= length.unwrap_or(0) {
            return whole;
        }
    }
}

fn client(settings: Value) -> Client {
    builder(json!({ "providers": { "it": settings } }))
        .clock(clock())
        .build()
        .unwrap()
}

async fn reported(otp: &Client, request: WebhookRequest) -> otpkit::Report {
    otp.webhook("it", request).await.unwrap().reports.remove(0)
}

fn messagebird_report(query: &str) -> WebhookRequest {
    let url = format!("https://example.com/otpkit/it?{query}");
    let hash: String = digest::digest(&digest::SHA256, url.as_bytes())
        .as_ref()
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    let claims = json!({ "iss": "MessageBird", "nbf": EPOCH, "exp": EPOCH + 60, "jti": "1", "url_hash": hash });
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(json!({ "alg": "HS256" })), part(claims));
    let key = hmac::Key::new(hmac::HMAC_SHA256, SIGNING.as_bytes());
    let signature = URL_SAFE_NO_PAD.encode(hmac::sign(&key, signed.as_bytes()));
    WebhookRequest::new("GET", url).header("MessageBird-Signature-JWT", format!("{signed}.{signature}"))
}

#[tokio::test]
async fn twilio_messages_report_by_the_sid_of_the_message() {
    let sid = "SM0123456789abcdef0123456789abcdef";
    let (url, asked) = vendor(&json!({ "sid": sid, "status": "queued", "error_code": null }));
    let otp = client(json!({
        "type": "twilio-sms", "account_sid": "AC00000000000000000000000000000001", "from": "+15557122661",
        "api_key": "SK00000000000000000000000000000001", "api_key_secret": "0123456789abcdefghij0123456789ab",
        "webhook_auth_token": TOKEN, "status_callback": "https://example.com/otpkit/it",
        "base_url": url, "allow_private": true,
    }));
    let started = otp.start(Start::to(NL)).await.unwrap();
    assert!(
        asked
            .recv()
            .unwrap()
            .contains("StatusCallback=https%3A%2F%2Fexample.com%2Fotpkit%2Fit")
    );
    let called = "https://example.com/otpkit/it";
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, TOKEN.as_bytes());
    let row = format!("{called}MessageSid{sid}MessageStatusdelivered");
    let request = WebhookRequest::new("POST", called)
        .header("X-Twilio-Signature", STANDARD.encode(hmac::sign(&key, row.as_bytes())))
        .body(format!("MessageSid={sid}&MessageStatus=delivered"));
    let report = reported(&otp, request).await;
    assert_eq!(
        (report.id, report.status, report.changed),
        (Some(started.id), ReportStatus::Delivered, true)
    );
}

#[tokio::test]
async fn messagebird_messages_report_by_the_id_of_the_message() {
    let (url, asked) = vendor(
        &json!({ "id": "mb1", "recipients": { "totalCount": 1, "totalSentCount": 1, "items":
        [{ "recipient": 31612345678u64, "status": "sent", "statusDatetime": "2027-01-15T08:00:00+00:00" }] } }),
    );
    let otp = client(json!({
        "type": "messagebird-sms", "access_key": "test_key", "originator": "Acme", "signing_key": SIGNING,
        "report_url": "https://example.com/otpkit/it", "base_url": url, "allow_private": true,
    }));
    let started = otp.start(Start::to(NL)).await.unwrap();
    assert!(asked.recv().unwrap().contains("\"reference\""));
    let report = reported(&otp, messagebird_report("id=mb1&status=delivered")).await;
    assert_eq!(
        (report.id, report.status, report.changed),
        (Some(started.id), ReportStatus::Delivered, true)
    );
}

/// The answer to a `create` names the verification, and a report names the message: what both have is our own name.
#[tokio::test]
async fn messagebird_verify_reports_by_the_reference_that_we_sent() {
    let (url, asked) = vendor(
        &json!({ "id": "verification1", "recipient": 31612345678u64, "status": "sent",
        "validUntilDatetime": "2027-01-15T08:05:00+00:00" }),
    );
    let otp = client(json!({
        "type": "messagebird-verify", "access_key": "test_key", "signing_key": SIGNING,
        "report_url": "https://example.com/otpkit/it", "base_url": url, "allow_private": true,
    }));
    let started = otp.start(Start::to(NL)).await.unwrap();
    let asked = asked.recv().unwrap();
    let body: Value = serde_json::from_str(asked.split_once("\r\n\r\n").unwrap().1).unwrap();
    let reference = body["reference"].as_str().unwrap();
    let report = reported(
        &otp,
        messagebird_report(&format!("id=message1&reference={reference}&status=verified")),
    )
    .await;
    assert_eq!((report.id, report.reference.as_str()), (Some(started.id), "message1"));
    assert_eq!(report.status, ReportStatus::Unknown);
    let other = reported(
        &otp,
        messagebird_report("id=message1&reference=somebodyelses&status=delivered"),
    )
    .await;
    assert_eq!(other.id, None);
}
