//! Faults after the connection is there: breaks, silence, floods, rubbish, and many calls at once.

use crate::faults::expect;
use crate::server::{Server, hold, reply, reset};
use crate::support::{Api, Desk, mobile};
use otpkit::Start;
use serde_json::json;
use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

pub(crate) fn broken(api: Api) {
    for (row, by_reset) in [
        ("row 11, reset after the request", true),
        ("row 11, closed after the request", false),
    ] {
        let server = Server::new(move |mut stream, seen| {
            let _ = seen.read(&mut stream);
            if by_reset { reset(stream) } else { drop(stream) }
        });
        expect(
            row,
            &Desk::of(api, &server.url()),
            Some(&server.seen),
            &["ambiguous"],
            "",
        );
        assert_eq!(server.seen.count(), 1, "{row}");
    }
}

/// A server that reads one request, and then writes what `write` writes until the peer goes.
fn writing(write: impl Fn(&mut TcpStream) -> std::io::Result<()> + Send + Sync + 'static) -> Server {
    Server::new(move |mut stream, seen| {
        if seen.read(&mut stream).is_some() && write(&mut stream).is_ok() {
            hold(stream);
        }
    })
}

fn ambiguous(row: &str, api: Api, server: &Server) {
    expect(
        row,
        &Desk::of(api, &server.url()),
        Some(&server.seen),
        &["ambiguous"],
        "",
    );
    assert_eq!(server.seen.count(), 1, "{row}");
}

fn drip(stream: &mut TcpStream, bytes: &[u8]) -> std::io::Result<()> {
    bytes.iter().try_for_each(|byte| {
        std::thread::sleep(Duration::from_millis(50));
        stream.write_all(&[*byte])
    })
}

