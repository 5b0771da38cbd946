use super::{BASE, api, coding, has_errors, is_id, recipient, reference, refusal, text_type};
use crate::error::Result;
use crate::provider::http::address::encode;
use crate::provider::http::api::{Api, Way};
use crate::provider::http::fields::Fields;
use crate::provider::http::verdict::Kind;
use crate::provider::http::{Answer, Wires};
use crate::provider::{CheckResult, CreateResult, Message, Verifier, VerifierCheck};
use crate::settings::{MessageBirdVerifySettings, MessageBirdVoice};
use crate::types::Channel;
use async_trait::async_trait;
use reqwest::Url;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// The longest time that telling the service of an end may take.
const TELL_MAX: Duration = Duration::from_secs(2);

/// `/verify`: the service makes the code, sends it and checks it by the id of an object.
pub(in crate::provider) struct Verify {
    api: Api,
    url: Url,
    /// What is the same in every creation.
    fixed: Value,
    text: &'static str,
    voice: Option<&'static str>,
    language: Option<String>,
    subject: Option<String>,
}

/// A verification as the API shows it. `recipient` is a number for phones and a text for addresses.
#[derive(Deserialize)]
struct Object {
    id: String,
    recipient: Option<Value>,
    status: String,
}

impl Verify {
    pub(in crate::provider) fn new(name: &str, settings: &MessageBirdVerifySettings, wires: &Wires) -> Result<Verify> {
        let fields = Fields { provider: name };
        check(&fields, settings)?;
        let way = Way {
            default: BASE,
            base_url: settings.base_url.as_deref(),
            allow_private: settings.allow_private,
            timeout_ms: settings.timeout_ms,
            max_connections: settings.max_connections,
        };
        let api = api(
            &fields,
            &settings.access_key,
            settings.signing_key.as_ref(),
            &way,
            wires,
        )?;
        let mut fixed = json!({});
        let mut set = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                fixed[name] = value;
            }
        };
        set("originator", settings.originator.as_ref().map(|text| json!(text)));
        set("template", settings.template.as_ref().map(|text| json!(text)));
        set("datacoding", settings.datacoding.map(|of| json!(coding(of))));
        set("tokenLength", settings.token_length.map(|length| json!(length)));
        set("reportUrl", settings.report_url.as_ref().map(|url| json!(url)));
        Ok(Verify {
            url: api.url(&["verify"]),
            api,
            fixed,
            text: text_type(settings.message_type),
            voice: settings.voice.map(|voice| match voice {
                MessageBirdVoice::Male => "male",
                MessageBirdVoice::Female => "female",
            }),
            language: settings.language.clone(),
            subject: settings.subject.clone(),
        })
    }

    /// The body of a creation; `None` for a channel that the service does not have.
    fn body(&self, message: &Message) -> Option<Value> {
        let mut body = self.fixed.clone();
        let kind = match &message.channel {
            channel if *channel == Channel::SMS => self.text,
            channel if *channel == Channel::VOICE => {
                if let Some(voice) = self.voice {
                    body["voice"] = json!(voice);
                }
                if let Some(language) = self.language.clone().or_else(|| language(message.locale.as_deref())) {
                    body["language"] = json!(language);
                }
                "tts"
            }
            channel if *channel == Channel::EMAIL => {
                if let Some(subject) = &self.subject {
                    body["subject"] = json!(subject);
                }
                "email"
            }
            _ => return None,
        };
        body["recipient"] = json!(recipient(&message.to));
        body["type"] = json!(kind);
        body["reference"] = json!(reference(message));
        // Without it the first wrong code would end the object.
        body["maxAttempts"] = json!(message.attempts);
        body["timeout"] = json!(message.ttl.as_secs().max(1));
        Some(body)
    }

    fn created(&self, answer: &Answer) -> CreateResult {
        if !answer.is_success() || has_errors(answer) {
            return refusal(&self.api, answer).into();
        }
        match answer.json::<Object>() {
            Some(object) if !is_id(&object.id) => CreateResult::Ambiguous(self.api.unreadable(answer)),
            Some(object) if matches!(object.status.as_str(), "failed" | "expired" | "deleted") => {
                CreateResult::Rejected(self.api.detail(answer, None, &format!("status {}", object.status)))
            }
            Some(object) => CreateResult::Created { reference: object.id },
            None => CreateResult::Ambiguous(self.api.unreadable(answer)),
        }
    }

    /// Only `verified`, of this object and this recipient, is a yes.
    fn checked(&self, answer: &Answer, check: &VerifierCheck) -> CheckResult {
        if has_errors(answer) {
            return refusal(&self.api, answer).into();
        }
        let Some(object) = answer.json::<Object>() else {
            return CheckResult::CannotTell(self.api.unreadable(answer));
        };
        match object.status.as_str() {
            "verified" if object.is_of(check) => CheckResult::Approved,
            "verified" => CheckResult::CannotTell("MessageBird verified another id or recipient".into()),
            // What an empty code gets too: the object as it is, and no error.
            "sent" => CheckResult::Wrong,
            "expired" | "failed" | "deleted" => CheckResult::Ended,
            _ => CheckResult::CannotTell(self.api.detail(answer, None, "a status that is not known")),
        }
    }

    /// After a wrong code: whether there is still something to check. That the code was wrong is certain, so a read that
    /// fails changes nothing.
    async fn after_wrong(&self, reference: &str, deadline: Instant) -> CheckResult {
        let read = self.api.get(self.api.url(&["verify", reference]));
        let Ok(answer) = self.api.call(read, deadline).await else {
            return CheckResult::Wrong;
        };
        match answer.json::<Object>() {
            Some(object) if answer.is_success() && object.status != "sent" => CheckResult::Ended,
            None if refusal(&self.api, &answer).kind == Kind::NotFound => CheckResult::Ended,
            _ => CheckResult::Wrong,
        }
    }

    async fn delete(&self, reference: &str, deadline: Instant) {
        if is_id(reference) {
            let request = self.api.delete(self.api.url(&["verify", reference]));
            let _ = self.api.call(request, deadline).await;
        }
    }
}

