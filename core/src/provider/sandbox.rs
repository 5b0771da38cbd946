use super::http::{Failure, Transport, loopback_url};
use super::{Outgoing, SendResult, Sender};
use crate::error::Result;
use crate::settings::SandboxSettings;
use async_trait::async_trait;

/// Posts messages to a running `otpkit-sandbox`.
pub(super) struct Sandbox {
    transport: Transport,
    url: String,
}

impl Sandbox {
    pub(super) fn new(name: &str, settings: &SandboxSettings, transport: Transport) -> Result<Sandbox> {
        let url = settings.url.as_deref().unwrap_or("http://127.0.0.1:4680");
        let mut url = loopback_url(&format!("providers.{name}.url"), url)?;
        url.set_path("/api/messages");
        Ok(Sandbox {
            transport,
            url: url.into(),
        })
    }
}

#[async_trait]
impl Sender for Sandbox {
    async fn send(&self, outgoing: Outgoing) -> SendResult {
        let Outgoing { message, code, text } = outgoing;
        let body = serde_json::json!({
            "to": message.to.as_str(),
            "channel": message.channel,
            "text": text,
            "code": code.expose(),
            "purpose": message.purpose,
            "tenant": message.tenant,
            "locale": message.locale,
        });
        match self
            .transport
            .post_json(&self.url, body.to_string().into_bytes(), message.deadline)
            .await
        {
            Ok(answer) if answer.status == 201 => SendResult::Sent {
                reference: reference(&answer.body),
            },
            Ok(answer) if (400..500).contains(&answer.status) => {
                SendResult::Rejected(format!("the sandbox answered {}", answer.status))
            }
            Ok(answer) => SendResult::Ambiguous(format!("the sandbox answered {}", answer.status)),
            Err(Failure::NotSent(why)) => {
                SendResult::NotSent(format!("{why}; is otpkit-sandbox running at this address?"))
            }
            Err(Failure::Ambiguous(why)) => SendResult::Ambiguous(why),
        }
    }
}

fn reference(body: &[u8]) -> Option<String> {
    let answer: serde_json::Value = serde_json::from_slice(body).ok()?;
    answer.get("id")?.as_str().map(str::to_owned)
}
