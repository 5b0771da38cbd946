//! A server on this machine that reads requests, keeps them, and does with each connection what a test says: answer,
//! break, stall or lie. Blocking threads and sockets, so that each fault is just what it looks like.

use socket2::{Domain, SockRef, Socket, Type};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// A request as it stood on the wire.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Request {
    /// The value of a header, which must not stand twice.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut found = self
            .headers
            .iter()
            .filter(|(known, _)| known.eq_ignore_ascii_case(name));
        let first = found.next().map(|(_, value)| value.as_str());
        assert!(found.next().is_none(), "{name} stands twice");
        first
    }
}

/// What happened at the server. A clone shows the same.
#[derive(Clone, Default)]
pub(crate) struct Seen(Arc<Inner>);

#[derive(Default)]
struct Inner {
    requests: Mutex<Vec<Request>>,
    connections: AtomicUsize,
    open: AtomicUsize,
    most_open: AtomicUsize,
    stop: AtomicBool,
}

impl Seen {
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.0.requests.lock().unwrap().clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.0.requests.lock().unwrap().len()
    }

    pub(crate) fn connections(&self) -> usize {
        self.0.connections.load(Ordering::SeqCst)
    }

    /// The most connections that were open at once.
    pub(crate) fn most_open(&self) -> usize {
        self.0.most_open.load(Ordering::SeqCst)
    }

    /// Reads one whole request; `None` when the peer has gone.
    pub(crate) fn read(&self, stream: &mut impl Read) -> Option<Request> {
        let request = read_request(stream)?;
        self.0.requests.lock().unwrap().push(request.clone());
        Some(request)
    }
}

pub(crate) struct Server {
    address: SocketAddr,
    pub(crate) seen: Seen,
    accepts: Option<JoinHandle<()>>,
}

impl Server {
    /// A server that hands each connection to `serve`, on a thread of its own.
    pub(crate) fn new(serve: impl Fn(TcpStream, &Seen) + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, seen) = (listener.local_addr().unwrap(), Seen::default());
        let (known, serve) = (seen.clone(), Arc::new(serve));
        let accepts = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if known.0.stop.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                known.0.connections.fetch_add(1, Ordering::SeqCst);
                let open = known.0.open.fetch_add(1, Ordering::SeqCst) + 1;
                known.0.most_open.fetch_max(open, Ordering::SeqCst);
                let (known, serve) = (known.clone(), serve.clone());
                let work = move || {
                    serve(stream, &known);
                    known.0.open.fetch_sub(1, Ordering::SeqCst);
                };
                std::thread::Builder::new().stack_size(256 * 1024).spawn(work).unwrap();
            }
        });
        Server {
            address,
            seen,
            accepts: Some(accepts),
        }
    }

    /// A server that answers every request with what `answer` makes of it, and keeps connections open.
    pub(crate) fn answering(answer: impl Fn(&Request) -> Vec<u8> + Send + Sync + 'static) -> Server {
        Server::new(move |mut stream, seen| {
            while let Some(request) = seen.read(&mut stream) {
                if stream.write_all(&answer(&request)).is_err() {
                    return;
                }
            }
        })
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.seen.0.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        if let Some(accepts) = self.accepts.take() {
            accepts.join().unwrap();
        }
    }
}

/// An answer with these headers and this body.
pub(crate) fn reply(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("HTTP/1.1 {status} Status\r\ncontent-length: {}\r\n", body.len()).into_bytes();
    if status == 204 || status == 304 {
        bytes = format!("HTTP/1.1 {status} Status\r\n").into_bytes();
    }
    for (name, value) in headers {
        bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body);
    bytes
}

/// Closes with a reset rather than an orderly end.
pub(crate) fn reset(stream: TcpStream) {
    SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
    drop(stream);
}

/// Waits until the peer goes.
pub(crate) fn hold(mut stream: TcpStream) {
    let mut rest = [0u8; 4096];
    while matches!(stream.read(&mut rest), Ok(read) if read > 0) {}
}

/// An address whose queue of connections is full, so that a new one gets no answer; and what keeps it so.
pub(crate) fn black_hole() -> (SocketAddr, Vec<Socket>) {
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    listener.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    listener.listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    let mut kept = vec![listener];
    for _ in 0..4 {
        let filler = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        filler.set_nonblocking(true).unwrap();
        let _ = filler.connect(&address);
        kept.push(filler);
    }
    std::thread::sleep(Duration::from_millis(50));
    (address.as_socket().unwrap(), kept)
}

fn read_request(stream: &mut impl Read) -> Option<Request> {
    let mut bytes = Vec::new();
    let mut next = [0u8; 4096];
    let head = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        match stream.read(&mut next) {
            Ok(read) if read > 0 => bytes.extend_from_slice(&next[..read]),
            _ => return None,
        }
    };
    let text = String::from_utf8(bytes[..head].to_vec()).unwrap();
    let mut lines = text.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: Vec<(String, String)> = lines
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let length = headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length: usize = length.map_or(0, |(_, value)| value.parse().unwrap());
    while bytes.len() < head + 4 + length {
        match stream.read(&mut next) {
            Ok(read) if read > 0 => bytes.extend_from_slice(&next[..read]),
            _ => return None,
        }
    }
    let body = String::from_utf8(bytes[head + 4..head + 4 + length].to_vec()).unwrap();
    Some(Request {
        method,
        target,
        headers,
        body,
    })
}
