//! Delivery reports to the application: small, bounded, and never further than this computer.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use axum::body::Bytes;
use axum::http::{Method, Request, Uri, header};
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde::Serialize;
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};

use super::Vendor;
use crate::options::Reach;
use crate::server::stopped;

/// How long a message takes to arrive.
pub(super) const DELIVERY: Duration = Duration::from_millis(300);
/// How long an application may take to answer a report; there is no second try.
const DEADLINE: Duration = Duration::from_secs(5);
/// How many reports can be on their way. What comes on top is dropped, and listed as dropped.
const IN_FLIGHT: usize = 1_024;
/// How many are listed.
const LISTED: usize = 100;

/// A report that is to be sent.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) vendor: Vendor,
    /// The id of the message.
    pub(super) message: String,
    /// The state that is reported.
    pub(super) state: &'static str,
    pub(super) method: Method,
    pub(super) url: String,
    /// Name and value of the signature; it depends on the time.
    pub(super) signature: (&'static str, String),
    /// The form that is posted.
    pub(super) form: Option<String>,
}

/// What became of a report.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Outcome {
    provider: &'static str,
    message: String,
    state: &'static str,
    url: String,
    sent_at: String,
    /// The status that the application answered with.
    answer: Option<u16>,
    /// Why there is no answer.
    error: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Reports {
    reach: Reach,
    stopping: watch::Receiver<bool>,
    in_flight: Arc<Semaphore>,
    outcomes: Arc<Mutex<VecDeque<Outcome>>>,
}

impl Reports {
    pub(crate) fn new(reach: Reach, stopping: watch::Receiver<bool>) -> Self {
        Self {
            reach,
            stopping,
            in_flight: Arc::new(Semaphore::new(IN_FLIGHT)),
            outcomes: Arc::default(),
        }
    }

    /// Sends a report after this time. It is made when it is sent, as signatures hold the time.
    pub(super) fn send_after(&self, delay: Duration, make: impl FnOnce(SystemTime) -> Report + Send + 'static) {
        let outcomes = Arc::clone(&self.outcomes);
        let Ok(permit) = Arc::clone(&self.in_flight).try_acquire_owned() else {
            let error = "dropped: 1,024 reports are on their way already".to_owned();
            return note(&outcomes, outcome(make(SystemTime::now()), Err(error)));
        };
        let reach = self.reach;
        let mut stopping = self.stopping.clone();
        tokio::spawn(async move {
            let sending = async {
                sleep(delay).await;
                let report = make(SystemTime::now());
                let answer = match reach {
                    Reach::Loopback => send(&report).await,
                    // Whoever may reach this sandbox from elsewhere must not reach through it what listens here.
                    Reach::Remote => Err("not sent: with --allow-remote there are no reports".to_owned()),
                };
                note(&outcomes, outcome(report, answer));
            };
            tokio::select! {
                () = sending => {}
                () = stopped(&mut stopping) => {}
            }
            drop(permit);
        });
    }

    /// The last reports, newest first.
    pub(crate) fn outcomes(&self) -> Vec<Outcome> {
        lock(&self.outcomes).iter().rev().cloned().collect()
    }
}

fn note(outcomes: &Mutex<VecDeque<Outcome>>, outcome: Outcome) {
    let mut outcomes = lock(outcomes);
    outcomes.push_back(outcome);
    if outcomes.len() > LISTED {
        outcomes.pop_front();
    }
}

fn lock(outcomes: &Mutex<VecDeque<Outcome>>) -> MutexGuard<'_, VecDeque<Outcome>> {
    // A list is sound whatever happened to the one who held it.
    outcomes.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn outcome(report: Report, answer: Result<u16, String>) -> Outcome {
    Outcome {
        provider: report.vendor.name(),
        message: report.message,
        state: report.state,
        url: report.url,
        sent_at: humantime::format_rfc3339_millis(SystemTime::now()).to_string(),
        answer: answer.as_ref().ok().copied(),
        error: answer.err(),
    }
}

