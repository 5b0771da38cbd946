//! The providers that speak HTTP: one shared transport, one folder a vendor. `docs/adding-a-provider.md` walks through
//! one.

mod address;
mod api;
mod fields;
mod messagebird;
mod names;
mod reply_time;
mod tls;
mod transport;
mod twilio;
mod verdict;

pub(super) use address::loopback_url;
pub(super) use names::Reach;
pub(crate) use names::{Names, SystemNames};
pub(crate) use transport::Wires;
pub(super) use transport::{Answer, Failure, Limits, Request, Transport, answer_by};
pub use verdict::{ErrorRow, ErrorTable};

use super::Provider;
use crate::error::{Error, ErrorKind, Result};
use crate::settings::ProviderSettings;
use std::sync::Arc;
use std::time::Duration;

/// Builds the provider of a vendor, with the longest time of one call of it.
pub(super) fn build(name: &str, settings: &ProviderSettings, wires: &Wires) -> Result<(Provider, Option<Duration>)> {
    let (provider, timeout_ms) = match settings {
        ProviderSettings::MessageBirdVerify(settings) => {
            let verify = messagebird::Verify::new(name, settings, wires)?;
            (Provider::Verifier(Arc::new(verify)), settings.timeout_ms)
        }
        ProviderSettings::MessageBirdSms(settings) => {
            let sms = messagebird::Sms::new(name, settings, wires)?;
            (Provider::Sender(Arc::new(sms)), settings.timeout_ms)
        }
        ProviderSettings::TwilioVerify(settings) => {
            let verify = twilio::Verify::new(name, settings, wires)?;
            (Provider::Verifier(Arc::new(verify)), settings.timeout_ms)
        }
        ProviderSettings::TwilioSms(settings) => {
            let sms = twilio::Sms::new(name, settings, wires)?;
            (Provider::Sender(Arc::new(sms)), settings.timeout_ms)
        }
        ProviderSettings::Outbox(_)
        | ProviderSettings::Console(_)
        | ProviderSettings::Sandbox(_)
        | ProviderSettings::Callback(_) => {
            let sentence = "a provider that is no vendor's came to the vendors";
            return Err(Error::new(ErrorKind::Internal, sentence));
        }
    };
    Ok((provider, timeout_ms.map(Duration::from_millis)))
}

/// What each vendor's error codes mean to otpkit, for the documentation.
pub fn provider_errors() -> &'static [&'static ErrorTable] {
    static TABLES: [&ErrorTable; 2] = [&messagebird::ERRORS, &twilio::ERRORS];
    &TABLES
}
