use super::{BASE, api, coding, is_id, recipient, reference, refusal, text_type};
use crate::error::Result;
use crate::provider::http::api::{Api, Way};
use crate::provider::http::fields::Fields;
use crate::provider::http::{Answer, Wires};
use crate::provider::{Outgoing, SendResult, Sender};
use crate::settings::{MessageBirdDatacoding, MessageBirdSmsSettings};
use crate::types::{Channel, Recipient};
use async_trait::async_trait;
use reqwest::Url;
use serde::Deserialize;
use serde_json::{Value, json};

/// `POST /messages`.
pub(in crate::provider) struct Sms {
    api: Api,
    url: Url,
    /// What is the same in every message.
    fixed: Value,
}

impl Sms {
    pub(in crate::provider) fn new(name: &str, settings: &MessageBirdSmsSettings, wires: &Wires) -> Result<Sms> {
        let fields = Fields { provider: name };
        fields.originator("originator", &settings.originator)?;
        fields.report_url("report_url", settings.report_url.as_deref())?;
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
        let datacoding = settings.datacoding.unwrap_or(MessageBirdDatacoding::Auto);
        let mut fixed = json!({
            "originator": settings.originator,
            "type": text_type(settings.message_type),
            "datacoding": coding(datacoding),
        });
        if let Some(gateway) = settings.gateway {
            fixed["gateway"] = json!(gateway);
        }
        if let Some(url) = &settings.report_url {
            fixed["reportUrl"] = json!(url);
        }
        Ok(Sms {
            url: api.url(&["messages"]),
            api,
            fixed,
        })
    }

    fn read(&self, answer: &Answer) -> SendResult {
        #[derive(Deserialize)]
        struct Created {
            id: String,
            recipients: Option<Recipients>,
        }
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Recipients {
            items: Vec<Item>,
        }
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Item {
            status: String,
        }
        if answer.status == 204 {
            return SendResult::SENT;
        }
        let Some(created) = answer.json::<Created>().filter(|created| is_id(&created.id)) else {
            return SendResult::Ambiguous(self.api.unreadable(answer));
        };
        // There is one recipient, so one failure is all that there is.
        let failed = |item: &Item| matches!(item.status.as_str(), "delivery_failed" | "expired");
        match created
            .recipients
            .unwrap_or_default()
            .items
            .iter()
            .find(|item| failed(item))
        {
            Some(item) => SendResult::Rejected(self.api.detail(answer, None, &item.status)),
            None => SendResult::Sent {
                reference: Some(created.id),
            },
        }
    }
}

#[async_trait]
impl Sender for Sms {
    async fn send(&self, outgoing: Outgoing) -> SendResult {
        let Outgoing { message, text, .. } = outgoing;
        if message.channel != Channel::SMS || matches!(message.to, Recipient::Email(_)) {
            return SendResult::NotSent("MessageBird SMS serves the channel sms only".into());
        }
        let mut body = self.fixed.clone();
        body["recipients"] = json!(recipient(&message.to));
        body["body"] = json!(text);
        body["reference"] = json!(reference(&message));
        body["validity"] = json!(message.ttl.as_secs().max(1));
        let request = self.api.post(self.url.clone()).json(&body);
        match self.api.call(request, self.api.deadline(&message)).await {
            Err(failure) => failure.into(),
            Ok(answer) if answer.is_success() => self.read_or_refuse(&answer),
            Ok(answer) => refusal(&self.api, &answer).into(),
        }
    }
}

impl Sms {
    /// A success in the status may hold an error in the body.
    fn read_or_refuse(&self, answer: &Answer) -> SendResult {
        match super::has_errors(answer) {
            true => refusal(&self.api, answer).into(),
            false => self.read(answer),
        }
    }
}