#[async_trait]
impl Verifier for Verify {
    async fn create(&self, message: Message) -> CreateResult {
        let Some(body) = self.body(&message) else {
            return CreateResult::NotSent("MessageBird Verify serves the channels sms, voice and email".into());
        };
        let request = self.api.post(self.url.clone()).json(&body);
        match self.api.call(request, self.api.deadline(&message)).await {
            Ok(answer) => self.created(&answer),
            Err(failure) => failure.into(),
        }
    }

    async fn check(&self, check: VerifierCheck) -> CheckResult {
        // An empty code would be a plain read, which gives no error.
        if check.code.expose().is_empty() || !is_id(&check.reference) {
            return CheckResult::CannotTell("there is no code, or no reference to check it by".into());
        }
        let deadline = self.api.deadline(&check.message);
        let request = self.api.get(token_url(
            self.api.url(&["verify", &check.reference]),
            check.code.expose(),
        ));
        let answer = match self.api.call(request, deadline).await {
            Ok(answer) if answer.is_success() => return self.checked(&answer, &check),
            Ok(answer) => answer,
            Err(failure) => return failure.into(),
        };
        let refusal = refusal(&self.api, &answer);
        match refusal.kind {
            Kind::WrongCode => self.after_wrong(&check.reference, deadline).await,
            _ => refusal.into(),
        }
    }

    /// The service has no resend: a new object takes the place of the old one, which is deleted once the new one is
    /// there. So a creation that fails leaves the code that was sent before as good as it was.
    async fn resend(&self, message: Message, reference: String) -> CreateResult {
        let deadline = self.api.deadline(&message);
        let created = self.create(message).await;
        if matches!(created, CreateResult::Created { .. }) {
            let left = deadline.saturating_duration_since(Instant::now());
            self.delete(&reference, Instant::now() + (left / 2).min(TELL_MAX)).await;
        }
        created
    }

