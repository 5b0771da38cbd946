use super::{Credentials, Place, api, refusal, verdict};
use crate::error::Result;
use crate::provider::http::api::{Api, Way};
use crate::provider::http::fields::{Fields, is_sid};
use crate::provider::http::{Answer, Wires};
use crate::provider::{CheckResult, CreateResult, Message, Verifier, VerifierCheck};
use crate::settings::{TwilioRiskCheck, TwilioVerifySettings};
use crate::types::Channel;
use async_trait::async_trait;
use reqwest::Url;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The channels of the service that have our names too.
const SAME_CHANNELS: &[&str] = &["sms", "whatsapp", "email", "sna", "auto", "rcs"];

/// `/v2/Services/{VA}`: the service makes the code, sends it and checks it, by the verification or by the recipient.
pub(in crate::provider) struct Verify {
    api: Api,
    service_sid: String,
    create: Url,
    check: Url,
    template: bool,
    /// What is the same in every creation.
    fixed: Vec<(&'static str, String)>,
    email: Option<String>,
}

/// A verification as the API shows it, or an error that came with a success in the status line.
#[derive(Deserialize)]
struct Object {
    sid: Option<String>,
    to: Option<String>,
    status: Option<serde_json::Value>,
    valid: Option<bool>,
    code: Option<u32>,
    message: Option<String>,
}

impl Verify {
    pub(in crate::provider) fn new(name: &str, settings: &TwilioVerifySettings, wires: &Wires) -> Result<Verify> {
        let fields = Fields { provider: name };
        check(&fields, settings)?;
        let credentials = Credentials {
            account_sid: &settings.account_sid,
            auth_token: settings.auth_token.as_ref(),
            api_key: settings.api_key.as_deref(),
            api_key_secret: settings.api_key_secret.as_ref(),
        };
        let place = Place {
            product: "verify",
            region: settings.region.as_deref(),
            edge: settings.edge.as_deref(),
        };
        let way = Way {
            default: "",
            base_url: settings.base_url.as_deref(),
            allow_private: settings.allow_private,
            timeout_ms: settings.timeout_ms,
            max_connections: settings.max_connections,
        };
        let api = api(&fields, &credentials, &place, &way, wires)?;
        let service = ["v2", "Services", settings.service_sid.as_str()];
        Ok(Verify {
            create: api.url(&[service[0], service[1], service[2], "Verifications"]),
            check: api.url(&[service[0], service[1], service[2], "VerificationCheck"]),
            api,
            service_sid: settings.service_sid.clone(),
            template: settings.template_sid.is_some(),
            fixed: fixed(settings),
            email: object(&settings.channel_configuration),
        })
    }

    /// The fields of a creation; `None` for a channel that the service does not have.
    fn form(&self, message: &Message) -> Option<Vec<(&'static str, String)>> {
        let channel = match &message.channel {
            channel if *channel == Channel::VOICE => "call",
            channel => SAME_CHANNELS.iter().find(|same| **same == channel.as_str())?,
        };
        let mut form = vec![("To", message.to.as_str().to_owned()), ("Channel", channel.to_owned())];
        if let Some(locale) = &message.locale {
            form.push(("Locale", locale.replace('_', "-")));
        }
        if let (true, Some(values)) = (self.template, object(&message.values)) {
            form.push(("TemplateCustomSubstitutions", values));
        }
        if let (true, Some(email)) = (message.channel == Channel::EMAIL, &self.email) {
            form.push(("ChannelConfiguration", email.clone()));
        }
        form.extend(self.fixed.iter().cloned());
        Some(form)
    }

    fn created(&self, answer: &Answer) -> CreateResult {
        if !answer.is_success() {
            return refusal(&self.api, answer).into();
        }
        if answer.status == 204 {
            return CreateResult::Created {
                reference: String::new(),
            };
        }
        let Some(object) = answer.json::<Object>() else {
            return CreateResult::Ambiguous(self.api.unreadable(answer));
        };
        if let Some(code) = object.code {
            return verdict(&self.api, answer, Some(code), &object.message.unwrap_or_default()).into();
        }
        match (object.status(), &object.sid) {
            (Some("failed" | "canceled" | "deleted"), _) => {
                CreateResult::Rejected(self.api.detail(answer, None, "the verification failed"))
            }
            (Some(_), Some(sid)) if is_sid(sid, "VE") => CreateResult::Created { reference: sid.clone() },
            _ => CreateResult::Ambiguous(self.api.unreadable(answer)),
        }
    }