pub(crate) fn silent(api: Api) {
    ambiguous("row 12, no headers", api, &writing(|_| Ok(())));
    ambiguous(
        "row 13, dripping headers",
        api,
        &writing(move |stream| drip(stream, &reply(201, &[], &api.good()))),
    );
    let body = writing(move |stream| {
        stream.write_all(b"HTTP/1.1 201 Created\r\ncontent-length: 500\r\n\r\n")?;
        drip(stream, &[b' '; 500])
    });
    ambiguous("row 13, dripping body", api, &body);
    ambiguous(
        "row 23, 100 Continue only",
        api,
        &writing(|stream| stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")),
    );
}

fn endless(stream: &mut TcpStream, head: &[u8], piece: &[u8], most: usize) -> std::io::Result<()> {
    stream.write_all(head)?;
    (0..most / piece.len()).try_for_each(|_| stream.write_all(piece))
}

pub(crate) fn floods(api: Api) {
    let gigabyte = writing(|stream| {
        endless(
            stream,
            b"HTTP/1.1 201 Created\r\ncontent-length: 1073741824\r\n\r\n",
            &[b' '; 65536],
            1 << 30,
        )
    });
    ambiguous("row 14, a body of 1 GiB", api, &gigabyte);
    let chunks = writing(|stream| {
        let head = b"HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\n";
        endless(
            stream,
            head,
            &[b"1000\r\n".as_slice(), &[b' '; 4096], b"\r\n"].concat(),
            1 << 30,
        )
    });
    ambiguous("row 14, chunks without end", api, &chunks);
    let packed = writing(move |stream| {
        let head = b"HTTP/1.1 201 Created\r\ncontent-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n";
        endless(
            stream,
            head,
            &[b"400\r\n".as_slice(), &[0x1f; 1024], b"\r\n"].concat(),
            1 << 24,
        )
    });
    ambiguous("row 14, compressed (never asked for, never unpacked)", api, &packed);
    assert!(packed.seen.requests()[0].header("accept-encoding").is_none());
    let informed = writing(|stream| {
        endless(
            stream,
            b"",
            &b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n".repeat(100),
            1 << 28,
        )
    });
    ambiguous("row 23, a flood of 1xx", api, &informed);
}

pub(crate) fn malformed(api: Api) {
    // What is large is written piece by piece: the memory that is counted is to be the client's, not this server's.
    let status: &[u8] = b"HTTP/1.1 201 Created\r\n";
    let heads: [(&str, &[u8], &[u8], usize); 5] = [
        ("row 24, 100000 headers", status, b"x-and: y\r\n", 100_000),
        (
            "row 24, a header of 8 MB",
            b"HTTP/1.1 201 Created\r\nx: ",
            &[b'y'; 4096],
            2048,
        ),
        ("row 24, bytes that no header has", status, b"x\0y: \x01\r\n\r\n{}", 1),
        ("row 24, HTTP/0.9", b"", b"<html>hello</html>", 1),
        ("row 24, another protocol", b"", b"SSH-2.0-OpenSSH_9.2\r\n", 1),
    ];
    for (row, head, piece, times) in heads {
        let server = Server::new(move |mut stream, seen| {
            let _ = seen.read(&mut stream);
            let _ = endless(&mut stream, head, piece, piece.len() * times);
        });
        expect(
            row,
            &Desk::of(api, &server.url()),
            Some(&server.seen),
            &["ambiguous", "rejected"],
            "",
        );
        assert_eq!(server.seen.count(), 1, "{row}");
    }
}

pub(crate) fn pooled(api: Api) {
    // Each connection serves one request, says that it stays open, and closes.
    let server = Server::new(move |mut stream, seen| {
        let _ = seen.read(&mut stream);
        let _ = stream.write_all(&reply(201, &[], &api.good()));
    });
    let desk = Desk::of(api, &server.url());
    for send in 1..=3 {
        expect(
            "row 25, closed while idle",
            &desk,
            Some(&server.seen),
            &["sent", "ambiguous"],
            "",
        );
        assert!(server.seen.count() <= send);
        std::thread::sleep(Duration::from_millis(20));
    }
    // The second request on a connection falls into a hole.
    let server = Server::new(move |mut stream, seen| {
        let _ = seen.read(&mut stream);
        let _ = stream.write_all(&reply(201, &[], &api.good()));
        if seen.read(&mut stream).is_some() {
            hold(stream);
        }
    });
    let desk = Desk::of(api, &server.url());
    expect(
        "row 25, before the connection is forgotten",
        &desk,
        Some(&server.seen),
        &["sent"],
        "",
    );
    expect(
        "row 25, on a connection that is forgotten",
        &desk,
        Some(&server.seen),
        &["ambiguous"],
        "",
    );
    assert_eq!(server.seen.count(), 2);
}

pub(crate) fn slow(api: Api) {
    let turn = AtomicUsize::new(0);
    let server = Server::answering(move |_| {
        if turn.fetch_add(1, Ordering::SeqCst) % 4 != 3 {
            std::thread::sleep(Duration::from_millis(300));
        }
        reply(201, &[], &api.good())
    });
    let desk = Desk::of(api, &server.url());
    for _ in 0..4 {
        expect(
            "row 26, three of four are slow",
            &desk,
            Some(&server.seen),
            &["sent"],
            "",
        );
    }
    assert_eq!(server.seen.count(), 4);
}

pub(crate) fn fallback(api: Api) {
    let (first, second) = (
        writing(|_| Ok(())),
        Server::answering(move |_| reply(201, &[], &api.good())),
    );
    let providers = json!({"vendor": api.at(&first.url()), "second": api.at(&second.url())});
    let desk = Desk::new(providers, json!({"deadline_ms": 900, "connect_ms": 300}));
    expect(
        "row 27, ambiguous with a fallback",
        &desk,
        Some(&first.seen),
        &["ambiguous"],
        "",
    );
    assert_eq!(
        (first.seen.count(), second.seen.count()),
        (1, 0),
        "the fallback was asked"
    );
}

pub(crate) fn many(api: Api) {
    let server = Server::answering(move |_| {
        std::thread::sleep(Duration::from_millis(5));
        reply(201, &[], &api.good())
    });
    let mut settings = api.at(&server.url());
    settings["max_connections"] = json!(50);
    let desk = Desk::new(json!({"vendor": settings}), json!({}));
    let sent = desk.runtime.block_on(async {
        let mut calls = tokio::task::JoinSet::new();
        for number in 0..500 {
            let otp = desk.otp.clone();
            calls.spawn(async move { otp.start(Start::to(mobile(number))).await.is_ok() });
        }
        calls.join_all().await.into_iter().filter(|sent| *sent).count()
    });
    let (requests, open) = (server.seen.count(), server.seen.most_open());
    println!("row 30, 500 at once: {sent} sent, {requests} requests, {open} connections at most");
    assert_eq!((sent, requests), (500, 500));
    assert!(open <= 50, "{open}");
}
