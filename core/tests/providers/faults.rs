//! The rest of the matrix of faults, for one sender and one verifier: names, connections, TLS, silence, floods. In a
//! process of its own, which trusts an authority of the test's, has hostile proxies in its environment, and counts its
//! memory and files.

use crate::faults_wire::{broken, fallback, floods, malformed, many, pooled, silent, slow};
use crate::measure::{Memory, open_files, settled};
use crate::server::{Seen, Server, black_hole, hold, reply, reset};
use crate::support::{Api, Desk, mobile};
use crate::tls::{Authority, Certificate, TLS10_HELLO, self_signed, server};
use serde_json::json;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const CHILD: &str = "OTPKIT_FAULTS_CHILD";
const APIS: [Api; 2] = [Api::MessageBirdSms, Api::TwilioVerify];
const DEADLINE: Duration = Duration::from_millis(900);
/// What a loaded machine may add to a deadline.
const SLACK: Duration = Duration::from_millis(600);
const GROWTH_MAX: usize = 8 << 20;

#[test]
fn the_fault_matrix() {
    if std::env::var_os(CHILD).is_some() {
        return matrix();
    }
    let trap = Server::answering(|_| reply(200, &[], b"{}"));
    let roots = std::env::temp_dir().join(format!("otpkit-faults-{}.pem", std::process::id()));
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    child.args([
        "--exact",
        "faults::the_fault_matrix",
        "--nocapture",
        "--test-threads",
        "1",
    ]);
    child
        .env(CHILD, "1")
        .env("SSL_CERT_FILE", &roots)
        .env_remove("SSL_CERT_DIR");
    for proxy in [
        "HTTP_PROXY",
        "http_proxy",
        "HTTPS_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "all_proxy",
    ] {
        child.env(proxy, trap.url());
    }
    let output = child.output().unwrap();
    let _ = std::fs::remove_file(&roots);
    print!("{}", String::from_utf8_lossy(&output.stdout));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(
        trap.seen.connections(),
        0,
        "row 29: a proxy of the environment was used"
    );
    println!("row 29: six proxies in the environment, none was asked");
}

fn matrix() {
    let authority = Authority::trusted(&std::env::var("SSL_CERT_FILE").unwrap());
    // What is made once and kept is no growth: roots, and the allocator's arenas for the fifty threads of this test's
    // own server, which take some rounds to be as large as they get.
    handshakes(&authority);
    for _ in 0..3 {
        APIS.into_iter().for_each(many);
    }
    settled();
    let (files, memory) = (open_files(), Memory::watch());
    for api in APIS {
        unresolved(api);
        unconnected(api);
        broken(api);
        silent(api);
        floods(api);
        malformed(api);
        pooled(api);
        slow(api);
        fallback(api);
        many(api);
    }
    handshakes(&authority);
    let growth = memory.growth();
    settled();
    println!("row 23: HTTP/2 frames (GOAWAY, REFUSED_STREAM, RST_STREAM) do not apply: otpkit speaks HTTP/1.1 only");
    println!("row 28: a late answer of a callback is no matter of HTTP; tests/promises/dispatch.rs holds it");
    println!(
        "memory: +{} KiB at most; files: {files} before, {} after",
        growth >> 10,
        open_files()
    );
    assert!(growth < GROWTH_MAX, "{growth}");
    assert!(open_files() <= files, "{} files, {files} before", open_files());
}

/// One send to an API at `desk`, and what it must come to.
pub(crate) fn expect(row: &str, desk: &Desk, seen: Option<&Seen>, class: &[&str], words: &str) {
    let before = seen.map_or(0, Seen::count);
    let began = Instant::now();
    let (found, detail) = desk.send(&mobile(before));
    let took = began.elapsed();
    println!("{row}: {found} in {} ms: {detail}", took.as_millis());
    assert!(
        class.contains(&found) && detail.contains(words),
        "{row}: {found}: {detail}"
    );
    assert!(took < DEADLINE + SLACK, "{row}: {took:?}");
    assert!(
        seen.map_or(0, Seen::count) - before <= 1,
        "{row}: more than one request"
    );
}

fn named(api: Api, names: impl Fn(&str) -> (Duration, Option<Vec<IpAddr>>) + Send + Sync + 'static) -> Desk {
    let more = json!({"deadline_ms": 900, "connect_ms": 300});
    Desk::with_names(json!({"vendor": api.at("https://api.example.com")}), more, names)
}

fn unresolved(api: Api) {
    let desk = named(api, |_| (Duration::ZERO, None));
    expect(
        "rows 1, 2 (both are a failed look-up)",
        &desk,
        None,
        &["not_sent"],
        "could not be resolved",
    );
    let desk = named(api, |_| (Duration::from_secs(30), None));
    expect("row 3, a look-up that stalls", &desk, None, &["not_sent"], "");
}

fn unconnected(api: Api) {
    let gone = Server::new(|stream, _| drop(stream));
    let url = gone.url();
    drop(gone);
    expect(
        "row 4, refused",
        &Desk::of(api, &url),
        None,
        &["not_sent"],
        "no connection",
    );
    let (address, kept) = black_hole();
    let desk = Desk::of(api, &format!("http://{address}"));
    expect(
        "row 5, black hole",
        &desk,
        None,
        &["not_sent"],
        "within the time to connect",
    );
    drop(kept);
}

fn handshakes(authority: &Authority) {
    let local = |api: Api, port: u16| {
        let more = json!({"deadline_ms": 900, "connect_ms": 300});
        let providers = json!({"vendor": api.at(&format!("https://api.example.com:{port}"))});
        Desk::with_names(providers, more, |_| {
            (Duration::ZERO, Some(vec![Ipv4Addr::LOCALHOST.into()]))
        })
    };
    for api in APIS {
        let with = |certificate: Certificate, class: &'static str, words: &str, row: &str| {
            let chosen = Arc::new(Mutex::new(None));
            let server = server(certificate, reply(201, &[], &api.good()), chosen.clone());
            expect(row, &local(api, server.port()), Some(&server.seen), &[class], words);
            assert_ne!(chosen.lock().unwrap().as_deref(), Some(b"h2".as_slice()));
            server.seen.count()
        };
        let host = "api.example.com";
        assert_eq!(with(authority.certificate(host), "sent", "", "a good certificate"), 1);
        assert_eq!(
            with(
                authority.expired(host),
                "not_sent",
                "TLS: the server's certificate has expired",
                "row 6, expired"
            ),
            0
        );
        assert_eq!(
            with(
                authority.certificate("other.example.com"),
                "not_sent",
                "TLS: the server's certificate is for another host",
                "row 7, wrong host"
            ),
            0
        );
        assert_eq!(with(self_signed(host), "not_sent", "TLS: ", "row 8, self-signed"), 0);
        let old = Server::new(|mut stream, _| {
            let _ = (stream.read(&mut [0; 1024]), stream.write_all(TLS10_HELLO));
            hold(stream);
        });
        expect(
            "row 9, TLS 1.0 only",
            &local(api, old.port()),
            None,
            &["not_sent"],
            "TLS: ",
        );
        let dumb = Server::new(|stream, _| hold(stream));
        expect(
            "row 9, hangs in the handshake",
            &local(api, dumb.port()),
            None,
            &["not_sent"],
            "within the time to connect",
        );
        let rude = Server::new(|mut stream, _| {
            let _ = stream.read(&mut [0; 64]);
            reset(stream);
        });
        expect(
            "row 10, reset before the request is written",
            &local(api, rude.port()),
            None,
            &["not_sent"],
            "",
        );
    }
}
