//! Settings of vendors that cannot work are refused when the client is built, by provider and field.

use crate::support::{Api, builder};
use serde_json::{Value, json};

/// Values that no text setting takes, whatever it is for.
const CONTROLS: &[&str] = &["a\r\nX-Evil: 1", "a\nb", "a\rb", "a\0b", "a\u{7f}b", "a\u{1b}[0m"];

fn refused(settings: &Value) -> Option<(String, String)> {
    let document = json!({"providers": {"vendor": settings}});
    let error = match otpkit::Settings::from_json(&document.to_string()) {
        Err(error) => error,
        Ok(_) => builder(&document).build().err()?,
    };
    assert_eq!(error.kind().code(), "invalid_settings", "{settings}");
    Some((error.field().unwrap().to_owned(), error.message().to_owned()))
}

fn assert_refused(api: Api, field: &str, value: &Value) {
    let mut settings = api.settings();
    settings[field] = value.clone();
    let (found, sentence) = refused(&settings).unwrap_or_else(|| panic!("{api:?} takes {field} {value:?}"));
    // The field, or the entry of it that is wrong.
    let path = format!("providers.vendor.{field}");
    let entry = found.strip_prefix(&path);
    assert!(
        entry.is_some_and(|entry| entry.is_empty() || entry.starts_with('.')),
        "{api:?} {value:?}: {found}: {sentence}"
    );
    // The sentence must not repeat what may be a secret, nor let a line end into a log.
    assert!(!sentence.chars().any(char::is_control), "{sentence:?}");
    if let Some(text) = value.as_str().filter(|text| text.len() > 8) {
        let shown = sentence.replace("https://example.com", "");
        assert!(!shown.contains(text), "{sentence}");
    }
}

#[test]
fn what_is_required_may_not_be_missing_or_empty() {
    let required: [(Api, &[&str]); 4] = [
        (Api::MessageBirdSms, &["access_key", "originator"]),
        (Api::MessageBirdVerify, &["access_key"]),
        (Api::TwilioSms, &["account_sid", "auth_token", "from"]),
        (Api::TwilioVerify, &["account_sid", "auth_token", "service_sid"]),
    ];
    for (api, fields) in required {
        assert!(
            refused(&api.settings()).is_none(),
            "{api:?}: {:?}",
            refused(&api.settings())
        );
        for field in fields {
            let mut settings = api.settings();
            settings.as_object_mut().unwrap().remove(*field);
            let (found, _) = refused(&settings).unwrap();
            assert_eq!(found, format!("providers.vendor.{field}"), "{api:?}");
            assert_refused(api, field, &json!(""));
            assert_refused(api, field, &json!(" "));
            assert_refused(api, field, &json!(7));
            assert_refused(api, field, &json!(["x"]));
        }
    }
}

#[test]
fn no_text_takes_line_ends_or_control_characters() {
    let texts: [(Api, &[&str]); 4] = [
        (
            Api::MessageBirdSms,
            &["access_key", "originator", "signing_key", "report_url", "base_url"],
        ),
        (
            Api::MessageBirdVerify,
            &[
                "access_key",
                "originator",
                "template",
                "subject",
                "language",
                "signing_key",
                "report_url",
                "base_url",
            ],
        ),
        (
            Api::TwilioSms,
            &[
                "account_sid",
                "auth_token",
                "from",
                "status_callback",
                "webhook_auth_token",
                "region",
                "edge",
                "base_url",
            ],
        ),
        (
            Api::TwilioVerify,
            &[
                "account_sid",
                "auth_token",
                "service_sid",
                "template_sid",
                "custom_friendly_name",
                "app_hash",
                "region",
                "edge",
                "base_url",
            ],
        ),
    ];
    for (api, fields) in texts {
        for field in fields {
            for value in CONTROLS {
                assert_refused(api, field, &json!(value));
            }
        }
    }
    for map in ["rate_limits", "tags", "channel_configuration"] {
        assert_refused(Api::TwilioVerify, map, &json!({"k": "a\nb"}));
        assert_refused(Api::TwilioVerify, map, &json!({"k\0": "v"}));
        assert_refused(Api::TwilioVerify, map, &json!({"k": ""}));
    }
}

