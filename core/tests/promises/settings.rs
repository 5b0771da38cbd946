//! Settings that cannot work or are unsafe fail when the client is built, naming the setting, and tell no secret.

use crate::support::{SECRET_A, Tray, builder};
use otpkit::testing::ScriptedSender;
use otpkit::{Builder, Client, Error, ErrorKind, OutboxSettings, RouteSettings, Settings};
use serde_json::{Value, json};

const CANARY: &str = "canary-7f3a9c5e1b8d2f6a4c0e9b7d5f3a1c8e";

/// Reads and builds; a live provider named `live` is always there.
pub(crate) fn build(text: &str) -> Result<Client, Error> {
    let settings = Settings::from_json(text)?;
    Builder::from_settings(settings)
        .provider("live", Tray::default())
        .build()
}

/// The document is refused, the error names this setting, and it tells no secret.
fn refused(text: &str, field: &str, words: &str) {
    let error = build(text).err().unwrap_or_else(|| panic!("accepted: {text}"));
    assert_eq!(error.kind(), ErrorKind::InvalidSettings, "{text}");
    let named = error.field().unwrap_or_default();
    assert!(
        named == field || error.message().contains(&format!("`{field}`")),
        "{field} in {error}"
    );
    assert!(error.message().contains(words), "{words:?} in {error}");
    assert!(!format!("{error} {error:?}").contains(&CANARY[7..]), "{error}");
}

pub(crate) fn json_refused(settings: Value, field: &str, words: &str) {
    refused(&settings.to_string(), field, words);
}

#[test]
fn an_empty_document_and_one_with_everything_are_accepted() {
    build("{}").map(drop).unwrap();
    let everything = json!({
        "secrets": [CANARY, SECRET_A], "tenant": "acme", "store": { "type": "memory", "max_entries": 10 },
        "providers": {
            "outbox": { "type": "outbox", "keep": 5 }, "console": { "type": "console" },
            "sandbox": { "type": "sandbox", "url": "http://127.0.0.1:4680" },
            "live": { "type": "callback", "on_error": "not_sent", "timeout_ms": 1000 },
        },
        "routes": [
            { "country": ["NL", "BE"], "channel": ["sms"], "purpose": ["login"], "use": ["live", "sandbox"] },
            { "use": ["outbox", "console"] },
        ],
        "policy": {
            "length": 8, "alphabet": "unambiguous", "ttl_seconds": 120, "ceiling_seconds": 600, "attempts": 3,
            "resend_after_seconds": [10, 20], "resend": "new", "per_recipient": [{ "max": 5, "per_seconds": 60 }],
            "lock_release": "operator", "countries": ["NL", "BE", "DE"], "allow_unsafe": false,
        },
        "purposes": { "payment": { "ttl_seconds": 60 }, "default": { "attempts": 2 } },
        "per_ip": [], "global": [{ "max": 1000, "per_seconds": 60 }], "deadline_ms": 5000, "connect_ms": 1000,
        "default_country": "NL", "brand": "Acme", "templates": { "en": "{code} {brand}" }, "web_host": "example.com",
    });
    build(&everything.to_string()).map(drop).unwrap();
}

#[test]
fn unknown_fields_are_refused_at_every_level() {
    let unknown = "unknown field";
    json_refused(json!({ "bogus": 1 }), "bogus", unknown);
    json_refused(json!({ "policy": { "bogus": 1 } }), "bogus", unknown);
    json_refused(
        json!({ "policy": { "per_recipient": [{ "max": 1, "per_seconds": 1, "bogus": 1 }] } }),
        "bogus",
        unknown,
    );
    json_refused(json!({ "purposes": { "login": { "bogus": 1 } } }), "bogus", unknown);
    json_refused(
        json!({ "per_ip": [{ "max": 1, "per_seconds": 1, "bogus": 1 }] }),
        "bogus",
        unknown,
    );
    json_refused(
        json!({ "global": [{ "max": 1, "per_seconds": 1, "bogus": 1 }] }),
        "bogus",
        unknown,
    );
    json_refused(json!({ "store": { "type": "memory", "bogus": 1 } }), "bogus", unknown);
    json_refused(json!({ "routes": [{ "use": ["live"], "bogus": 1 }] }), "bogus", unknown);
    for provider in ["outbox", "console", "sandbox", "callback"] {
        json_refused(
            json!({ "providers": { "live": { "type": provider, "bogus": 1 } } }),
            "bogus",
            unknown,
        );
    }
    // The path leads to the place, not only to the word.
    let path = |settings: Value| {
        build(&settings.to_string())
            .map(drop)
            .unwrap_err()
            .field()
            .unwrap()
            .to_owned()
    };
    assert!(path(json!({ "policy": { "bogus": 1 } })).starts_with("policy"));
    assert!(path(json!({ "purposes": { "login": { "bogus": 1 } } })).starts_with("purposes.login"));
    assert!(path(json!({ "providers": { "mine": { "type": "outbox", "bogus": 1 } } })).starts_with("providers.mine"));
    assert!(path(json!({ "routes": [{ "use": ["live"] }, { "use": ["live"], "bogus": 1 }] })).starts_with("routes[1]"));
}

