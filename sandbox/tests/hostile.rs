//! What strangers, other web pages and broken clients get.

mod common;

use std::time::Duration;

use common::{Fixture, message, raw, refusal, sandbox, sandbox_with};
use hyper::{Method, StatusCode, header};
use otpkit_sandbox::{Options, Reach};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const BODY_LIMIT: usize = 64 << 10;

#[tokio::test]
async fn foreign_hosts_are_refused_everywhere() {
    let fixture = sandbox().await;
    fixture.add(&message("+31612345678", "111111")).await;
    let hosts = [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example:80",
        "192.168.1.5",
        "0.0.0.0",
        "sandbox",
    ];
    for host in hosts {
        for path in ["/", "/api/messages", "/api/events", "/healthz", "/inbox.js", "/nowhere"] {
            let answer = fixture
                .request(Method::GET, path)
                .header(header::HOST, host)
                .send()
                .await;
            refusal(answer, 403, "host_refused").await;
        }
        let request = fixture
            .request(Method::POST, "/api/messages")
            .header(header::HOST, host);
        refusal(
            request.json(&message("a@b.c", "222222")).send().await,
            403,
            "host_refused",
        )
        .await;
    }
    assert_eq!(fixture.codes("").await, ["111111"]);
}

#[tokio::test]
async fn own_hosts_pass() {
    let fixture = sandbox().await;
    let port = fixture.sandbox.local_addr().port();
    for host in [
        format!("localhost:{port}"),
        format!("LocalHost:{port}"),
        "127.0.0.1".into(),
        format!("[::1]:{port}"),
    ] {
        let answer = fixture
            .request(Method::GET, "/healthz")
            .header(header::HOST, &host)
            .send()
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{host}");
    }
}

