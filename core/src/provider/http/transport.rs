use super::names::{Filtered, Names, Reach};
use super::reply_time::retry_after;
use super::tls;
use crate::error::{Error, ErrorKind, Result};
use http_body::{Body as HttpBody, Frame, SizeHint};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use serde::de::DeserializeOwned;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// The most of a reply that is read. A vendor's answer to a send is far below it.
const BODY_MAX: usize = 64 * 1024;
/// A connection that is idle for longer is not used again: what lies between may have forgotten it.
const IDLE: Duration = Duration::from_secs(30);
/// What is left of a call's time for the answer to get back to the caller.
const MARGIN_MAX: Duration = Duration::from_millis(50);

/// What every transport of a client shares.
#[derive(Clone)]
pub(crate) struct Wires {
    /// The longest time to connect, TLS included.
    pub(crate) connect: Duration,
    /// Who knows the addresses of names.
    pub(crate) names: Arc<dyn Names>,
}

/// What is a provider's own of a transport.
pub(in crate::provider) struct Limits {
    /// Which addresses it may connect to.
    pub(in crate::provider) reach: Reach,
    /// The longest time of one call, if the settings say one.
    pub(in crate::provider) timeout: Option<Duration>,
    /// How many calls may be in flight at once; the others wait.
    pub(in crate::provider) connections: usize,
}

/// An HTTP client that does what it is told: no retries, no redirects, no proxies from the environment, one deadline.
pub(in crate::provider) struct Transport(Owned);

/// A connection pool belongs to the process that made it: a forked child must not write to its parent's sockets, nor
/// touch a lock that was held when it was forked. So the child makes a pool of its own, behind the parent's.
struct Owned {
    process: u32,
    /// Taken only when dropped.
    pool: Option<Pool>,
    child: OnceLock<Option<Box<Owned>>>,
    make: Arc<dyn Fn() -> Result<reqwest::Client> + Send + Sync>,
    connections: usize,
}

struct Pool {
    client: reqwest::Client,
    permits: Semaphore,
}

/// What is asked.
pub(in crate::provider) struct Request {
    method: reqwest::Method,
    url: reqwest::Url,
    authorization: Option<HeaderValue>,
    body: Option<(&'static str, Vec<u8>)>,
}

/// What came back.
pub(in crate::provider) struct Answer {
    pub(in crate::provider) status: u16,
    /// When to come again, if the reply asks to wait.
    pub(in crate::provider) retry_after: Option<Duration>,
    /// The body, or the first part of one that is too long.
    body: Vec<u8>,
    whole: bool,
}

/// Why nothing came back. The texts hold no URL, no header and no body.
#[derive(Debug)]
pub(in crate::provider) enum Failure {
    /// The request was never written: safe to try elsewhere.
    NotSent(String),
    /// The request may have been read.
    Ambiguous(String),
}

/// By when an answer has to be here, so that it is not cut off by the end of the call's time: who cuts it off cannot
/// tell what had been sent.
pub(in crate::provider) fn answer_by(limit: Duration) -> Instant {
    Instant::now() + (limit - (limit / 20).min(MARGIN_MAX))
}

impl Transport {
    pub(in crate::provider) fn new(wires: &Wires, limits: Limits) -> Result<Transport> {
        // Only the connector knows that nothing was written, so it must give up before the call does.
        let connect = limits
            .timeout
            .map_or(wires.connect, |limit| wires.connect.min(limit * 3 / 4));
        let names = Arc::new(Filtered {
            names: wires.names.clone(),
            reach: limits.reach,
        });
        let connections = limits.connections;
        let make = move || client(connect, names.clone(), connections);
        Owned::new(Arc::new(make), connections).map(Transport)
    }

    /// Makes one request, and reads its answer, before `deadline`.
    pub(in crate::provider) async fn call(&self, request: Request, deadline: Instant) -> Result<Answer, Failure> {
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(Failure::NotSent("this thread has no tokio runtime to wait in".into()));
        }
        let written = Written::default();
        let done = tokio::time::timeout_at(deadline.into(), self.0.call(request, &written)).await;
        match done {
            Ok(answer) => answer,
            Err(_) if written.get() => Err(Failure::Ambiguous("no answer within the deadline".into())),
            Err(_) => Err(Failure::NotSent(
                "no connection was free within the deadline; nothing was written".into(),
            )),
        }
    }
}

impl Owned {
    fn new(make: Arc<dyn Fn() -> Result<reqwest::Client> + Send + Sync>, connections: usize) -> Result<Owned> {
        let pool = Pool {
            client: make()?,
            permits: Semaphore::new(connections),
        };
        Ok(Owned {
            process: std::process::id(),
            pool: Some(pool),
            child: OnceLock::new(),
            make,
            connections,
        })
    }

