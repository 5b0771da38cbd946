use super::{Credentials, Place, api, refusal, verdict};
use crate::error::Result;
use crate::provider::http::api::{Api, Way};
use crate::provider::http::fields::{Fields, is_sid};
use crate::provider::http::{Answer, Wires};
use crate::provider::{Outgoing, SendResult, Sender};
use crate::settings::TwilioSmsSettings;
use crate::types::{Channel, Recipient};
use async_trait::async_trait;
use reqwest::Url;
use serde::Deserialize;
use std::time::Duration;

/// The longest validity that the API takes.
const VALIDITY_MAX: Duration = Duration::from_secs(36_000);

/// `POST /2010-04-01/Accounts/{AC}/Messages.json`.
pub(in crate::provider) struct Sms {
    api: Api,
    url: Url,
    from: (&'static str, String),
    status_callback: Option<String>,
}

impl Sms {
    pub(in crate::provider) fn new(name: &str, settings: &TwilioSmsSettings, wires: &Wires) -> Result<Sms> {
        let fields = Fields { provider: name };
        let from = match (&settings.from, &settings.messaging_service_sid) {
            (Some(from), None) => {
                fields.originator("from", from)?;
                ("From", from.clone())
            }
            (None, Some(service)) => {
                fields.sid("messaging_service_sid", service, "MG")?;
                ("MessagingServiceSid", service.clone())
            }
            (Some(_), Some(_)) => return Err(fields.wrong("from", "give `from` or `messaging_service_sid`, not both")),
            (None, None) => return Err(fields.wrong("from", "it is missing: give `from` or `messaging_service_sid`")),
        };
        fields.report_url("status_callback", settings.status_callback.as_deref())?;
        if let Some(token) = &settings.webhook_auth_token {
            fields.secret("webhook_auth_token", token)?;
        }
        let credentials = Credentials {
            account_sid: &settings.account_sid,
            auth_token: settings.auth_token.as_ref(),
            api_key: settings.api_key.as_deref(),
            api_key_secret: settings.api_key_secret.as_ref(),
        };
        let place = Place {
            product: "api",
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
        Ok(Sms {
            url: api.url(&["2010-04-01", "Accounts", &settings.account_sid, "Messages.json"]),
            api,
            from,
            status_callback: settings.status_callback.clone(),
        })
    }

    fn read(&self, answer: &Answer) -> SendResult {
        #[derive(Deserialize)]
        struct Created {
            sid: Option<String>,
            /// A word of a message, a number of an error.
            status: Option<serde_json::Value>,
            /// Of an error that came with a success in the status line.
            code: Option<u32>,
            message: Option<String>,
            error_code: Option<u32>,
            error_message: Option<String>,
        }
        if answer.status == 204 {
            return SendResult::SENT;
        }
        let Some(created) = answer.json::<Created>() else {
            return SendResult::Ambiguous(self.api.unreadable(answer));
        };
        let status = created.status.as_ref().and_then(|status| status.as_str());
        let failed = matches!(status, Some("failed" | "undelivered" | "canceled"));
        let is_message = |sid: &String| is_sid(sid, "SM") || is_sid(sid, "MM");
        match (created.sid, created.code.or(created.error_code)) {
            (_, Some(code)) => {
                let words = created.message.or(created.error_message).unwrap_or_default();
                verdict(&self.api, answer, Some(code), &words).into()
            }
            (Some(_), None) if failed => SendResult::Rejected(self.api.detail(answer, None, "the message failed")),
            (sid, None) => match sid.filter(is_message) {
                Some(sid) => SendResult::Sent { reference: Some(sid) },
                None => SendResult::Ambiguous(self.api.unreadable(answer)),
            },
        }
    }
}

#[async_trait]
impl Sender for Sms {
    async fn send(&self, outgoing: Outgoing) -> SendResult {
        let Outgoing { message, text, .. } = outgoing;
        if message.channel != Channel::SMS || matches!(message.to, Recipient::Email(_)) {
            return SendResult::NotSent("Twilio SMS serves the channel sms only".into());
        }
        let validity = message
            .ttl
            .clamp(Duration::from_secs(1), VALIDITY_MAX)
            .as_secs()
            .to_string();
        let mut form = vec![
            ("To", message.to.as_str()),
            (self.from.0, self.from.1.as_str()),
            ("Body", text.as_str()),
            ("ValidityPeriod", validity.as_str()),
        ];
        if let Some(url) = &self.status_callback {
            form.push(("StatusCallback", url));
        }
        let request = self.api.post(self.url.clone()).form(&form);
        match self.api.call(request, self.api.deadline(&message)).await {
            Err(failure) => failure.into(),
            Ok(answer) if answer.is_success() => self.read(&answer),
            Ok(answer) => refusal(&self.api, &answer).into(),
        }
    }
}
