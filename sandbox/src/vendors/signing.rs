//! Signatures of delivery reports, as each vendor makes them.

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// How long a MessageBird signature is good for, in seconds.
const LIFETIME: u64 = 60;

/// `MessageBird-Signature-JWT` of a request without a body.
pub(super) fn messagebird_jwt(key: &str, url: &str, jti: &str, now: u64) -> String {
    let header = json!({ "alg": "HS256", "typ": "JWT" });
    let url_hash = lower_hex(&Sha256::digest(url));
    let claims = json!({ "iss": "MessageBird", "nbf": now, "exp": now + LIFETIME, "jti": jti, "url_hash": url_hash });
    let encode = |value: &serde_json::Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", encode(&header), encode(&claims));
    let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes keys of any length");
    let signature = mac.chain_update(&signed).finalize().into_bytes();
    format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}

/// `X-Twilio-Signature` of a form that is posted to this URL. Each name occurs once.
pub(super) fn twilio_signature(auth_token: &str, url: &str, form: &[(&str, String)]) -> String {
    let mut sorted: Vec<_> = form.iter().collect();
    sorted.sort();
    let mac = Hmac::<Sha1>::new_from_slice(auth_token.as_bytes()).expect("HMAC takes keys of any length");
    let mac = sorted.iter().fold(mac.chain_update(url), |mac, (name, value)| {
        mac.chain_update(name).chain_update(value)
    });
    BASE64_STANDARD.encode(mac.finalize().into_bytes())
}

fn lower_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twilio_signatures_are_those_that_twilio_publishes() {
        let form = [
            ("CallSid", "CA1234567890ABCDE"),
            ("Caller", "+12349013030"),
            ("Digits", "1234"),
            ("From", "+12349013030"),
            ("To", "+18005551212"),
        ];
        let form = form.map(|(name, value)| (name, value.to_owned()));
        let url = "https://example.com/myapp.php?foo=1&bar=2";
        assert_eq!(twilio_signature("12345", url, &form), "vNe7KK2kJwCsxc9K3OLkkKB3qqI=");
        let url = "https://example.com/t?x=1";
        assert_eq!(twilio_signature("12345", url, &[]), "LetEqmWTpNJYm2m7bDVCh9OJQ9c=");
        let text = [("Body", "你好 code 123".to_owned())];
        let url = "https://example.com/t?q=%E4%BD%A0";
        assert_eq!(twilio_signature("12345", url, &text), "d4RTGmPqDqa9nQM61/b5iRTpJbI=");
    }

    #[test]
    fn messagebird_signatures_have_the_claims_of_its_reference() {
        // The claims of a token in MessageBird's reference file; there they come in another order, so that the
        // signature of the whole is compared by the SDK's own verifier, in tests/sdks.
        let token = messagebird_jwt(
            "key",
            "https://example.com/",
            "59a244dc-e9ad-4e23-9778-371faa238f72",
            1_625_479_200,
        );
        let parts: Vec<&str> = token.split('.').collect();
        let read = |part: &str| -> serde_json::Value {
            serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
        };
        assert_eq!(read(parts[0]), json!({"alg": "HS256", "typ": "JWT"}));
        let claims = json!({
            "iss": "MessageBird", "nbf": 1_625_479_200, "exp": 1_625_479_260, "jti": "59a244dc-e9ad-4e23-9778-371faa238f72",
            "url_hash": "0f115db062b7c0dd030b16878c99dea5c354b49dc37b38eb8846179c7783e9d7",
        });
        assert_eq!(read(parts[1]), claims);
        assert_eq!(parts.len(), 3);
        assert_eq!(parts[2].len(), 43);
    }
}