#[test]
fn shapes_and_bounds() {
    let sid = |letters: &str| format!("{letters}00000000000000000000000000000001");
    for (api, field, good) in [
        (Api::TwilioSms, "account_sid", "AC"),
        (Api::TwilioVerify, "account_sid", "AC"),
        (Api::TwilioVerify, "service_sid", "VA"),
        (Api::TwilioVerify, "template_sid", "HJ"),
    ] {
        for bad in [
            sid("XX"),
            sid(good)[..33].to_owned(),
            sid(good) + "0",
            sid(&good.to_lowercase()),
            format!("{good}{}", "g".repeat(32)),
            format!("{good}{}", "../".repeat(11)),
        ] {
            assert_refused(api, field, &json!(bad));
        }
    }
    for (field, values) in [
        (
            "originator",
            vec![
                json!("twelve chars"),
                json!("Näme"),
                json!("1234567890123456"),
                json!("12"),
            ],
        ),
        ("template", vec![json!("Your code is"), json!("%tok en")]),
        ("token_length", vec![json!(5), json!(11), json!(-1), json!("6")]),
        ("datacoding", vec![json!("utf8")]),
        ("message_type", vec![json!("tts")]),
        ("voice", vec![json!("robot")]),
        ("language", vec![json!("en_GB"), json!("../x")]),
        ("timeout_ms", vec![json!(0), json!(60_001)]),
        ("max_connections", vec![json!(0), json!(1001)]),
        ("accessKey", vec![json!("x")]),
    ] {
        for value in values {
            assert_refused(Api::MessageBirdVerify, field, &value);
        }
    }
    for (field, value) in [
        ("app_hash", json!("short")),
        ("region", json!("ie1.evil.com/")),
        ("edge", json!("dublin@evil")),
        ("risk_check", json!("maybe")),
        ("rate_limits", json!({"k": 7})),
        ("custom_friendly_name", json!("n".repeat(65))),
    ] {
        assert_refused(Api::TwilioVerify, field, &value);
    }
}

#[test]
fn base_urls() {
    for api in Api::ALL {
        for bad in [
            "",
            "example.com",
            "ftp://example.com",
            "http://example.com",
            "http://rest.messagebird.com",
            "https://user@example.com",
            "https://user:pass@example.com",
            "https://example.com?x=1",
            "https://example.com#x",
            "https://localhost",
            "https://127.0.0.1",
            "https://2130706433",
            "https://0x7f.1",
            "https://017700000001",
            "https://[::1]",
            "https://[::ffff:10.0.0.1]",
            "https://10.0.0.1",
            "https://192.168.1.1:8443",
            "https://169.254.169.254/latest",
            "https://exa mple.com",
            " https://example.com",
        ] {
            assert_refused(api, "base_url", &json!(bad));
        }
        for (good, allow_private) in [
            ("https://example.com", false),
            ("https://example.com:8443/prefix/", false),
            ("http://127.0.0.1:4680/vendor", true),
            ("https://10.0.0.1", true),
            ("http://sandbox:4680", true),
        ] {
            let mut settings = api.settings();
            settings["base_url"] = json!(good);
            settings["allow_private"] = json!(allow_private);
            assert_eq!(refused(&settings), None, "{api:?} {good}");
        }
        let mut settings = api.settings();
        settings["base_url"] = json!("http://8.8.8.8");
        settings["allow_private"] = json!(true);
        assert_eq!(refused(&settings).unwrap().0, "providers.vendor.base_url");
    }
    for (api, field) in [
        (Api::MessageBirdSms, "report_url"),
        (Api::MessageBirdVerify, "report_url"),
        (Api::TwilioSms, "status_callback"),
    ] {
        for bad in ["", "example.com", "ftp://example.com/x", "https://u:p@example.com/x"] {
            assert_refused(api, field, &json!(bad));
        }
    }
}

#[test]
fn of_two_ways_one_is_given() {
    let sk = "SK00000000000000000000000000000001";
    let both = [
        (json!({"api_key": sk, "api_key_secret": "s"}), "auth_token"),
        (json!({"api_key": sk}), "auth_token"),
        (json!({"auth_token": null}), "auth_token"),
        (json!({"auth_token": null, "api_key": sk}), "api_key_secret"),
        (json!({"auth_token": null, "api_key_secret": "s"}), "api_key"),
        (
            json!({"auth_token": null, "api_key": "SK1", "api_key_secret": "s"}),
            "api_key",
        ),
        (
            json!({"auth_token": null, "api_key": sk, "api_key_secret": ""}),
            "api_key_secret",
        ),
        (json!({"region": "ie1", "base_url": "https://example.com"}), "base_url"),
        (json!({"edge": "dublin", "base_url": "https://example.com"}), "base_url"),
    ];
    for api in [Api::TwilioSms, Api::TwilioVerify] {
        for (more, field) in &both {
            assert_eq!(
                with(api, more).unwrap().0,
                format!("providers.vendor.{field}"),
                "{more}"
            );
        }
        assert_eq!(
            with(api, &json!({"auth_token": null, "api_key": sk, "api_key_secret": "s"})),
            None
        );
    }
    let mg = "MG00000000000000000000000000000001";
    for (more, field) in [
        (json!({"messaging_service_sid": mg}), "from"),
        (json!({"from": null}), "from"),
        (
            json!({"from": null, "messaging_service_sid": "MG1"}),
            "messaging_service_sid",
        ),
    ] {
        assert_eq!(
            with(Api::TwilioSms, &more).unwrap().0,
            format!("providers.vendor.{field}"),
            "{more}"
        );
    }
    assert_eq!(
        with(Api::TwilioSms, &json!({"from": null, "messaging_service_sid": mg})),
        None
    );
}

/// What is wrong with an API's settings that are changed like this.
fn with(api: Api, more: &Value) -> Option<(String, String)> {
    let mut settings = api.settings();
    for (name, value) in more.as_object().unwrap() {
        settings[name] = value.clone();
    }
    refused(&settings)
}
