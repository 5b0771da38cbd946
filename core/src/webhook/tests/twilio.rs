use super::*;
use crate::webhook::fields;

const TWILIO: &str = include_str!("../../../tests/data/golden/twilio-webhook-signature-vectors.json");
const PUBLISHED: &str = include_str!("../../../tests/data/golden/published-signature-vectors.json");

/// A body as Twilio writes a form.
fn form(parameters: &Value) -> String {
    let mut body = String::new();
    let mut add = |name: &str, value: &str| {
        if !body.is_empty() {
            body.push('&');
        }
        fields::encoded(name.as_bytes(), b"", &mut body);
        body.push('=');
        fields::encoded(value.as_bytes(), b"", &mut body);
    };
    for (name, value) in parameters.as_object().into_iter().flatten() {
        match value {
            Value::Array(values) => values.iter().for_each(|value| add(name, value.as_str().unwrap())),
            value => add(name, value.as_str().unwrap()),
        }
    }
    body
}

#[test]
fn every_vector_of_twilio_is_good_and_no_bit_of_it_may_change() {
    let ours = vectors(TWILIO);
    assert_eq!(ours.len(), 8);
    let published = vectors(PUBLISHED);
    let published = published
        .iter()
        .filter(|vector| vector["service"] == "twilio")
        .map(|vector| {
            let mut inputs = vector["inputs"].clone();
            inputs["signature"] = vector["expected"].clone();
            inputs
        });
    for vector in ours.iter().cloned().chain(published) {
        let (token, url, signature) = (
            text(&vector, "auth_token"),
            text(&vector, "url"),
            text(&vector, "signature"),
        );
        let body = match vector["raw_body"].as_str() {
            Some(raw) => raw.to_owned(),
            None => form(&vector["params"]),
        };
        let read = |url: &str, body: &[u8], signature: &str| {
            receiver(Vendor::Twilio, &[token]).read(&twilio(url, body, signature), NOW)
        };
        assert!(read(url, body.as_bytes(), signature).is_ok(), "{}", vector["name"]);
        for (bit, at) in (0..8).flat_map(|bit| (0..signature.len()).map(move |at| (bit, at))) {
            let mut flipped = signature.to_owned().into_bytes();
            flipped[at] ^= 1 << bit;
            refusal(read(url, body.as_bytes(), &String::from_utf8_lossy(&flipped)));
        }
        for (bit, at) in (0..8).flat_map(|bit| (0..body.len()).map(move |at| (bit, at))) {
            let mut flipped = body.clone().into_bytes();
            flipped[at] ^= 1 << bit;
            // What is signed are the parameters: `%2B` and `%2b` are the same ones.
            if fields::pairs(&flipped) != fields::pairs(body.as_bytes()) || vector["raw_body"].is_string() {
                refusal(read(url, &flipped, signature));
            }
        }
        refusal(read(url, body.as_bytes(), &signature.to_lowercase()));
        refusal(read(
            &url.replace("example.com", "example.org")
                .replace("mycompany", "yourcompany"),
            body.as_bytes(),
            signature,
        ));
    }
}

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

fn read_twilio(request: &WebhookRequest) -> Result<Vec<Said>> {
    receiver(Vendor::Twilio, &[TOKEN]).read(request, NOW)
}

#[test]
fn a_report_of_twilio_is_read_whole() {
    let body = "MessageSid=SM1&MessageStatus=undelivered&ErrorCode=30003&To=whatsapp%3A%2B31612345678&AccountSid=AC1";
    let row = "AccountSidAC1ErrorCode30003MessageSidSM1MessageStatusundeliveredTowhatsapp:+31612345678";
    let url = "https://example.com/twilio?purpose=login&MessageStatus=read";
    let said = read_twilio(&twilio(url, body.as_bytes(), &sign(TOKEN, url, row))).unwrap();
    let expected = Said {
        reference: "SM1".into(),
        ours: None,
        // The body's word; the query is the host's own.
        status: ReportStatus::Undelivered,
        error_code: Some("30003".into()),
        to_masked: Some("+31*******78".into()),
        at: None,
    };
    assert_eq!(said, [expected]);
    // A callback by GET has it all in the query.
    let url = "https://example.com/twilio?MessageSid=SM1&MessageStatus=sent";
    let request = WebhookRequest::new("GET", url).header("X-Twilio-Signature", sign(TOKEN, url, ""));
    assert_eq!(read_twilio(&request).unwrap()[0].status, ReportStatus::Sent);
}

#[test]
fn each_word_of_twilio_has_one_of_ours_and_none_approves() {
    let words = [
        ("accepted", "queued"),
        ("scheduled", "queued"),
        ("queued", "queued"),
        ("sending", "queued"),
        ("sent", "sent"),
        ("delivered", "delivered"),
        ("undelivered", "undelivered"),
        ("partially_delivered", "undelivered"),
        ("failed", "failed"),
        ("read", "read"),
        ("canceled", "canceled"),
        ("receiving", "unknown"),
        ("received", "unknown"),
        ("approved", "unknown"),
    ];
    for (theirs, ours) in words {
        let (url, body) = ("https://example.com/", format!("MessageSid=SM1&MessageStatus={theirs}"));
        let signature = sign(TOKEN, url, &format!("MessageSidSM1MessageStatus{theirs}"));
        let said = read_twilio(&twilio(url, body.as_bytes(), &signature)).unwrap();
        assert_eq!(said[0].status.as_str(), ours, "{theirs}");
    }
}