#[test]
fn names_that_stand_twice_are_refused_at_every_level() {
    let twice = "twice";
    refused(
        r#"{ "providers": { "a": { "type": "outbox" }, "a": { "type": "console" } } }"#,
        "providers",
        twice,
    );
    refused(r#"{ "purposes": { "a": {}, "a": {} } }"#, "purposes", twice);
    refused(
        r#"{ "templates": { "en": "{code}", "en": "{code}!" } }"#,
        "templates",
        twice,
    );
    refused(r#"{ "tenant": "a", "tenant": "b" }"#, "tenant", "duplicate");
    refused(r#"{ "policy": { "length": 6, "length": 8 } }"#, "length", "duplicate");
    refused(
        r#"{ "providers": { "a": { "type": "outbox", "keep": 1, "keep": 2 } } }"#,
        "providers.a",
        "",
    );
    refused(
        r#"{ "providers": { "a": { "type": "outbox", "type": "console" } } }"#,
        "providers.a",
        "",
    );
    refused(
        r#"{ "store": { "type": "memory", "max_entries": 1, "max_entries": 2 } }"#,
        "store",
        "",
    );
}

#[test]
fn two_providers_of_one_name_are_refused_however_they_are_given() {
    let of = |error: Option<Error>| error.unwrap().field().unwrap().to_owned();
    json_refused(
        json!({ "providers": { "live": { "type": "outbox" } } }),
        "providers.live",
        "two providers",
    );
    let live_twice = builder(json!({}))
        .provider("a", Tray::default())
        .provider("a", ScriptedSender::new(vec![]));
    assert_eq!(of(live_twice.build().err()), "providers.a");
    let settings_twice = builder(json!({}))
        .provider_settings("a", OutboxSettings::default())
        .provider_settings("a", OutboxSettings::default());
    assert_eq!(of(settings_twice.build().err()), "providers.a");
    let both_placed = json!({ "providers": { "a": { "type": "callback" } } });
    let placeholder_and_two = builder(both_placed)
        .provider("a", Tray::default())
        .provider("a", Tray::default());
    assert_eq!(of(placeholder_and_two.build().err()), "providers.a");
}

#[test]
fn providers_and_routes_that_cannot_work_are_refused() {
    let empty = Client::builder().build().err().unwrap();
    assert_eq!(
        (empty.kind(), empty.field()),
        (ErrorKind::InvalidSettings, Some("providers"))
    );
    json_refused(
        json!({ "providers": { "gone": { "type": "callback" } } }),
        "providers.gone",
        "callback",
    );
    json_refused(json!({ "providers": { "a": {} } }), "providers.a", "type");
    json_refused(json!({ "providers": { "a": { "type": 7 } } }), "providers.a", "type");
    json_refused(
        json!({ "providers": { "a": { "type": "carrier-pigeon" } } }),
        "providers.a",
        "known types",
    );
    json_refused(json!({ "providers": { "a": "outbox" } }), "providers.a", "");
    json_refused(
        json!({ "providers": { "a": { "type": "outbox", "keep": 0 } } }),
        "providers.a.keep",
        "",
    );
    json_refused(
        json!({ "providers": { "live": { "type": "callback", "timeout_ms": 0 } } }),
        "providers.live.timeout_ms",
        "",
    );
    json_refused(
        json!({ "providers": { "live": { "type": "callback", "timeout_ms": 60_001 } } }),
        "providers.live.timeout_ms",
        "",
    );
    for url in [
        "https://example.com",
        "http://10.0.0.1",
        "http://127.0.0.1@evil.com",
        "file:///etc/passwd",
        "",
        "http://[::ffff:10.0.0.1]/",
    ] {
        json_refused(
            json!({ "providers": { "a": { "type": "sandbox", "url": url } } }),
            "providers.a.url",
            "",
        );
    }
    for name in ["", " ", "a b", "a/b", "é", &"a".repeat(65)] {
        json_refused(
            json!({ "providers": { name: { "type": "outbox" } } }),
            "providers",
            "name",
        );
        let error = builder(json!({}))
            .provider(name, Tray::default())
            .build()
            .err()
            .unwrap();
        assert_eq!(error.field(), Some("providers"));
    }
    json_refused(json!({ "routes": [{ "use": [] }] }), "routes[0].use", "at least one");
    json_refused(json!({ "routes": [{ "country": ["NL"] }] }), "use", "missing");
    json_refused(
        json!({ "routes": [{ "use": ["live"] }, { "use": ["live", "nobody"] }] }),
        "routes[1].use",
        "live",
    );
    json_refused(
        json!({ "routes": [{ "use": ["live"], "purpose": ["log in"] }] }),
        "routes[0].purpose",
        "",
    );
    json_refused(
        json!({ "routes": [{ "use": ["live"], "channel": ["S M S"] }] }),
        "routes[0].channel[0]",
        "",
    );
    json_refused(
        json!({ "routes": [{ "use": ["live"], "country": ["nl"] }] }),
        "routes[0].country[0]",
        "",
    );
    let built = builder(json!({}))
        .provider("a", Tray::default())
        .route(RouteSettings::over(["b"]))
        .build();
    assert_eq!(built.err().unwrap().field(), Some("routes[0].use"));
}

#[test]
fn secrets_that_are_short_or_weak_or_twice_are_refused_and_not_shown() {
    json_refused(json!({ "secrets": [&CANARY[..31]] }), "secrets", "32 bytes");
    json_refused(json!({ "secrets": [CANARY, &CANARY[..12]] }), "secrets", "32 bytes");
    json_refused(json!({ "secrets": [""] }), "secrets", "32 bytes");
    json_refused(json!({ "secrets": ["a".repeat(64)] }), "secrets", "repeated");
    json_refused(json!({ "secrets": [CANARY, SECRET_A, CANARY] }), "secrets", "same");
    json_refused(json!({ "secrets": CANARY }), "secrets", "");
    json_refused(json!({ "secrets": [[CANARY]] }), "secrets[0]", "");
    json_refused(json!({ "secrets": [{ CANARY: 1 }] }), "secrets[0]", "");
    json_refused(json!({ "secrets": [null] }), "secrets[0]", "");
    let bytes = Client::builder()
        .secret(vec![7; 31])
        .provider("a", Tray::default())
        .build()
        .err()
        .unwrap();
    assert_eq!(bytes.field(), Some("secrets"));
    assert!(otpkit::Secret::new(vec![1, 2, 3]).is_err() && otpkit::Secret::new(vec![0; 64]).is_err());
}

#[test]
fn a_secret_in_the_wrong_place_is_not_shown() {
    for misplaced in [
        json!({ "tenant": [CANARY] }),
        json!({ "store": CANARY }),
        json!({ "store": format!("postgres://user:{CANARY}@localhost/db") }),
        json!({ "store": { "type": "memory", "max_entries": CANARY } }),
        json!({ "store": { "type": CANARY } }),
        json!({ "providers": CANARY }),
        json!({ "providers": { "a": { "type": "outbox", "keep": CANARY } } }),
        json!({ "providers": { "a": { "type": CANARY } } }),
        json!({ "providers": { "live": { "type": "callback", "on_error": CANARY } } }),
        json!({ "providers": { "a": { "type": "sandbox", "url": format!("http://{CANARY}@example.com/") } } }),
        json!({ "policy": { "resend": CANARY } }),
        json!({ "policy": { "length": CANARY } }),
        json!({ "policy": { "alphabet": CANARY } }),
        json!({ "policy": { "lock_release": CANARY } }),
        json!({ "policy": { "countries": [CANARY] } }),
        json!({ "routes": [{ "use": ["live"], "country": [CANARY] }] }),
        json!({ "default_country": CANARY }),
        json!({ "deadline_ms": CANARY }),
        json!({ "web_host": format!("{CANARY}:80") }),
        json!({ "templates": { "en": CANARY } }),
        json!({ "brand": CANARY.repeat(3) }),
    ] {
        let text = misplaced.to_string();
        let error = build(&text).err().unwrap_or_else(|| panic!("accepted: {text}"));
        assert_eq!(error.kind(), ErrorKind::InvalidSettings);
        assert!(!format!("{error} {error:?}").contains(&CANARY[7..]), "{error}");
    }
}