/// One try. Redirects are not followed, and the body of the answer is not read.
async fn send(report: &Report) -> Result<u16, String> {
    let target = Target::parse(&report.url).ok_or("not sent: only http:// to a loopback address is reported to")?;
    let late = |_| "no answer in 5 seconds".to_owned();
    timeout(DEADLINE, target.send(report)).await.map_err(late)?
}

/// Where a report goes: an address of this computer.
struct Target {
    /// Tried in this order.
    ips: Vec<IpAddr>,
    port: u16,
    host: String,
    path: String,
}

impl Target {
    fn parse(url: &str) -> Option<Self> {
        let uri: Uri = url.parse().ok()?;
        let authority = uri.authority()?;
        if uri.scheme_str() != Some("http") || authority.as_str().contains('@') {
            return None;
        }
        let name = authority.host();
        let bare = name
            .strip_prefix('[')
            .and_then(|name| name.strip_suffix(']'))
            .unwrap_or(name);
        let ips = if name.eq_ignore_ascii_case("localhost") {
            vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]
        } else {
            let ip: IpAddr = bare.parse().ok()?;
            ip.to_canonical().is_loopback().then(|| vec![ip])?
        };
        Some(Self {
            ips,
            port: authority.port_u16().unwrap_or(80),
            host: authority.as_str().to_owned(),
            path: uri
                .path_and_query()
                .map_or_else(|| "/".to_owned(), |path| path.as_str().to_owned()),
        })
    }

    async fn send(&self, report: &Report) -> Result<u16, String> {
        let stream = self.connect().await?;
        let broken = |error: hyper::Error| format!("the connection broke: {error}");
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
        let (name, value) = &report.signature;
        let mut request = Request::builder()
            .method(&report.method)
            .uri(&self.path)
            .header(header::HOST, &self.host)
            .header(header::USER_AGENT, "otpkit-sandbox")
            .header(*name, value);
        if report.form.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let body = Full::new(Bytes::from(report.form.clone().unwrap_or_default()));
        let request = request
            .body(body)
            .map_err(|error| format!("not sent: the address makes no request: {error}"))?;
        // Driven here and not in a task of its own: with this future the connection ends.
        let mut connection = std::pin::pin!(connection);
        let mut asking = std::pin::pin!(sender.send_request(request));
        let answer = tokio::select! {
            answer = asking.as_mut() => answer,
            // It can end in the very moment in which the answer came.
            _ = connection.as_mut() => asking.await,
        };
        answer.map(|answer| answer.status().as_u16()).map_err(broken)
    }

    async fn connect(&self) -> Result<TcpStream, String> {
        let mut refused = String::new();
        for ip in &self.ips {
            match TcpStream::connect((*ip, self.port)).await {
                Ok(stream) => return Ok(stream),
                Err(error) => refused = format!("nobody answers at {ip}, port {}: {error}", self.port),
            }
        }
        Err(refused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_go_to_this_computer_and_nowhere_else() {
        for (url, port, path) in [
            ("http://127.0.0.1:3000/reports?a=b", 3000, "/reports?a=b"),
            ("http://localhost/", 80, "/"),
            ("http://[::1]:8080", 8080, "/"),
            ("http://127.9.9.9/x", 80, "/x"),
        ] {
            let target = Target::parse(url).expect(url);
            assert_eq!((target.port, target.path.as_str()), (port, path));
        }
        for url in [
            "https://127.0.0.1/",
            "http://192.168.1.5/",
            "http://0.0.0.0/",
            "http://localhost.evil.example/",
            "http://127.0.0.1@evil.example/",
            "http://user:secret@127.0.0.1/",
            "http://169.254.169.254/",
            "/reports",
            "file:///etc/passwd",
            "",
            "http://",
        ] {
            assert!(Target::parse(url).is_none(), "{url}");
        }
    }
}
