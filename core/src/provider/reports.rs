//! Whose delivery reports a provider gets, by its settings.

use crate::error::{Error, Result};
use crate::settings::{ProviderSettings, ReportsOf};
use crate::webhook::{Receiver, Vendor};

/// What reads the reports of this provider; `None` where its type has none.
pub(super) fn receiver(name: &str, settings: &ProviderSettings) -> Result<Option<Receiver>> {
    let of = |vendor, keys: &[&Option<_>], asks| {
        Some(Receiver::new(vendor, keys.iter().filter_map(|key| key.as_ref()), asks))
    };
    Ok(match settings {
        ProviderSettings::MessageBirdVerify(it) => of(Vendor::MessageBird, &[&it.signing_key], it.report_url.is_some()),
        ProviderSettings::MessageBirdSms(it) => of(Vendor::MessageBird, &[&it.signing_key], it.report_url.is_some()),
        // Verify reports through event streams only, which are set up at Twilio.
        ProviderSettings::TwilioVerify(it) => of(Vendor::Twilio, &[&it.auth_token], false),
        ProviderSettings::TwilioSms(it) => {
            // While the account's token is changed there are two.
            let keys = [&it.webhook_auth_token, &it.auth_token];
            of(Vendor::Twilio, &keys, it.status_callback.is_some())
        }
        ProviderSettings::Callback(it) => match it.reports_of {
            None => None,
            Some(ReportsOf::Messagebird) => of(Vendor::MessageBird, &[&it.signing_key], true),
            Some(ReportsOf::Twilio) => of(Vendor::Twilio, &[&it.signing_key], true),
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
