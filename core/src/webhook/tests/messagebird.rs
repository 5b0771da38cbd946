use super::*;

const JWT: &str = include_str!("../../../tests/data/golden/messagebird-webhook-jwt-vectors.json");
const LEGACY: &str = include_str!("../../../tests/data/golden/messagebird-webhook-legacy-hmac-vectors.json");

#[test]
fn every_vector_of_messagebird_is_judged_as_its_maker_judges_it() {
    let vectors = vectors(JWT);
    assert_eq!(vectors.len(), 44);
    let mut good = 0;
    for vector in &vectors {
        let request = WebhookRequest::new(text(vector, "method"), text(vector, "url"))
            .header("messagebird-signature-jwt", text(vector, "token"))
            .body(text(vector, "payload"));
        let read =
            receiver(Vendor::MessageBird, &[text(vector, "secret")]).read(&request, millis(text(vector, "timestamp")));
        if vector["valid"].as_bool().unwrap() {
            good += 1;
            assert_eq!(read.unwrap(), [], "{}", vector["name"]);
            continue;
        }
        let (why, theirs) = (refusal(read), text(vector, "reason"));
        let ours = [
            ("nbf", "of the future"),
            ("exp", "expired"),
            ("url_hash", "another URL"),
            ("payload_hash", "another body"),
            ("signature is invalid", "does not fit"),
            ("method none", "not signed by HS256"),
        ];
        let (_, expected) = ours.iter().find(|(word, _)| theirs.contains(word)).unwrap();
        assert!(why.contains(expected), "{}: {why}", vector["name"]);
    }
    assert_eq!(good, 24);
}

const REPORT: &str = "https://example.com/otpkit/mb?id=6fe65f90454aa61536e6a88b88972670&reference=ref-1&recipient=31612345678&status=delivery_failed&statusDatetime=2026-01-02T04:04:00%2B01:00&statusErrorCode=9";

#[test]
fn a_report_of_messagebird_is_read_whole() {
    let request = messagebird(REPORT, b"", &token(HS256, KEY, &claims(REPORT, b"")));
    let expected = Said {
        reference: "6fe65f90454aa61536e6a88b88972670".into(),
        ours: Some("ref-1".into()),
        status: ReportStatus::Undelivered,
        error_code: Some("9".into()),
        to_masked: Some("+31*******78".into()),
        at: time("2026-01-02T03:04:00Z"),
    };
    assert_eq!(read_messagebird(&request).unwrap(), [expected]);
}

#[test]
fn each_word_of_messagebird_has_one_of_ours_and_none_approves() {
    let words = [
        ("scheduled", "queued"),
        ("sent", "sent"),
        ("buffered", "sent"),
        ("delivered", "delivered"),
        ("expired", "expired"),
        ("delivery_failed", "undelivered"),
        ("failed", "failed"),
        ("deleted", "canceled"),
        ("verified", "unknown"),
        ("approved", "unknown"),
        ("DELIVERED", "unknown"),
    ];
    for (theirs, ours) in words {
        let url = format!("https://example.com/?id=1&status={theirs}");
        let said = read_messagebird(&messagebird(&url, b"", &token(HS256, KEY, &claims(&url, b"")))).unwrap();
        assert_eq!(said[0].status.as_str(), ours, "{theirs}");
    }
}

#[test]
fn every_bit_of_a_token_and_of_its_body_counts() {
    let body = br#"{"id":"1","status":"delivered"}"#;
    let url = "https://example.com/mb";
    let token = token(HS256, KEY, &claims(url, body));
    assert_eq!(read_messagebird(&messagebird(url, body, &token)).unwrap().len(), 1);
    for (at, bit) in (0..token.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
        let mut bytes = token.clone().into_bytes();
        bytes[at] ^= 1 << bit;
        let flipped = String::from_utf8_lossy(&bytes).into_owned();
        // A header's value is trimmed, and so is what a flip made a blank at its ends.
        refusal(read_messagebird(&messagebird(url, body, &flipped)));
    }
    for (at, bit) in (0..body.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
        let mut flipped = body.to_vec();
        flipped[at] ^= 1 << bit;
        refusal(read_messagebird(&messagebird(url, &flipped, &token)));
    }
    for at in 0..url.len() {
        let mut flipped = url.to_owned().into_bytes();
        flipped[at] ^= 1;
        refusal(read_messagebird(&messagebird(
            std::str::from_utf8(&flipped).unwrap(),
            body,
            &token,
        )));
    }
    let again = serde_json::to_vec_pretty(&serde_json::from_slice::<Value>(body).unwrap()).unwrap();
    assert!(refusal(read_messagebird(&messagebird(url, &again, &token))).contains("another body"));
}

#[test]
fn a_token_holds_from_five_seconds_before_its_time_to_five_after() {
    let request = messagebird(REPORT, b"", &token(HS256, KEY, &claims(REPORT, b"")));
    let read = |now: i64| receiver(Vendor::MessageBird, &[KEY]).read(&request, (NOW as i64 + now) as u64);
    for good in [-5_000, 0, 60_000, 64_999] {
        assert!(read(good).is_ok(), "{good}");
    }
    assert!(refusal(read(-5_001)).contains("future"));
    assert!(refusal(read(65_000)).contains("expired"));
}

