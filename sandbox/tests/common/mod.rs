//! A real sandbox on a free port, and plain ways to talk to it.
#![allow(dead_code, reason = "each test file uses a part of this")]

use std::net::SocketAddr;
use std::time::Duration;

use otpkit_sandbox::{Options, Sandbox};
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A sandbox on 127.0.0.1 and a client for it.
pub(crate) struct Fixture {
    pub(crate) sandbox: Sandbox,
    pub(crate) client: Client,
}

pub(crate) async fn sandbox() -> Fixture {
    sandbox_with(Options::new()).await
}

pub(crate) async fn sandbox_with(options: Options) -> Fixture {
    let sandbox = Sandbox::bind(([127, 0, 0, 1], 0).into(), options)
        .await
        .expect("a free port");
    Fixture {
        sandbox,
        client: client(),
    }
}

pub(crate) fn client() -> Client {
    Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(20))
        .build()
        .expect("a client")
}

pub(crate) fn message(to: &str, code: &str) -> Value {
    json!({"to": to, "channel": "sms", "text": format!("Your code is {code}."), "code": code})
}

impl Fixture {
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.sandbox.url())
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.client.get(self.url(path)).send().await.expect("an answer")
    }

    /// Posts a body as it is.
    pub(crate) async fn post(&self, body: impl Into<reqwest::Body>) -> Response {
        let request = self
            .client
            .post(self.url("/api/messages"))
            .header("content-type", "application/json");
        request.body(body).send().await.expect("an answer")
    }

    /// Adds a message and gives its id.
    pub(crate) async fn add(&self, message: &Value) -> String {
        let answer = self.post(message.to_string()).await;
        assert_eq!(answer.status(), StatusCode::CREATED);
        let answer: Value = answer.json().await.expect("JSON");
        answer["id"].as_str().expect("an id").to_owned()
    }

    /// The messages for a query such as `?limit=1`.
    pub(crate) async fn messages(&self, query: &str) -> Vec<Value> {
        let answer = self.get(&format!("/api/messages{query}")).await;
        assert_eq!(answer.status(), StatusCode::OK, "{query}");
        let answer: Value = answer.json().await.expect("JSON");
        answer["messages"].as_array().expect("a list").clone()
    }

    pub(crate) async fn codes(&self, query: &str) -> Vec<String> {
        let messages = self.messages(query).await;
        messages
            .iter()
            .map(|message| message["code"].as_str().expect("a code").to_owned())
            .collect()
    }
}

/// Asserts a refusal of this status and kind, with a sentence; gives its body.
pub(crate) async fn refusal(answer: Response, status: u16, kind: &str) -> Value {
    assert_eq!(answer.status().as_u16(), status);
    let body: Value = answer.json().await.expect("JSON");
    assert_eq!(body["error"], kind, "{body}");
    assert!(
        body["message"].as_str().is_some_and(|message| message.len() > 15),
        "{body}"
    );
    body
}

/// Sends bytes as they are, and reads until the server closes the connection.
pub(crate) async fn raw(addr: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(addr).await.expect("a connection");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = Vec::new();
    // A reset after the answer is an end as well.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}
