//! Rows 15 to 22 of the matrix, for each API: what an answer says, and what otpkit makes of it. Each send and each check
//! is one request.

use crate::server::{Server, reply};
use crate::support::{Api, Desk, mobile};
use otpkit::Start;
use std::sync::{Arc, Mutex};

/// An answer, and the classes that it must have: of a send or creation, and of a check.
struct Row {
    row: u32,
    name: String,
    bytes: Vec<u8>,
    send: &'static str,
    check: &'static str,
}

const JSON: (&str, &str) = ("content-type", "application/json");

fn row(row: u32, name: impl Into<String>, bytes: Vec<u8>, send: &'static str, check: &'static str) -> Row {
    Row {
        row,
        name: name.into(),
        bytes,
        send,
        check,
    }
}

/// The rows for an API. `good` is a good body.
fn rows(api: Api, good: &[u8], elsewhere: &str) -> Vec<Row> {
    let mut rows = unreadable(good);
    rows.extend(successes(api, good));
    rows.extend(refusals(api));
    rows.extend(waits());
    rows.extend(accidents());
    for status in [301, 302, 303, 307, 308] {
        let bytes = reply(status, &[("location", elsewhere)], b"");
        rows.push(row(
            22,
            format!("{status} to another host"),
            bytes,
            "rejected",
            "cannot_tell",
        ));
    }
    rows
}

