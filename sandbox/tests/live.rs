//! Events, waiting questions, and an end that waits for nobody.

mod common;

use std::time::{Duration, Instant};

use common::{Answer, Fixture, message, sandbox};
use hyper::{Method, StatusCode, header};
use otpkit_sandbox::{Options, Sandbox};
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

/// A listener that gives one event after the other as (name, data).
struct Events {
    answer: Answer,
    text: String,
}

impl Events {
    async fn of(fixture: &Fixture) -> Self {
        let answer = fixture.get("/api/events").await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.headers[header::CONTENT_TYPE], "text/event-stream");
        Self {
            answer,
            text: String::new(),
        }
    }

    /// The next event, or nothing once the stream has ended.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            while let Some((block, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| {
                    block
                        .lines()
                        .find_map(|line| line.strip_prefix(name))
                        .map(str::to_owned)
                };
                let event = field("event: ").zip(field("data: "));
                self.text = rest.to_owned();
                if let Some((name, data)) = event {
                    return Some((name, serde_json::from_str(&data).expect("JSON")));
                }
            }
            let chunk = self.answer.chunk().await?;
            self.text += std::str::from_utf8(&chunk).expect("text");
        }
    }
}

#[tokio::test]
async fn each_new_message_is_one_event() {
    let fixture = sandbox().await;
    fixture.add(&message("+31612345678", "000000")).await;
    let mut one = Events::of(&fixture).await;
    let mut other = Events::of(&fixture).await;
    for code in ["111111", "222222"] {
        fixture.add(&message("+31612345678", code)).await;
    }
    let listed = fixture.messages("?limit=2").await;
    for events in [&mut one, &mut other] {
        assert_eq!(events.next().await, Some(("message".into(), listed[1].clone())));
        assert_eq!(events.next().await, Some(("message".into(), listed[0].clone())));
    }
    fixture.delete().await;
    assert_eq!(one.next().await.expect("an event").0, "cleared");
}

#[tokio::test]
async fn line_breaks_and_other_scripts_arrive_whole() {
    let fixture = sandbox().await;
    let mut events = Events::of(&fixture).await;
    let text = "one\n\ntwo\r\nevent: evil\n\u{2028}【Acme】验证码 رمز";
    fixture
        .add(&serde_json::json!({"to": "a@b.c", "channel": "email", "text": text}))
        .await;
    let (name, data) = events.next().await.expect("an event");
    assert_eq!((name.as_str(), &data["text"]), ("message", &Value::from(text)));
}

#[tokio::test]
async fn a_burst_is_delivered_in_order() {
    let fixture = sandbox().await;
    let mut events = Events::of(&fixture).await;
    for number in 0..500 {
        fixture.add(&message("+31612345678", &format!("{number:06}"))).await;
    }
    for number in 0..500 {
        let (_, data) = events.next().await.expect("an event");
        assert_eq!(data["code"], format!("{number:06}"));
    }
}

#[tokio::test]
async fn a_question_waits_for_its_recipient() {
    let fixture = sandbox().await;
    let asking = async {
        let begun = Instant::now();
        (fixture.codes("?to=%2B31612345678&wait_ms=10000").await, begun.elapsed())
    };
    let sending = async {
        sleep(Duration::from_millis(200)).await;
        fixture.add(&message("+32470123456", "222222")).await;
        sleep(Duration::from_millis(200)).await;
        fixture.add(&message("+31 6 1234 5678", "111111")).await;
    };
    let ((codes, took), ()) = tokio::join!(asking, sending);
    assert_eq!(codes, ["111111"]);
    assert!(
        took >= Duration::from_millis(400) && took < Duration::from_secs(5),
        "{took:?}"
    );
}

#[tokio::test]
async fn a_question_with_an_answer_does_not_wait() {
    let fixture = sandbox().await;
    fixture.add(&message("+31612345678", "111111")).await;
    let begun = Instant::now();
    assert_eq!(fixture.codes("?to=%2B31612345678&wait_ms=10000").await, ["111111"]);
    assert!(begun.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn a_question_without_an_answer_ends_in_time() {
    let fixture = sandbox().await;
    fixture.add(&message("+32470123456", "222222")).await;
    let begun = Instant::now();
    assert!(fixture.messages("?to=%2B31612345678&wait_ms=300").await.is_empty());
    let took = begun.elapsed();
    assert!(
        took >= Duration::from_millis(300) && took < Duration::from_secs(3),
        "{took:?}"
    );
}

#[tokio::test]
async fn a_hundred_questions_wait_at_once() {
    let fixture = sandbox().await;
    let waiting: Vec<_> = (0..100)
        .map(|number| {
            let path = format!("/api/messages?to=%2B1202555{number:04}&wait_ms=15000");
            let request = fixture.request(Method::GET, &path);
            tokio::spawn(async move { request.send().await.json().await })
        })
        .collect();
    for number in 0..100 {
        fixture
            .add(&message(&format!("+1202555{number:04}"), &format!("{number:06}")))
            .await;
    }
    for (number, task) in waiting.into_iter().enumerate() {
        let answer = task.await.expect("no panic");
        assert_eq!(answer["messages"][0]["code"], format!("{number:06}"));
    }
}

#[tokio::test]
async fn shutdown_ends_streams_and_waiting_questions_at_once() {
    let fixture = sandbox().await;
    let addr = fixture.sandbox.local_addr();
    let mut streams = Vec::new();
    for _ in 0..20 {
        streams.push(Events::of(&fixture).await);
    }
    let question = tokio::spawn(fixture.request(Method::GET, "/api/messages?wait_ms=20000").send());
    // An idle connection that has been used, and is kept.
    fixture.get("/healthz").await;
    sleep(Duration::from_millis(200)).await;
    let begun = Instant::now();
    fixture.sandbox.shutdown().await;
    assert!(begun.elapsed() < Duration::from_millis(1500), "{:?}", begun.elapsed());
    for events in &mut streams {
        assert_eq!(events.next().await, None);
    }
    let answer = question.await.expect("no panic");
    common::refusal(answer, 503, "shutting_down").await;
    assert!(TcpStream::connect(addr).await.is_err());
    // The port is free again.
    Sandbox::bind(addr, Options::new())
        .await
        .expect("the same port")
        .shutdown()
        .await;
}

#[tokio::test]
async fn shutdown_cuts_a_client_that_never_finishes() {
    let fixture = sandbox().await;
    let mut stream = TcpStream::connect(fixture.sandbox.local_addr())
        .await
        .expect("a connection");
    let half = "POST /api/messages HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
                Content-Length: 50\r\n\r\n{\"to\":";
    stream.write_all(half.as_bytes()).await.expect("sent");
    sleep(Duration::from_millis(100)).await;
    timeout(Duration::from_secs(6), fixture.sandbox.shutdown())
        .await
        .expect("an end in time");
}

#[tokio::test]
async fn a_dropped_sandbox_ends_too() {
    let fixture = sandbox().await;
    let addr = fixture.sandbox.local_addr();
    let mut events = Events::of(&fixture).await;
    drop(fixture);
    assert_eq!(events.next().await, None);
    let freed = async {
        while TcpStream::connect(addr).await.is_ok() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(3), freed)
        .await
        .expect("the port is given up");
}
