//! MessageBird's classic REST API: <https://developers.messagebird.com>. JSON over one host, an access key.

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
use crate::provider::Message;
use crate::settings::{MessageBirdDatacoding, MessageBirdType, SecretText};
use crate::types::Recipient;
use crate::webhook::messagebird_reference;
use serde::Deserialize;
use zeroize::Zeroizing;

const BASE: &str = "https://rest.messagebird.com";

/// The API with an account's key.
fn api(
    fields: &Fields<'_>,
    access_key: &SecretText,
    signing_key: Option<&SecretText>,
    way: &Way<'_>,
    wires: &Wires,
) -> Result<Api> {
    let key = fields.secret("access_key", access_key)?;
    if let Some(signing_key) = signing_key {
        fields.secret("signing_key", signing_key)?;
    }
    let authorization = Zeroizing::new(format!("AccessKey {}", key.as_str()));
    Api::new("MessageBird", fields, way, authorization, vec![key], wires)
}

/// What the API makes of a call that it does not take.
fn refusal(api: &Api, answer: &Answer) -> Refusal {
    #[derive(Default, Deserialize)]
    struct Body {
        errors: Vec<Error>,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Error {
        code: u32,
        #[serde(alias = "message")]
        description: Option<String>,
        parameter: Option<String>,
    }
    let Some(error) = answer.json::<Body>().and_then(|body| body.errors.into_iter().next()) else {
        let detail = api.detail(answer, None, "");
        return Refusal::new(Kind::of_status(answer.status), detail, answer);
    };
    let parameter = error.parameter.unwrap_or_default();
    let known = ERRORS.kind(error.code, |about| about == parameter);
    let mut words = error.description.unwrap_or_default();
    if !parameter.is_empty() {
        words.push_str(&format!(" (parameter {parameter})"));
    }
    let detail = api.detail(answer, Some(error.code), &words);
    Refusal::new(known.unwrap_or(Kind::of_status(answer.status)), detail, answer)
}

/// A recipient as the API takes it: digits without a plus, or an address.
fn recipient(to: &Recipient) -> &str {
    to.as_str().trim_start_matches('+')
}

/// Our name of the send, which delivery reports repeat.
fn reference(message: &Message) -> String {
    messagebird_reference(&message.idempotency_key)
}

/// Something of the API's own, as it stands in a path.
fn is_id(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=128).contains(&text.len()) && text.bytes().all(fits)
}

fn coding(datacoding: MessageBirdDatacoding) -> &'static str {
    match datacoding {
        MessageBirdDatacoding::Plain => "plain",
        MessageBirdDatacoding::Unicode => "unicode",
        MessageBirdDatacoding::Auto => "auto",
    }
}

fn text_type(message_type: Option<MessageBirdType>) -> &'static str {
    match message_type.unwrap_or(MessageBirdType::Sms) {
        MessageBirdType::Sms => "sms",
        MessageBirdType::Flash => "flash",
    }
}

/// Whether a body is an error, whatever the status says.
fn has_errors(answer: &Answer) -> bool {
    #[derive(Deserialize)]
    struct Body {
        errors: Vec<serde::de::IgnoredAny>,
    }
    answer.json::<Body>().is_some_and(|body| !body.errors.is_empty())
}