#[test]
fn twilio_may_sign_the_url_with_or_without_its_port_but_no_other_url() {
    let base = |authority: &str| format!("https://{authority}/t?a=1&b=%2F");
    let good = [
        ("example.com", "example.com:443"),
        ("example.com:443", "example.com"),
        ("example.com:8443", "example.com"),
        ("example.com:8443", "example.com:8443"),
        ("EXAMPLE.com", "example.com"),
        ("EXAMPLE.com", "example.com:443"),
        ("[::1]", "[::1]:443"),
    ];
    for (called, signed) in good {
        let request = twilio(&base(called), b"a=b", &sign(TOKEN, &base(signed), "ab"));
        assert!(read_twilio(&request).is_ok(), "{called} {signed}");
    }
    let bad = [
        ("example.com", "example.com:80"),
        ("example.com", "example.com:8443"),
        ("example.com:8443", "example.com:9443"),
        ("example.com:8443", "example.com:443"),
        ("example.com", "www.example.com"),
        ("example.com", "example.com.evil.example"),
    ];
    for (called, signed) in bad {
        refusal(read_twilio(&twilio(
            &base(called),
            b"a=b",
            &sign(TOKEN, &base(signed), "ab"),
        )));
    }
    let signature = sign(TOKEN, "https://example.com/t?a=1", "");
    for wrong in [
        "http://example.com/t?a=1",
        "https://example.com/t",
        "https://example.com/t?a=2",
        "https://example.com/t/?a=1",
        "https://example.com/t?a=1&b",
    ] {
        refusal(read_twilio(&twilio(wrong, b"", &signature)));
    }
    // For http the default port is another one.
    let request = twilio("http://example.com/t", b"", &sign(TOKEN, "http://example.com:80/t", ""));
    assert!(read_twilio(&request).is_ok());
    // A query that was encoded in another way on its way.
    let request = twilio(
        "https://example.com/t?q=a+b&c=%28",
        b"",
        &sign(TOKEN, "https://example.com/t?q=a%20b&c=(", ""),
    );
    assert!(read_twilio(&request).is_ok());
}

#[test]
fn parameters_that_stand_twice_count_once_and_their_order_does_not_matter() {
    let url = "https://example.com/";
    let signature = sign(TOKEN, url, "a1a2b3");
    for body in ["a=1&a=2&b=3", "b=3&a=2&a=1", "a=1&a=2&a=1&b=3"] {
        assert!(read_twilio(&twilio(url, body.as_bytes(), &signature)).is_ok(), "{body}");
    }
    for body in ["a=1&b=3", "a=1&a=2&b=3&c=", "a=1&a=3&b=2", ""] {
        let read = read_twilio(&twilio(url, body.as_bytes(), &signature));
        assert!(read.is_err(), "{body}");
    }
    let many = "a=1&".repeat(1_001);
    assert!(refusal(read_twilio(&twilio(url, many.as_bytes(), &sign(TOKEN, url, "a1")))).contains("1000"));
}

#[test]
fn a_body_of_json_is_held_by_its_hash_in_the_url() {
    let body = json!([
        {"type": "com.twilio.messaging.message.delivered", "time": "2026-01-02T03:04:05Z",
         "data": {"messageSid": "SM1", "messageStatus": "DELIVERED", "to": "+31612345678"}},
        {"messageSid": "SM2", "messageStatus": "failed", "errorCode": 30007},
        {"type": "com.twilio.accountsecurity.verify.verification.approved", "data": {"sid": "VE1", "status": "approved"}},
        7,
    ])
    .to_string();
    let url = format!("https://example.com/t?bodySHA256={}", hex(body.as_bytes()));
    let signature = sign(TOKEN, &url, "");
    let said = read_twilio(&twilio(&url, body.as_bytes(), &signature)).unwrap();
    let short: Vec<_> = said
        .iter()
        .map(|said| (&*said.reference, said.status.as_str(), said.error_code.as_deref()))
        .collect();
    assert_eq!(short, [("SM1", "delivered", None), ("SM2", "failed", Some("30007"))]);
    assert_eq!(said[0].at, time("2026-01-02T03:04:05Z"));
    let again = body.replace(':', ": ");
    assert!(refusal(read_twilio(&twilio(&url, again.as_bytes(), &signature))).contains("another one"));
    // Without the hash a body of JSON is signed by nothing.
    let bare = "https://example.com/t";
    refusal(read_twilio(&twilio(bare, body.as_bytes(), &sign(TOKEN, bare, ""))));
}