    /// Only `approved`, of this verification and this recipient, is a yes.
    fn checked(&self, answer: &Answer, check: &VerifierCheck) -> CheckResult {
        if !answer.is_success() {
            return refusal(&self.api, answer).into();
        }
        let Some(object) = answer.json::<Object>() else {
            return CheckResult::CannotTell(self.api.unreadable(answer));
        };
        if let Some(code) = object.code {
            return verdict(&self.api, answer, Some(code), &object.message.unwrap_or_default()).into();
        }
        match object.status() {
            Some("approved") if object.is_of(check) => CheckResult::Approved,
            Some("approved") => CheckResult::CannotTell("Twilio approved another verification or recipient".into()),
            Some("pending") => CheckResult::Wrong,
            Some("canceled" | "max_attempts_reached" | "deleted" | "failed" | "expired") => CheckResult::Ended,
            _ => CheckResult::CannotTell(self.api.unreadable(answer)),
        }
    }
}

#[async_trait]
impl Verifier for Verify {
    async fn create(&self, message: Message) -> CreateResult {
        let Some(form) = self.form(&message) else {
            return CreateResult::NotSent("Twilio Verify has no channel of this name".into());
        };
        let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let request = self.api.post(self.create.clone()).form(&form);
        match self.api.call(request, self.api.deadline(&message)).await {
            Ok(answer) => self.created(&answer),
            Err(failure) => failure.into(),
        }
    }

    async fn check(&self, check: VerifierCheck) -> CheckResult {
        let by = match check.reference.as_str() {
            "" => ("To", check.message.to.as_str()),
            sid => ("VerificationSid", sid),
        };
        let form = [by, ("Code", check.code.expose())];
        let request = self.api.post(self.check.clone()).form(&form);
        match self.api.call(request, self.api.deadline(&check.message)).await {
            Ok(answer) => self.checked(&answer, &check),
            Err(failure) => failure.into(),
        }
    }

    async fn cancel(&self, message: Message, reference: String) {
        let which = match reference.as_str() {
            "" => message.to.as_str(),
            sid => sid,
        };
        let url = self
            .api
            .url(&["v2", "Services", &self.service_sid, "Verifications", which]);
        let request = self.api.post(url).form(&[("Status", "canceled")]);
        let _ = self.api.call(request, self.api.deadline(&message)).await;
    }

    fn checks_by_recipient(&self) -> bool {
        true
    }
}

impl Object {
    fn status(&self) -> Option<&str> {
        self.status.as_ref()?.as_str()
    }

    fn is_of(&self, check: &VerifierCheck) -> bool {
        let to = self.to.as_deref().unwrap_or_default();
        let same_sid = check.reference.is_empty() || self.sid.as_ref() == Some(&check.reference);
        same_sid && self.valid != Some(false) && to.eq_ignore_ascii_case(check.message.to.as_str())
    }
}

fn fixed(settings: &TwilioVerifySettings) -> Vec<(&'static str, String)> {
    let risk = settings.risk_check.map(|check| match check {
        TwilioRiskCheck::Enable => "enable".to_owned(),
        TwilioRiskCheck::Disable => "disable".to_owned(),
    });
    let fields = [
        ("TemplateSid", settings.template_sid.clone()),
        ("CustomFriendlyName", settings.custom_friendly_name.clone()),
        ("AppHash", settings.app_hash.clone()),
        ("RateLimits", object(&settings.rate_limits)),
        ("Tags", object(&settings.tags)),
        ("RiskCheck", risk),
    ];
    fields
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

/// A JSON object in a text, which is how the API takes one.
fn object(map: &BTreeMap<String, String>) -> Option<String> {
    let fields = map.iter().map(|(key, value)| (key.clone(), value.clone().into()));
    (!map.is_empty()).then(|| serde_json::Value::Object(fields.collect()).to_string())
}

fn check(fields: &Fields<'_>, settings: &TwilioVerifySettings) -> Result<()> {
    fields.sid("service_sid", &settings.service_sid, "VA")?;
    if let Some(template) = &settings.template_sid {
        fields.sid("template_sid", template, "HJ")?;
    }
    fields.text("custom_friendly_name", settings.custom_friendly_name.as_deref(), 64)?;
    let of_hash = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
    if settings
        .app_hash
        .as_ref()
        .is_some_and(|hash| hash.len() != 11 || !hash.bytes().all(of_hash))
    {
        return Err(fields.wrong("app_hash", "11 characters of A-Z, a-z, 0-9, + and /"));
    }
    fields.map("rate_limits", &settings.rate_limits)?;
    fields.map("tags", &settings.tags)?;
    fields.map("channel_configuration", &settings.channel_configuration)
}