    async fn cancel(&self, message: Message, reference: String) {
        self.delete(&reference, self.api.deadline(&message)).await;
    }
}

impl Object {
    fn is_of(&self, check: &VerifierCheck) -> bool {
        let shown = match &self.recipient {
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::String(text)) => text.trim_start_matches('+').to_ascii_lowercase(),
            _ => return false,
        };
        self.id == check.reference && shown == recipient(&check.message.to)
    }
}

/// The code in the query, every special character of it encoded.
fn token_url(mut url: Url, token: &str) -> Url {
    url.set_query(Some(&format!("token={}", encode(token))));
    url
}

/// The API's languages name a region too: `en-gb`.
fn language(locale: Option<&str>) -> Option<String> {
    let tag = locale?.to_ascii_lowercase().replace('_', "-");
    let (language, region) = tag.split_once('-')?;
    (language.len() == 2 && region.len() == 2).then_some(tag)
}

fn check(fields: &Fields<'_>, settings: &MessageBirdVerifySettings) -> Result<()> {
    match settings.originator.as_deref() {
        Some(address) if address.contains('@') => fields.text("originator", Some(address), 320)?,
        Some(originator) => fields.originator("originator", originator)?,
        None => {}
    }
    fields.text("template", settings.template.as_deref(), 1000)?;
    if settings.template.as_ref().is_some_and(|text| !text.contains("%token")) {
        return Err(fields.wrong("template", "it must hold `%token`, where the code is to stand"));
    }
    fields.within("token_length", settings.token_length, 6, 10)?;
    fields.label("language", settings.language.as_deref())?;
    fields.text("subject", settings.subject.as_deref(), 200)?;
    fields.report_url("report_url", settings.report_url.as_deref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Recipient;

    #[test]
    fn a_code_is_percent_encoded_as_in_the_recording() {
        let recording = include_str!("../../../../tests/data/golden/messagebird-verify-check-special-token.json");
        let recording: Value = serde_json::from_str(recording).unwrap();
        let url = Url::parse("https://rest.messagebird.com/verify/4e213b01155d1e35a9d9571v00162985").unwrap();
        let url = token_url(url, "12 34&x=1");
        assert_eq!(url.as_str(), recording["request"]["url"]);
    }

    #[test]
    fn a_locale_without_a_region_names_no_language() {
        assert_eq!(language(Some("en-GB")).as_deref(), Some("en-gb"));
        assert_eq!(language(Some("pt_BR")).as_deref(), Some("pt-br"));
        for other in ["en", "zh-Hant-TW", "x"] {
            assert_eq!(language(Some(other)), None);
        }
    }

    #[test]
    fn a_recipient_is_a_number_or_a_text() {
        let message = Message {
            to: Recipient::parse("+31612345678", None).unwrap(),
            channel: Channel::SMS,
            purpose: String::new(),
            tenant: String::new(),
            locale: None,
            values: Default::default(),
            ttl: Duration::ZERO,
            attempts: 5,
            idempotency_key: String::new(),
            deadline: Duration::ZERO,
        };
        let code = crate::types::Code::parse_host("123456").ok().unwrap();
        let check = VerifierCheck {
            message,
            reference: "r1".into(),
            code,
        };
        let of = |recipient: Value| {
            Object {
                id: "r1".into(),
                recipient: Some(recipient),
                status: String::new(),
            }
            .is_of(&check)
        };
        assert!(of(json!(31_612_345_678_u64)) && of(json!("31612345678")) && of(json!("+31612345678")));
        assert!(!of(json!(31_612_345_679_u64)) && !of(json!(31612345678.5)) && !of(json!(null)) && !of(json!("")));
    }
}
