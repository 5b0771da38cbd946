//! Twilio: <https://www.twilio.com/docs>. Forms in, JSON out, HTTP Basic, hosts by region and edge.

mod errors;
mod sms;
mod verify;

pub(super) use errors::ERRORS;
pub(super) use sms::Sms;
pub(super) use verify::Verify;

use super::api::{Api, Way};
use super::fields::Fields;
use super::verdict::{Kind, Refusal};
use super::{Answer, Wires};
use crate::error::Result;
use crate::settings::SecretText;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use zeroize::Zeroizing;

/// Who calls: an account with its token, or a key of the account with its secret.
struct Credentials<'s> {
    account_sid: &'s str,
    auth_token: Option<&'s SecretText>,
    api_key: Option<&'s str>,
    api_key_secret: Option<&'s SecretText>,
}

/// Where Twilio is entered.
struct Place<'s> {
    product: &'s str,
    region: Option<&'s str>,
    edge: Option<&'s str>,
}

fn api(
    fields: &Fields<'_>,
    credentials: &Credentials<'_>,
    place: &Place<'_>,
    way: &Way<'_>,
    wires: &Wires,
) -> Result<Api> {
    fields.sid("account_sid", credentials.account_sid, "AC")?;
    let (user, secret) = credentials.pair(fields)?;
    fields.label("region", place.region)?;
    fields.label("edge", place.edge)?;
    if way.base_url.is_some() && (place.region.is_some() || place.edge.is_some()) {
        return Err(fields.wrong("base_url", "give a base URL, or region and edge, not both"));
    }
    let pair = Zeroizing::new(format!("{user}:{}", secret.as_str()));
    let encoded = Zeroizing::new(STANDARD.encode(pair.as_bytes()));
    let authorization = Zeroizing::new(format!("Basic {}", encoded.as_str()));
    let default = place.base();
    let way = Way {
        default: &default,
        base_url: way.base_url,
        ..*way
    };
    Api::new("Twilio", fields, &way, authorization, vec![secret, encoded], wires)
}

impl Credentials<'_> {
    fn pair(&self, fields: &Fields<'_>) -> Result<(&str, Zeroizing<String>)> {
        match (self.auth_token, self.api_key, self.api_key_secret) {
            (Some(token), None, None) => Ok((self.account_sid, fields.secret("auth_token", token)?)),
            (None, Some(key), Some(secret)) => {
                fields.sid("api_key", key, "SK")?;
                Ok((key, fields.secret("api_key_secret", secret)?))
            }
            (Some(_), ..) => {
                let sentence = "give the auth token, or an API key with its secret, not both";
                Err(fields.wrong("auth_token", sentence))
            }
            (None, None, None) => {
                let sentence = "credentials are missing: give the auth token, or an API key with its secret";
                Err(fields.wrong("auth_token", sentence))
            }
            (None, Some(_), None) => Err(fields.wrong("api_key_secret", "it is missing: `api_key` needs it")),
            (None, None, Some(_)) => {
                Err(fields.wrong("api_key", "it is missing: `api_key_secret` is the secret of one"))
            }
        }
    }
}

impl Place<'_> {
    /// `https://{product}[.{edge}][.{region}].twilio.com`; an edge without a region leads to `us1`.
    fn base(&self) -> String {
        let region = self.region.or(self.edge.map(|_| "us1"));
        let labels = [Some(self.product), self.edge, region, Some("twilio.com")];
        let labels: Vec<_> = labels.into_iter().flatten().collect();
        format!("https://{}", labels.join("."))
    }
}

/// What the API makes of a call that it does not take.
fn refusal(api: &Api, answer: &Answer) -> Refusal {
    #[derive(Deserialize)]
    struct Error {
        code: Option<u32>,
        message: Option<String>,
    }
    let error = answer.json::<Error>().unwrap_or(Error {
        code: None,
        message: None,
    });
    let words = error.message.unwrap_or_default();
    verdict(api, answer, error.code, &words)
}

/// What a code means; without a known one, what the status means.
fn verdict(api: &Api, answer: &Answer, code: Option<u32>, words: &str) -> Refusal {
    let mentions = |word: &str| {
        words
            .split(|c: char| !c.is_ascii_alphanumeric())
            .any(|part| part == word)
    };
    let known = code.and_then(|code| ERRORS.kind(code, mentions));
    let detail = api.detail(answer, code, words);
    Refusal::new(known.unwrap_or(Kind::of_status(answer.status)), detail, answer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn hosts_are_those_of_the_recordings() {
        let recordings = [
            (
                include_str!("../../../../tests/data/golden/twilio-verify-create.json"),
                "verify",
                None,
                None,
            ),
            (
                include_str!("../../../../tests/data/golden/twilio-message-create.json"),
                "api",
                None,
                None,
            ),
            (
                include_str!("../../../../tests/data/golden/twilio-verify-create-region.json"),
                "verify",
                Some("ie1"),
                Some("dublin"),
            ),
            (
                include_str!("../../../../tests/data/golden/twilio-message-create-apikey-region.json"),
                "api",
                Some("ie1"),
                Some("dublin"),
            ),
        ];
        for (recording, product, region, edge) in recordings {
            let recording: Value = serde_json::from_str(recording).unwrap();
            let url = recording["request"]["url"].as_str().unwrap();
            let base = Place { product, region, edge }.base();
            assert!(url.starts_with(&format!("{base}/")), "{url} {base}");
        }
        let edge_only = Place {
            product: "api",
            region: None,
            edge: Some("dublin"),
        };
        assert_eq!(edge_only.base(), "https://api.dublin.us1.twilio.com");
        let region_only = Place {
            product: "api",
            region: Some("ie1"),
            edge: None,
        };
        assert_eq!(region_only.base(), "https://api.ie1.twilio.com");
    }
}