#[test]
fn a_token_that_says_less_or_other_than_it_must_is_refused() {
    let good = claims(REPORT, b"");
    let without = |name: &str| {
        let mut claims = good.clone();
        claims.as_object_mut().unwrap().remove(name);
        claims
    };
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        claims
    };
    let bad = [
        without("iss"),
        without("nbf"),
        without("exp"),
        without("url_hash"),
        with("iss", "Bird".into()),
        with("exp", "9999999999".into()),
        with("payload_hash", hex(b"").into()),
        with("url_hash", good["url_hash"].as_str().unwrap().to_uppercase().into()),
        json!([]),
    ];
    for claims in bad {
        refusal(read_messagebird(&messagebird(REPORT, b"", &token(HS256, KEY, &claims))));
    }
    // The name of an algorithm says which one it was made with, and `none` is none, in any spelling.
    let forged = [
        ("none", hmac::HMAC_SHA256),
        ("None", hmac::HMAC_SHA256),
        ("HS256", hmac::HMAC_SHA384),
        ("RS256", hmac::HMAC_SHA256),
        ("", hmac::HMAC_SHA256),
    ];
    for algorithm in forged {
        refusal(read_messagebird(&messagebird(
            REPORT,
            b"",
            &token(algorithm, KEY, &good),
        )));
    }
    let whole = token(HS256, KEY, &good);
    let parts: Vec<_> = whole.split('.').collect();
    let unsigned = format!("{}.{}.", parts[0], parts[1]);
    let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
    let crit = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","crit":["exp"]}"#);
    for odd in [
        "",
        ".",
        "..",
        "...",
        "a.b.c",
        &unsigned,
        &format!("{none}.{}.", parts[1]),
        &format!("{crit}.{}.{}", parts[1], parts[2]),
        &format!("{whole}="),
        &format!("{whole}.{}", parts[2]),
        &"a".repeat(10_000),
    ] {
        refusal(read_messagebird(&messagebird(REPORT, b"", odd)));
    }
    let twice = messagebird(REPORT, b"", &whole).header("MESSAGEBIRD-SIGNATURE-JWT", whole.clone());
    assert!(refusal(read_messagebird(&twice)).contains("twice"));
    assert!(refusal(read_messagebird(&WebhookRequest::new("GET", REPORT))).contains("not signed"));
}

#[test]
fn the_url_of_a_token_is_the_one_that_was_called_to_the_letter() {
    let token = token(HS256, KEY, &claims(REPORT, b""));
    for wrong in [
        REPORT.replace("https://", "http://"),
        REPORT.replace("example.com", "example.com:443"),
        REPORT.replace("example.com", "EXAMPLE.com"),
        REPORT.replace("example.com", "internal.example.com"),
        REPORT.replace("/otpkit/mb", "/mb"),
        REPORT.replace("reference=ref-1&", ""),
        format!("{REPORT}&x=1"),
        REPORT.replace("%2B", "%2b"),
    ] {
        assert!(
            refusal(read_messagebird(&messagebird(&wrong, b"", &token))).contains("another URL"),
            "{wrong}"
        );
    }
}

fn legacy(vector: &Value) -> WebhookRequest {
    let query: Vec<_> = vector["query"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| format!("{name}={}", value.as_str().unwrap().replace(' ', "%20")))
        .collect();
    WebhookRequest::new("GET", format!("https://example.com/mb?{}", query.join("&")))
        .header("MessageBird-Signature", text(vector, "signature_base64"))
        .header("MessageBird-Request-Timestamp", text(vector, "timestamp"))
        .body(text(vector, "body"))
}

#[test]
fn every_vector_of_messagebirds_older_scheme_is_good_for_five_minutes() {
    let vectors = vectors(LEGACY);
    assert_eq!(vectors.len(), 3);
    for vector in &vectors {
        let key = text(vector, "signing_key");
        let at: Millis = text(vector, "timestamp").parse::<u64>().unwrap() * 1000;
        let read = |request: &WebhookRequest, now| receiver(Vendor::MessageBird, &[key]).read(request, now);
        let request = legacy(vector);
        for now in [at - 299_000, at, at + 299_000] {
            assert!(read(&request, now).is_ok(), "{}", vector["name"]);
        }
        for now in [at - 301_000, at + 301_000] {
            assert!(refusal(read(&request, now)).contains("too old"));
        }
        let signature = text(vector, "signature_base64");
        for (bit, place) in (0..8).flat_map(|bit| (0..signature.len()).map(move |place| (bit, place))) {
            let mut flipped = signature.to_owned().into_bytes();
            flipped[place] ^= 1 << bit;
            let mut request = request.clone();
            request.headers[0].1 = String::from_utf8_lossy(&flipped).into_owned();
            refusal(read(&request, at));
        }
        refusal(read(&request.clone().body("x"), at));
        let mut other = request.clone();
        other.url.push_str("&status=delivered");
        refusal(read(&other, at));
        let mut other = request.clone();
        other.headers[1].1 = (at / 1000 + 1).to_string();
        refusal(read(&other, at));
        other.headers[1].1 = format!("+{}", at / 1000);
        refusal(read(&other, at));
    }
    let at = 1_767_323_045_000;
    let said = receiver(Vendor::MessageBird, &[KEY])
        .read(&legacy(&vectors[0]), at)
        .unwrap();
    assert_eq!(said[0].status, ReportStatus::Delivered);
    assert_eq!(said[0].at, time("2022-01-05T10:02:59Z"));
}
