use super::http::{Answer, Failure, Limits, Reach, Request, Transport, Wires, answer_by, loopback_url};
use super::{Outgoing, SendResult, Sender};
use crate::error::Result;
use crate::settings::SandboxSettings;
use async_trait::async_trait;

/// Posts messages to a running `otpkit-sandbox`.
pub(super) struct Sandbox {
    transport: Transport,
    url: reqwest::Url,
}

impl Sandbox {
    pub(super) fn new(name: &str, settings: &SandboxSettings, wires: &Wires) -> Result<Sandbox> {
        let url = settings.url.as_deref().unwrap_or("http://127.0.0.1:4680");
        let mut url = loopback_url(&format!("providers.{name}.url"), url)?;
        url.set_path("/api/messages");
        let limits = Limits {
            reach: Reach::Private,
            timeout: None,
            connections: 100,
        };
        Ok(Sandbox {
            transport: Transport::new(wires, limits)?,
            url,
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
        let request = Request::new(reqwest::Method::POST, self.url.clone()).json(&body);
        match self.transport.call(request, answer_by(message.deadline)).await {
            Ok(answer) if answer.status == 201 => SendResult::Sent {
                reference: reference(&answer),
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

fn reference(answer: &Answer) -> Option<String> {
    let answer: serde_json::Value = answer.json()?;
    answer.get("id")?.as_str().map(str::to_owned)
}
