//! Whose delivery reports a provider gets, by its settings.

use crate::error::{Error, Result};
use crate::settings::{ProviderSettings, ReportsOf};
use crate::webhook::{Asks, Receiver, Vendor};

/// What reads the reports of this provider; `None` where its type has none.
pub(super) fn receiver(name: &str, settings: &ProviderSettings) -> Result<Option<Receiver>> {
    let asked = |url: &Option<String>, by| if url.is_some() { by } else { Asks::No };
    let of = |vendor, keys: &[&Option<_>], asks| {
        Some(Receiver::new(vendor, keys.iter().filter_map(|key| key.as_ref()), asks))
    };
    Ok(match settings {
        // Verify's answer names the verification, and its reports name the message.
        ProviderSettings::MessageBirdVerify(it) => {
            let asks = asked(&it.report_url, Asks::Ours);
            of(Vendor::MessageBird, &[&it.signing_key], asks)
        }
        ProviderSettings::MessageBirdSms(it) => {
            let asks = asked(&it.report_url, Asks::Theirs);
            of(Vendor::MessageBird, &[&it.signing_key], asks)
        }
        // Verify reports through event streams only, which are set up at Twilio.
        ProviderSettings::TwilioVerify(it) => of(Vendor::Twilio, &[&it.auth_token], Asks::No),
        ProviderSettings::TwilioSms(it) => {
            // While the account's token is changed there are two.
            let keys = [&it.webhook_auth_token, &it.auth_token];
            of(Vendor::Twilio, &keys, asked(&it.status_callback, Asks::Theirs))
        }
        ProviderSettings::Callback(it) => match it.reports_of {
            None => None,
            Some(ReportsOf::Messagebird) => of(Vendor::MessageBird, &[&it.signing_key], Asks::Theirs),
            Some(ReportsOf::Twilio) => of(Vendor::Twilio, &[&it.signing_key], Asks::Theirs),
        }
        .map(|receiver| match receiver.has_key() {
            true => Ok(receiver),
            false => Err(Error::invalid_settings(
                format!("providers.{name}.signing_key"),
                "with `reports_of` goes the key by which that vendor signs",
            )),
        })
        .transpose()?,
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(settings: serde_json::Value) -> Option<Receiver> {
        let settings: ProviderSettings = serde_json::from_value(settings).unwrap();
        receiver("it", &settings).unwrap()
    }

    #[test]
    fn which_key_signs_and_whether_references_are_worth_keeping() {
        let messagebird = |kind: &str, more: serde_json::Value| {
            let mut settings = json!({ "type": kind, "access_key": "a", "originator": "Acme" });
            settings
                .as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            of(settings).unwrap()
        };
        for (kind, by) in [("messagebird-verify", Asks::Ours), ("messagebird-sms", Asks::Theirs)] {
            // The access key signs nothing.
            let bare = messagebird(kind, json!({}));
            assert_eq!(
                (bare.has_key(), bare.asks, bare.key_setting()),
                (false, Asks::No, "signing_key")
            );
            let whole = messagebird(
                kind,
                json!({ "signing_key": "k", "report_url": "https://example.com/" }),
            );
            assert_eq!((whole.has_key(), whole.asks), (true, by));
        }
        let twilio = |more: serde_json::Value| {
            let mut settings = json!({ "type": "twilio-sms", "account_sid": "AC1", "from": "+15557122661" });
            settings
                .as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            of(settings).unwrap()
        };
        // Neither does an API key.
        let key = twilio(json!({ "api_key": "SK1", "api_key_secret": "s", "status_callback": "https://example.com/" }));
        assert_eq!((key.has_key(), key.asks), (false, Asks::Theirs));
        assert!(twilio(json!({ "auth_token": "t" })).has_key());
        assert!(twilio(json!({ "api_key": "SK1", "api_key_secret": "s", "webhook_auth_token": "t" })).has_key());
        let verify = json!({ "type": "twilio-verify", "account_sid": "AC1", "auth_token": "t", "service_sid": "VA1" });
        let verify = of(verify).unwrap();
        assert_eq!((verify.has_key(), verify.asks), (true, Asks::No));
        for kind in ["outbox", "console", "sandbox", "callback"] {
            assert!(of(json!({ "type": kind })).is_none());
        }
    }
}