#[tokio::test]
async fn a_request_names_exactly_one_host() {
    let fixture = sandbox().await;
    let addr = fixture.sandbox.local_addr();
    let refused = [
        "GET /healthz HTTP/1.0\r\n\r\n".to_owned(),
        "GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n".to_owned(),
        "GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n".to_owned(),
        "GET http://evil.example/healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_owned(),
        "GET http://localhost/healthz HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n".to_owned(),
        "GET /healthz HTTP/1.1\r\nHost: localhost@evil.example\r\nConnection: close\r\n\r\n".to_owned(),
    ];
    for request in refused {
        let answer = raw(addr, &request).await;
        assert!(
            answer.contains(" 403 ") && !answer.contains(r#"{"ok":true}"#),
            "{request} -> {answer}"
        );
    }
    let answer = raw(
        addr,
        "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    )
    .await;
    assert!(
        answer.contains(" 200 ") && answer.contains(r#"{"ok":true}"#),
        "{answer}"
    );
}

#[tokio::test]
async fn private_hosts_pass_only_when_remote_is_allowed() {
    let fixture = sandbox_with(Options::new().with_reach(Reach::Remote)).await;
    for (host, passes) in [
        ("192.168.1.5:4680", true),
        ("sandbox:4680", true),
        ("evil.example", false),
    ] {
        let answer = fixture
            .request(Method::GET, "/healthz")
            .header(header::HOST, host)
            .send()
            .await;
        assert_eq!(answer.status == StatusCode::OK, passes, "{host}");
    }
}

#[tokio::test]
async fn foreign_origins_change_nothing() {
    let fixture = sandbox().await;
    fixture.add(&message("+31612345678", "111111")).await;
    for origin in [
        "https://evil.example",
        "null",
        "http://localhost:1",
        "http://127.0.0.1",
        "file://",
    ] {
        for method in [Method::POST, Method::DELETE] {
            let request = fixture.request(method, "/api/messages").header(header::ORIGIN, origin);
            let answer = request.json(&message("a@b.c", "222222")).send().await;
            refusal(answer, 403, "origin_refused").await;
        }
    }
    assert_eq!(fixture.codes("").await, ["111111"]);
    // The inbox page itself may.
    let own = fixture
        .request(Method::DELETE, "/api/messages")
        .header(header::ORIGIN, fixture.sandbox.url());
    assert_eq!(own.send().await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_post_says_that_it_is_json() {
    let fixture = sandbox().await;
    let body = message("+31612345678", "111111").to_string();
    for content_type in [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "text/plain; application/json",
    ] {
        let mut request = fixture.request(Method::POST, "/api/messages").body(body.clone());
        if !content_type.is_empty() {
            request = request.header(header::CONTENT_TYPE, content_type);
        }
        refusal(request.send().await, 415, "unsupported_media_type").await;
    }
    assert!(fixture.messages("").await.is_empty());
    let request = fixture.request(Method::POST, "/api/messages").body(body);
    let request = request.header(header::CONTENT_TYPE, "Application/JSON; charset=utf-8");
    assert_eq!(request.send().await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn broken_bodies_are_refused_with_the_field() {
    let fixture = sandbox().await;
    let bodies: [(&[u8], Option<&str>); 18] = [
        (b"", None),
        (b"{", None),
        (b"null", None),
        (b"\"text\"", None),
        (br#"["+31612345678","sms","hi",null,null,null,null,null,null]"#, None),
        (br#"{"to":"a@b.c","channel":"sms","text":"x"} {}"#, None),
        (br#"{"to":"a@b.c","channel":"sms"}"#, None),
        (br#"{"to":"a@b.c","text":"x"}"#, None),
        (br#"{"channel":"sms","text":"x"}"#, None),
        (
            br#"{"to":"a@b.c","channel":"sms","text":"x","codes":"1"}"#,
            Some("codes"),
        ),
        (
            br#"{"to":"a@b.c","channel":"sms","text":"x","code":42424}"#,
            Some("code"),
        ),
        (br#"{"to":31612345678,"channel":"sms","text":"x"}"#, Some("to")),
        (br#"{"to":["a@b.c"],"channel":"sms","text":"x"}"#, Some("to")),
        (br#"{"to":null,"channel":"sms","text":"x"}"#, Some("to")),
        (br#"{"to":" - ()","channel":"sms","text":"x"}"#, Some("to")),
        (br#"{"to":"a@b.c","channel":" ","text":"x"}"#, Some("channel")),
        (br#"{"to":"a@b.c","to":"d@e.f","channel":"sms","text":"x"}"#, None),
        (b"{\"to\":\"\xff\xfe\",\"channel\":\"sms\",\"text\":\"x\"}", Some("to")),
    ];
    for (body, field) in bodies {
        let shown = String::from_utf8_lossy(body).into_owned();
        let refused = refusal(fixture.post(body.to_vec()).await, 400, "invalid_input").await;
        if let Some(field) = field {
            assert_eq!(refused["field"], field, "{shown}: {refused}");
        }
    }
    assert!(fixture.messages("").await.is_empty());
}

#[tokio::test]
async fn deep_nesting_is_refused_and_does_no_harm() {
    let fixture = sandbox().await;
    let body = format!(r#"{{"to":{}"#, "[".repeat(60_000));
    refusal(fixture.post(body).await, 400, "invalid_input").await;
    assert_eq!(fixture.get("/healthz").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_body_may_have_64_kib_and_no_more() {
    let fixture = sandbox().await;
    let overhead = json!({"to": "a@b.c", "channel": "sms", "text": ""}).to_string().len();
    let body = |size: usize| json!({"to": "a@b.c", "channel": "sms", "text": "x".repeat(size - overhead)}).to_string();
    assert_eq!(fixture.post(body(BODY_LIMIT)).await.status, StatusCode::CREATED);
    for size in [BODY_LIMIT + 1, 1 << 20, 10 << 20] {
        refusal(fixture.post(body(size)).await, 413, "too_large").await;
    }
    assert_eq!(fixture.messages("").await.len(), 1);
}

#[tokio::test]
async fn a_body_of_unsaid_length_is_bounded_too() {
    let fixture = sandbox().await;
    let mut stream = TcpStream::connect(fixture.sandbox.local_addr())
        .await
        .expect("a connection");
    let head = "POST /api/messages HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
                Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
    stream.write_all(head.as_bytes()).await.expect("sent");
    let chunk = format!("{:x}\r\n{}\r\n", 1 << 20, "x".repeat(1 << 20));
    for _ in 0..10 {
        stream.write_all(chunk.as_bytes()).await.expect("sent");
    }
    stream.write_all(b"0\r\n\r\n").await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.contains(" 413 ") && answer.contains("too_large"), "{answer}");
}

#[tokio::test]
async fn a_client_that_asks_first_need_not_send_a_large_body() {
    let fixture = sandbox().await;
    let head = "POST /api/messages HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
                Content-Length: 10000000\r\nExpect: 100-continue\r\n\r\n";
    let answer = raw(fixture.sandbox.local_addr(), head).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[tokio::test]
async fn odd_questions_are_refused() {
    let fixture = sandbox().await;
    fixture.add(&message("+31612345678", "111111")).await;
    let odd = [
        "?limit=0",
        "?limit=-1",
        "?limit=x",
        "?to=",
        "?to=+",
        "?wait=5",
        "?wait_ms=-1",
        "?wait_ms=1e3",
        "?to=a&to=b",
    ];
    for query in odd {
        refusal(
            fixture.get(&format!("/api/messages{query}")).await,
            400,
            "invalid_input",
        )
        .await;
    }
}

#[tokio::test]
async fn unknown_paths_and_methods_are_told_apart() {
    let fixture = sandbox().await;
    refusal(fixture.get("/api/message").await, 404, "not_found").await;
    let answer = fixture.request(Method::PUT, "/api/messages").send().await;
    assert!(answer.headers[header::ALLOW].to_str().expect("text").contains("DELETE"));
    refusal(answer, 405, "method_not_allowed").await;
}

#[tokio::test]
async fn silent_and_broken_connections_hold_nobody_up() {
    let fixture = sandbox().await;
    let addr = fixture.sandbox.local_addr();
    let mut held = Vec::new();
    for start in [
        "",
        "GET / HT",
        "POST /api/messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n",
    ] {
        let mut stream = TcpStream::connect(addr).await.expect("a connection");
        stream.write_all(start.as_bytes()).await.expect("sent");
        held.push(stream);
    }
    let answer = raw(addr, "\x16\x03\x01\x02\x00not http at all\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    tokio::time::timeout(Duration::from_secs(2), check_service(&fixture))
        .await
        .expect("served meanwhile");
}

async fn check_service(fixture: &Fixture) {
    fixture.add(&message("+31612345678", "111111")).await;
    assert_eq!(fixture.codes("").await, ["111111"]);
}