    /// The pool of this process.
    fn pool(&self) -> Option<&Pool> {
        if self.process == std::process::id() {
            return self.pool.as_ref();
        }
        let make = || Owned::new(self.make.clone(), self.connections).ok().map(Box::new);
        self.child.get_or_init(make).as_ref()?.pool()
    }

    async fn call(&self, request: Request, written: &Written) -> Result<Answer, Failure> {
        let Some(pool) = self.pool() else {
            return Err(Failure::NotSent("the HTTP client could not be built".into()));
        };
        let _permit = pool.permits.acquire().await.expect("the permits are never closed");
        let has_body = request.body.is_some();
        let mut response = match pool.client.execute(request.build(written)).await {
            Ok(response) => response,
            Err(error) => return Err(failure(&error, has_body && !written.get())),
        };
        let mut answer = Answer {
            status: response.status().as_u16(),
            retry_after: retry_after(response.headers()),
            body: Vec::new(),
            whole: false,
        };
        while answer.body.len() < BODY_MAX {
            match response.chunk().await {
                Ok(Some(chunk)) => {
                    let room = BODY_MAX - answer.body.len();
                    answer.body.extend_from_slice(&chunk[..chunk.len().min(room)]);
                }
                Ok(None) => {
                    answer.whole = true;
                    break;
                }
                Err(_) => return Err(Failure::Ambiguous("the answer broke off".into())),
            }
        }
        Ok(answer)
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        if self.process != std::process::id() {
            std::mem::forget(self.pool.take());
        }
    }
}

fn client(connect: Duration, names: Arc<Filtered>, connections: usize) -> Result<reqwest::Client> {
    reqwest::Client::builder()
        .connect_timeout(connect)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .http1_only()
        .dns_resolver(names)
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(connections)
        .user_agent(concat!("otpkit/", env!("CARGO_PKG_VERSION")))
        .tls_backend_preconfigured(tls::config()?)
        .build()
        .map_err(|_| Error::new(ErrorKind::Internal, "the HTTP client could not be built"))
}

impl Request {
    pub(in crate::provider) fn new(method: reqwest::Method, url: reqwest::Url) -> Request {
        Request {
            method,
            url,
            authorization: None,
            body: None,
        }
    }

    /// Adds credentials. A value that no header can hold is found when the client is built.
    pub(in crate::provider) fn authorization(mut self, value: &str) -> Request {
        self.authorization = HeaderValue::from_str(value).ok().map(|mut value| {
            value.set_sensitive(true);
            value
        });
        self
    }

    pub(in crate::provider) fn json(mut self, body: &serde_json::Value) -> Request {
        self.body = Some(("application/json", body.to_string().into_bytes()));
        self
    }

    pub(in crate::provider) fn form(mut self, fields: &[(&str, &str)]) -> Request {
        let body = super::address::form(fields).into_bytes();
        self.body = Some(("application/x-www-form-urlencoded", body));
        self
    }

    fn build(self, written: &Written) -> reqwest::Request {
        let mut request = reqwest::Request::new(self.method, self.url);
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(authorization) = self.authorization {
            headers.insert(AUTHORIZATION, authorization);
        }
        if let Some((kind, bytes)) = self.body {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
            let body = Noted {
                bytes: Some(bytes.into()),
                written: written.clone(),
            };
            *request.body_mut() = Some(reqwest::Body::wrap(body));
        }
        request
    }
}

impl Answer {
    pub(in crate::provider) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as a type, unless it is anything else: broken, too long, of the wrong types, with a name twice.
    pub(in crate::provider) fn json<T: DeserializeOwned>(&self) -> Option<T> {
        match self.whole {
            true => serde_json::from_slice(&self.body).ok(),
            false => None,
        }
    }
}

/// Whether the body of a request was asked for, and so may have been written.
#[derive(Clone, Default)]
struct Written(Arc<AtomicBool>);

impl Written {
    fn get(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// A body that notes when it is asked for. HTTP/1 writes the head together with it, so before that nothing of the
/// request has left.
struct Noted {
    bytes: Option<bytes::Bytes>,
    written: Written,
}

impl HttpBody for Noted {
    type Data = bytes::Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<bytes::Bytes>, Infallible>>> {
        self.written.0.store(true, Ordering::Release);
        Poll::Ready(self.bytes.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}

fn failure(error: &reqwest::Error, unwritten: bool) -> Failure {
    let why = tls::reason(error).or_else(|| super::names::reason(error));
    if error.is_connect() || error.is_builder() {
        let why = why.unwrap_or(match error.is_timeout() {
            true => "no connection to the provider within the time to connect",
            false => "no connection to the provider",
        });
        return Failure::NotSent(why.into());
    }
    let why = why.unwrap_or("the connection broke before there was an answer");
    match unwritten {
        true => Failure::NotSent(why.into()),
        false => Failure::Ambiguous(why.into()),
    }
}
