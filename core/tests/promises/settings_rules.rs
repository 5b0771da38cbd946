//! Rules that are unsafe or make no sense, and documents that are none, are refused too.

use crate::settings::{build, json_refused};
use crate::support::{Tray, builder};
use otpkit::{ErrorKind, Window};
use serde_json::json;

#[test]
fn unsafe_and_senseless_rules_are_refused() {
    for (policy, field) in [
        (json!({ "ttl_seconds": 601 }), "policy.ttl_seconds"),
        (json!({ "ttl_seconds": 29 }), "policy.ttl_seconds"),
        (json!({ "ttl_seconds": 0, "allow_unsafe": true }), "policy.ttl_seconds"),
        (
            json!({ "ttl_seconds": 86_401, "allow_unsafe": true }),
            "policy.ttl_seconds",
        ),
        (
            json!({ "ttl_seconds": 600, "ceiling_seconds": 300 }),
            "policy.ceiling_seconds",
        ),
        (json!({ "ceiling_seconds": 601 }), "policy.ceiling_seconds"),
        (json!({ "length": 5 }), "policy.length"),
        (json!({ "length": 11 }), "policy.length"),
        (json!({ "length": 3, "allow_unsafe": true }), "policy.length"),
        (json!({ "attempts": 0 }), "policy.attempts"),
        (json!({ "attempts": 11, "allow_unsafe": true }), "policy.attempts"),
        (json!({ "resend_after_seconds": [] }), "policy.resend_after_seconds"),
        (
            json!({ "resend_after_seconds": [86_401] }),
            "policy.resend_after_seconds",
        ),
        (
            json!({ "per_recipient": [{ "max": 0, "per_seconds": 60 }] }),
            "policy.per_recipient",
        ),
        (
            json!({ "per_recipient": [{ "max": 1, "per_seconds": 0 }] }),
            "policy.per_recipient",
        ),
        (
            json!({ "per_recipient": [{ "max": 1, "per_seconds": 60 }, { "max": 2, "per_seconds": 60 }] }),
            "policy.per_recipient",
        ),
        (json!({ "countries": [] }), "policy.countries"),
    ] {
        json_refused(json!({ "policy": policy.clone() }), field, "");
        json_refused(
            json!({ "purposes": { "login": policy } }),
            &field.replace("policy", "purposes.login"),
            "",
        );
    }
    json_refused(json!({ "purposes": { "log in": {} } }), "purposes.log in", "");
    json_refused(json!({ "per_ip": [{ "max": 0, "per_seconds": 1 }] }), "per_ip", "");
    json_refused(
        json!({ "global": [{ "max": 1, "per_seconds": 31_536_001 }] }),
        "global",
        "",
    );
    json_refused(json!({ "deadline_ms": 49 }), "deadline_ms", "");
    json_refused(json!({ "deadline_ms": 60_001 }), "deadline_ms", "");
    json_refused(json!({ "connect_ms": 0 }), "connect_ms", "");
    json_refused(
        json!({ "store": { "type": "memory", "max_entries": 0 } }),
        "store.max_entries",
        "",
    );
    json_refused(json!({ "tenant": "a b" }), "tenant", "");
    json_refused(json!({ "brand": "a\nb" }), "brand", "");
    json_refused(
        json!({ "templates": { "en": "no placeholder" } }),
        "templates.en",
        "{code}",
    );
    json_refused(json!({ "web_host": "https://example.com" }), "web_host", "");
    let windows = builder(json!({}))
        .provider("a", Tray::default())
        .per_ip(vec![Window::new(0, 1)])
        .build();
    assert_eq!(windows.err().unwrap().field(), Some("per_ip"));
}

#[test]
fn what_is_no_json_is_refused_in_a_sentence() {
    for text in [
        "",
        "null",
        "[]",
        "\"x\"",
        "7",
        "{",
        "{} {}",
        "{\"tenant\":}",
        "\u{feff}{}",
        "{'tenant':'a'}",
        "{\"deadline_ms\": 1e99}",
    ] {
        let error = build(text).err().unwrap_or_else(|| panic!("accepted: {text}"));
        assert_eq!(error.kind(), ErrorKind::InvalidSettings);
        assert!(error.message().contains(' ') && error.field().is_some(), "{error}");
    }
    let deep = format!("{}{}", "{\"policy\":".repeat(100_000), "}".repeat(100_000));
    assert!(build(&deep).is_err());
    assert!(build(&format!("{{\"brand\":\"{}\"}}", "a".repeat(2 << 20))).is_err());
}
