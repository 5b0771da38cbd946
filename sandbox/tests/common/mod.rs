//! A real sandbox on a free port, and plain ways to talk to it.
#![allow(dead_code, reason = "each test file uses a part of this")]

use std::net::SocketAddr;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName};
use hyper::{Method, Request, StatusCode, http};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use otpkit_sandbox::{Options, Sandbox};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Longer than any wait in these tests: a test that reaches it fails.
const DEADLINE: Duration = Duration::from_secs(20);

/// A sandbox on 127.0.0.1 and a client that keeps its connections.
pub(crate) struct Fixture {
    pub(crate) sandbox: Sandbox,
    client: Client<HttpConnector, Full<Bytes>>,
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
        client: Client::builder(TokioExecutor::new()).build_http(),
    }
}

pub(crate) fn message(to: &str, code: &str) -> Value {
    json!({"to": to, "channel": "sms", "text": format!("Your code is {code}."), "code": code})
}

/// A request that is being put together.
pub(crate) struct Asking {
    client: Client<HttpConnector, Full<Bytes>>,
    request: http::request::Builder,
    body: Bytes,
}

impl Asking {
    pub(crate) fn header(mut self, name: HeaderName, value: impl AsRef<[u8]>) -> Self {
        self.request = self.request.header(name, value.as_ref());
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.header(CONTENT_TYPE, "application/json").body(body.to_string())
    }

    pub(crate) async fn send(self) -> Answer {
        let request: Request<_> = self.request.body(Full::new(self.body)).expect("a sound request");
        let answer = timeout(DEADLINE, self.client.request(request))
            .await
            .expect("in time")
            .expect("an answer");
        let (head, body) = answer.into_parts();
        Answer {
            status: head.status,
            headers: head.headers,
            body,
        }
    }
}

/// The head of an answer; the body is still to be read.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    body: Incoming,
}

impl Answer {
    /// The next piece of the body; nothing at its end, however it ended.
    pub(crate) async fn chunk(&mut self) -> Option<Bytes> {
        let frame = timeout(DEADLINE, self.body.frame()).await.expect("in time")?;
        frame.ok()?.into_data().ok()
    }

    pub(crate) async fn text(self) -> String {
        let body = timeout(DEADLINE, self.body.collect())
            .await
            .expect("in time")
            .expect("a whole body");
        String::from_utf8(body.to_bytes().into()).expect("text")
    }

    pub(crate) async fn json(self) -> Value {
        serde_json::from_str(&self.text().await).expect("JSON")
    }
}

impl Fixture {
    pub(crate) fn request(&self, method: Method, path: &str) -> Asking {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.sandbox.url()));
        Asking {
            client: self.client.clone(),
            request,
            body: Bytes::new(),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.request(Method::GET, path).send().await
    }

    /// Posts a body as it is.
    pub(crate) async fn post(&self, body: impl Into<Bytes>) -> Answer {
        let request = self
            .request(Method::POST, "/api/messages")
            .header(CONTENT_TYPE, "application/json");
        request.body(body).send().await
    }

    pub(crate) async fn delete(&self) -> Answer {
        self.request(Method::DELETE, "/api/messages").send().await
    }

    /// Adds a message and gives its id.
    pub(crate) async fn add(&self, message: &Value) -> String {
        let answer = self.post(message.to_string()).await;
        assert_eq!(answer.status, StatusCode::CREATED);
        answer.json().await["id"].as_str().expect("an id").to_owned()
    }

    /// The messages for a query such as `?limit=1`.
    pub(crate) async fn messages(&self, query: &str) -> Vec<Value> {
        let answer = self.get(&format!("/api/messages{query}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{query}");
        answer.json().await["messages"].as_array().expect("a list").clone()
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
pub(crate) async fn refusal(answer: Answer, status: u16, kind: &str) -> Value {
    assert_eq!(answer.status.as_u16(), status);
    let body = answer.json().await;
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
