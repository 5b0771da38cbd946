//! The running server: accepts, serves, and ends in bounded time.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::middleware::from_fn_with_state;
use axum::routing::{any, get};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};

use crate::cut::{Cut, Cuttable};
use crate::error::BindError;
use crate::faults::Rules;
use crate::inbox::Inbox;
use crate::options::{Options, Reach};
use crate::vendors::{self, Reports, Vendors};
use crate::{api, events, faults, guard, page};

/// How long open requests may take to end at shutdown before they are cut.
const GRACE: Duration = Duration::from_secs(2);
/// How long a connection may stay silent before or inside the head of a request. Longer than the 90 s that HTTP clients
/// commonly keep idle connections for, so that it is they who close and no request meets a closing server.
const HEAD_DEADLINE: Duration = Duration::from_secs(120);
/// The pause after a failed accept: most often the process is out of file descriptors, and trying at once spins.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Where the vendors' APIs are; `vendors` itself tells which of their paths exist.
const VENDOR_PATHS: [&str; 9] = [
    "/verify",
    "/verify/{*rest}",
    "/messages",
    "/messages/{*rest}",
    "/balance",
    "/balance/{*rest}",
    "/v2/{*rest}",
    "/2010-04-01",
    "/2010-04-01/{*rest}",
];

/// A running sandbox. Dropping it ends it too, without waiting for open requests.
#[derive(Debug)]
pub struct Sandbox {
    local_addr: SocketAddr,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
}

/// What every handler sees.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) inbox: Inbox,
    pub(crate) vendors: Vendors,
    pub(crate) reports: Reports,
    pub(crate) faults: Rules,
    pub(crate) reach: Reach,
    pub(crate) stopping: watch::Receiver<bool>,
}

impl Sandbox {
    /// Opens the port and serves on the current tokio runtime (with I/O and time enabled) until
    /// [`shutdown`](Self::shutdown).
    pub async fn bind(addr: SocketAddr, options: Options) -> Result<Self, BindError> {
        options.check(addr)?;
        let listener = TcpListener::bind(addr)
            .await
            .map_err(|error| BindError::listen(addr, error))?;
        let local_addr = listener.local_addr().map_err(|error| BindError::listen(addr, error))?;
        let (stop, stopping) = watch::channel(false);
        let app = App {
            inbox: Inbox::new(options.keep),
            vendors: Vendors::default(),
            reports: Reports::new(options.reach, stopping.clone()),
            faults: Rules::default(),
            reach: options.reach,
            stopping: stopping.clone(),
        };
        let serving = tokio::spawn(serve(listener, router(Arc::new(app)), stopping));
        Ok(Self {
            local_addr,
            stop,
            serving,
        })
    }

    /// The address that is really bound; with port 0 asked for, this has the port that the system chose.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// The address of the inbox, such as `http://127.0.0.1:4680`.
    pub fn url(&self) -> String {
        format!("http://{}", self.local_addr)
    }

    /// Stops accepting, ends waiting requests and event streams, and returns when every connection is closed:
    /// at once as a rule, after about two seconds at the latest.
    pub async fn shutdown(mut self) {
        self.stop.send_replace(true);
        // The task ends by itself; it can only be gone already when its runtime is.
        let _ = (&mut self.serving).await;
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

/// Returns once the sandbox is told to end.
pub(crate) async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // An error means that the sandbox is gone, which is an end as well.
    let _ = stopping.wait_for(|stop| *stop).await;
}

fn router(app: Arc<App>) -> Router {
    let messages = get(api::list_messages)
        .post(api::post_message)
        .delete(api::delete_messages);
    let faults = get(faults::list_faults)
        .post(faults::add_fault)
        .delete(faults::clear_faults);
    let mut router = Router::new();
    for path in VENDOR_PATHS {
        router = router.route(path, any(vendors::serve));
    }
    router
        .route("/", get(page::inbox))
        .route("/inbox.css", get(page::style))
        .route("/inbox.js", get(page::script))
        .route("/icon.svg", get(page::icon))
        .route("/api/messages", messages)
        .route("/api/events", get(events::events))
        .route("/api/faults", faults)
        .route("/api/reports", get(api::list_reports))
        .route("/healthz", get(api::healthz))
        .fallback(api::not_found)
        .method_not_allowed_fallback(api::method_not_allowed)
        .layer(from_fn_with_state(Arc::clone(&app), faults::apply))
        .layer(from_fn_with_state(Arc::clone(&app), guard::guard))
        .with_state(app)
}

async fn serve(listener: TcpListener, router: Router, mut stopping: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, router.clone(), stopping.clone()));
                }
                Err(_) => sleep(ACCEPT_PAUSE).await,
            },
            Some(_) = connections.join_next() => {}
            () = stopped(&mut stopping) => break,
        }
    }
    drop(listener);
    let ended = timeout(GRACE, async { while connections.join_next().await.is_some() {} }).await;
    if ended.is_err() {
        connections.shutdown().await;
    }
}

async fn connection(stream: TcpStream, router: Router, mut stopping: watch::Receiver<bool>) {
    // Small replies should leave at once; where the option is refused they leave a little later.
    let _ = stream.set_nodelay(true);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_DEADLINE);
    let cut = Cut::default();
    let io = TokioIo::new(Cuttable::new(stream, cut.clone()));
    let service = service_fn(|mut request: Request<Incoming>| {
        request.extensions_mut().insert(cut.clone());
        TowerToHyperService::new(router.clone()).call(request)
    });
    let mut serving = pin!(http.serve_connection(io, service));
    // What goes wrong on a connection (a reset, a broken head) is the client's affair: there is nobody to tell.
    tokio::select! {
        _ = serving.as_mut() => return,
        () = cut.asked() => return,
        () = stopped(&mut stopping) => serving.as_mut().graceful_shutdown(),
    }
    tokio::select! {
        _ = serving => {}
        () = cut.asked() => {}
    }
}