fn unreadable(good: &[u8]) -> Vec<Row> {
    let text = String::from_utf8(good.to_vec()).unwrap();
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let twice =
        r#"{"id":"m1","id":"m2","sid":"SM1","sid":"SM2","status":"sent","status":"verified","to":"+1","to":"+2"}"#;
    let bodies = [
        ("HTML", b"<html><body>Welcome</body></html>".to_vec()),
        ("empty", Vec::new()),
        ("truncated JSON", good[..good.len() - 1].to_vec()),
        ("an empty object", b"{}".to_vec()),
        ("a list", b"[]".to_vec()),
        ("null", b"null".to_vec()),
        (
            "wrong types",
            br#"{"id":7,"sid":7,"status":7,"to":7,"recipient":{}}"#.to_vec(),
        ),
        ("JSON 100000 deep", b"[".repeat(100_000)),
        ("NaN", br#"{"id":NaN,"sid":NaN,"status":NaN}"#.to_vec()),
        ("names twice", twice.as_bytes().to_vec()),
        ("byte order mark", [b"\xef\xbb\xbf", good].concat()),
        ("UTF-16", utf16),
        ("too long", [good, &b" ".repeat(70_000)].concat()),
    ];
    let of = |(name, body): (&str, Vec<u8>)| {
        row(
            15,
            format!("200, {name}"),
            reply(200, &[JSON], &body),
            "ambiguous",
            "cannot_tell",
        )
    };
    bodies.into_iter().map(of).collect()
}

fn successes(api: Api, good: &[u8]) -> Vec<Row> {
    let error = match api {
        Api::MessageBirdSms | Api::MessageBirdVerify => {
            r#"{"errors":[{"code":9,"description":"no (correct) recipients found","parameter":"recipients"}]}"#
        }
        Api::TwilioSms => r#"{"code":21211,"message":"The 'To' number is not a valid phone number.","status":400}"#,
        Api::TwilioVerify => r#"{"code":60200,"message":"Invalid parameter `To`","status":400}"#,
    };
    // MessageBird's verifications can only be checked by their id, which an answer without a body does not tell.
    let bare = if api == Api::MessageBirdVerify {
        "ambiguous"
    } else {
        "sent"
    };
    vec![
        row(
            16,
            "200, an error in the body",
            reply(200, &[JSON], error.as_bytes()),
            "rejected",
            "cannot_tell",
        ),
        row(17, "200", reply(200, &[JSON], good), "sent", "approved"),
        row(17, "201", reply(201, &[JSON], good), "sent", "approved"),
        row(17, "202", reply(202, &[JSON], good), "sent", "approved"),
        row(17, "204", reply(204, &[], b""), bare, "cannot_tell"),
    ]
}

fn refusals(api: Api) -> Vec<Row> {
    let mut rows = Vec::new();
    for status in [400, 401, 403, 404, 422] {
        for (name, body) in [("HTML", "<html>no</html>"), ("{}", "{}"), ("empty", "")] {
            let bytes = reply(status, &[JSON], body.as_bytes());
            rows.push(row(18, format!("{status}, {name}"), bytes, "rejected", "cannot_tell"));
        }
    }
    let known = match api {
        Api::MessageBirdSms | Api::MessageBirdVerify => [
            (
                422,
                r#"{"errors":[{"code":25,"description":"not enough balance"}]}"#,
                "not_sent",
                "cannot_tell",
            ),
            (
                404,
                r#"{"errors":[{"code":20,"description":"verify not found","parameter":null}]}"#,
                "rejected",
                "ended",
            ),
            (
                418,
                r#"{"errors":[{"code":777777,"description":"nobody knows"}]}"#,
                "rejected",
                "cannot_tell",
            ),
        ],
        Api::TwilioSms | Api::TwilioVerify => [
            (
                400,
                r#"{"code":21610,"message":"Attempt to send to unsubscribed recipient"}"#,
                "rejected",
                "cannot_tell",
            ),
            (404, r#"{"code":20404,"message":"not found"}"#, "rejected", "ended"),
            (
                418,
                r#"{"code":777777,"message":"nobody knows"}"#,
                "rejected",
                "cannot_tell",
            ),
        ],
    };
    for (status, body, send, check) in known {
        rows.push(row(
            18,
            format!("{status}, {body}"),
            reply(status, &[JSON], body.as_bytes()),
            send,
            check,
        ));
    }
    rows
}

fn waits() -> Vec<Row> {
    let mut rows = vec![row(
        19,
        "429 without a time",
        reply(429, &[], b""),
        "limited",
        "cannot_tell",
    )];
    for after in [
        "0",
        "17",
        "-1",
        "1000000000000",
        "soon",
        "Fri, 02 Jan 2026 12:00:00 GMT",
        "Fri, 02 Jan 2099 12:00:00 GMT",
    ] {
        let bytes = reply(429, &[("retry-after", after)], b"<html>slow down</html>");
        rows.push(row(
            19,
            format!("429, Retry-After {after}"),
            bytes,
            "limited",
            "cannot_tell",
        ));
    }
    let two = reply(429, &[("retry-after", "5"), ("retry-after", "7200")], b"{}");
    rows.push(row(20, "429, two Retry-After", two, "limited", "cannot_tell"));
    rows
}

fn accidents() -> Vec<Row> {
    let mut rows = Vec::new();
    for status in [500, 502, 503, 504, 599] {
        let bytes = reply(status, &[], b"<html>bad gateway</html>");
        rows.push(row(21, status.to_string(), bytes, "ambiguous", "cannot_tell"));
    }
    let busy = reply(503, &[("retry-after", "30")], b"");
    rows.push(row(21, "503, Retry-After 30", busy, "limited", "cannot_tell"));
    let error = reply(500, &[("retry-after", "30")], b"");
    rows.push(row(21, "500, Retry-After 30", error, "ambiguous", "cannot_tell"));
    rows
}

/// What the server answers: to creations or to checks, whichever is tested; the other is answered well.
struct Plan {
    of_checks: bool,
    bytes: Vec<u8>,
}

#[test]
fn what_each_api_makes_of_an_answer() {
    let elsewhere = Server::answering(|_| reply(200, &[], b"{}"));
    let mut made = 0;
    for (offset, api) in Api::ALL.into_iter().enumerate() {
        let plan = Arc::new(Mutex::new(Plan {
            of_checks: false,
            bytes: Vec::new(),
        }));
        let current = plan.clone();
        let server = Server::answering(move |request| {
            let plan = current.lock().unwrap();
            match api.is_creation(request) != plan.of_checks {
                true => plan.bytes.clone(),
                false => reply(201, &[JSON], &api.good()),
            }
        });
        let desk = Desk::of(api, &server.url());
        for (number, row) in rows(api, &api.good(), &elsewhere.url()).into_iter().enumerate() {
            *plan.lock().unwrap() = Plan {
                of_checks: false,
                bytes: row.bytes,
            };
            let (before, to) = (server.seen.count(), mobile(offset * 1000 + number));
            let answer = desk.start(Start::to(&to));
            let (class, detail) = desk.sent();
            let what = format!("{api:?}, row {}: {}: {detail}", row.row, row.name);
            assert_eq!(class, row.send, "{what}");
            assert_eq!(server.seen.count() - before, 1, "{what}");
            if class == "limited" {
                let wait = answer.unwrap_err().retry_after().unwrap().as_secs();
                assert!((1..=3600).contains(&wait), "{what}: {wait}");
            }
            if row.name.starts_with("401") {
                assert!(detail.contains("check the credentials in the settings"), "{what}");
            }
            made += 1;
        }
        if api.is_verifier() {
            made += checks(api, &server, &plan, &desk, &elsewhere.url());
        }
    }
    assert_eq!(elsewhere.seen.connections(), 0, "a redirect was followed");
    println!("{made} answers");
}

/// The same rows as answers to checks.
fn checks(api: Api, server: &Server, plan: &Mutex<Plan>, desk: &Desk, elsewhere: &str) -> usize {
    // The good body of a check names the recipient, so the rows are made for each.
    let count = rows(api, &api.approved(&mobile(0)), elsewhere).len();
    for number in 0..count {
        let to = mobile(10_000 + number);
        let row = rows(api, &api.approved(&to), elsewhere).remove(number);
        *plan.lock().unwrap() = Plan {
            of_checks: true,
            bytes: row.bytes,
        };
        let started = desk.start(Start::to(&to)).unwrap();
        let before = server.seen.count();
        let class = desk.class(&started, "123456");
        let what = format!("{api:?}, check, row {}: {}", row.row, row.name);
        assert_eq!(class, row.check, "{what}");
        assert_eq!(server.seen.count() - before, 1, "{what}");
    }
    count
}
