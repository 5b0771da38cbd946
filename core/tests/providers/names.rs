//! Where a provider may connect to: what its settings say, whatever its name resolves to.

use crate::server::{Server, reply};
use crate::support::{Api, Desk, mobile};
use serde_json::json;
use std::net::IpAddr;
use std::time::Duration;

/// A client whose vendor is at `url`, and whose every name leads to these addresses.
fn desk(url: &str, allow_private: bool, addresses: &[&str]) -> Desk {
    let addresses: Vec<IpAddr> = addresses.iter().map(|address| address.parse().unwrap()).collect();
    let mut settings = Api::TwilioSms.settings();
    settings["base_url"] = json!(url);
    settings["allow_private"] = json!(allow_private);
    let more = json!({"deadline_ms": 900, "connect_ms": 300});
    Desk::with_names(json!({"vendor": settings}), more, move |_| {
        (Duration::ZERO, Some(addresses.clone()))
    })
}

#[test]
fn a_public_name_that_leads_into_a_private_network_is_not_connected_to() {
    let server = Server::answering(|_| reply(201, &[], &Api::TwilioSms.good()));
    let url = format!("https://sms.example.com:{}", server.port());
    let private = [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "::1",
        "::ffff:127.0.0.1",
        "fe80::1",
        "fd00::1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::1",
    ];
    for (number, address) in private.into_iter().enumerate() {
        let (class, detail) = desk(&url, false, &[address]).send(&mobile(number));
        assert_eq!(class, "not_sent", "{address}");
        assert!(detail.contains("private addresses only"), "{address}: {detail}");
    }
    let (class, _) = desk(&url, false, &private).send(&mobile(99));
    assert_eq!((class, server.seen.connections()), ("not_sent", 0));
}

#[test]
fn http_reaches_private_hosts_only_and_only_with_leave() {
    let server = Server::answering(|_| reply(201, &[], &Api::TwilioSms.good()));
    let url = format!("http://gateway.example.com:{}", server.port());
    let (class, detail) = desk(&url, true, &["8.8.8.8"]).send(&mobile(0));
    assert!(
        class == "not_sent" && detail.contains("no private address"),
        "{class}: {detail}"
    );
    // Of several addresses those within reach are taken.
    let (class, detail) = desk(&url, true, &["8.8.8.8", "127.0.0.1"]).send(&mobile(1));
    assert_eq!((class, server.seen.count()), ("sent", 1), "{detail}");
}

#[test]
fn the_sandbox_provider_reaches_this_machine_only() {
    let server = Server::answering(|_| reply(201, &[], br#"{"id": "1"}"#));
    let providers = json!({"sandbox": {"type": "sandbox", "url": server.url()}});
    let (class, detail) = Desk::new(providers, json!({})).send(&mobile(0));
    assert_eq!((class, server.seen.count()), ("sent", 1), "{detail}");
    assert_eq!(server.seen.requests()[0].target, "/api/messages");
}
