use super::console::Console;
use super::http::{self, Wires};
use super::sandbox::Sandbox;
use super::{Outbox, Provider, reports};
use crate::error::{Error, Result};
use crate::settings::{OnError, ProviderSettings};
use crate::webhook::Receiver;
use indexmap::IndexMap;
use std::sync::Arc;
use std::time::Duration;

/// The providers of a client, by name.
pub(crate) struct Registry {
    entries: IndexMap<String, Entry>,
    has_verifier: bool,
}

/// A live provider.
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) provider: Provider,
    /// The longest time of one call of it; else what is left of the call's deadline.
    pub(crate) timeout: Option<Duration>,
    /// What a panic of it means.
    pub(crate) on_error: OnError,
    /// What reads its delivery reports, where it has any.
    pub(crate) receiver: Option<Receiver>,
    outbox: Option<Outbox>,
}

impl Registry {
    /// Joins the providers of the settings with the live ones that the host gave.
    pub(crate) fn build(
        settings: &IndexMap<String, ProviderSettings>,
        live: Vec<(String, Provider)>,
        wires: &Wires,
    ) -> Result<Registry> {
        let mut given = IndexMap::new();
        for (name, provider) in live {
            if given.insert(name.clone(), provider).is_some() {
                return Err(wrong(&name, "two providers have this name"));
            }
        }
        let mut entries = IndexMap::new();
        for (name, settings) in settings {
            let entry = Entry::build(name, settings, given.shift_remove(name), wires)?;
            let receiver = reports::receiver(name, settings)?;
            entries.insert(name.clone(), Entry { receiver, ..entry });
        }
        for (name, provider) in given {
            check_name(&name)?;
            entries.insert(
                name.clone(),
                Entry {
                    name,
                    provider,
                    timeout: None,
                    on_error: OnError::default(),
                    receiver: None,
                    outbox: None,
                },
            );
        }
        if entries.is_empty() {
            let sentence =
                "there is no provider; add one, for example `\"outbox\": { \"type\": \"outbox\" }` to try things out";
            return Err(Error::invalid_settings("providers", sentence));
        }
        let is_verifier = |entry: &Entry| matches!(entry.provider, Provider::Verifier(_));
        let has_verifier = entries.values().any(is_verifier);
        Ok(Registry { entries, has_verifier })
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Entry> {
        self.entries.get(name)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &String> {
        self.entries.keys()
    }

    pub(crate) fn has_verifier(&self) -> bool {
        self.has_verifier
    }

    pub(crate) fn outbox(&self, name: &str) -> Option<Outbox> {
        self.entries.get(name)?.outbox.clone()
    }
}

impl Entry {
    fn build(name: &str, settings: &ProviderSettings, live: Option<Provider>, wires: &Wires) -> Result<Entry> {
        check_name(name)?;
        let entry = |provider| Entry {
            name: name.to_owned(),
            provider,
            timeout: None,
            on_error: OnError::default(),
            receiver: None,
            outbox: None,
        };
        let built = match settings {
            ProviderSettings::Outbox(settings) => {
                let keep = settings.keep.unwrap_or(100);
                if !(1..=100_000).contains(&keep) {
                    return Err(Error::invalid_settings(
                        format!("providers.{name}.keep"),
                        "1 to 100000 messages",
                    ));
                }
                let outbox = Outbox::new(keep);
                Entry {
                    outbox: Some(outbox.clone()),
                    ..entry(Provider::Sender(Arc::new(outbox)))
                }
            }
            ProviderSettings::Console(_) => entry(Provider::Sender(Arc::new(Console))),
            ProviderSettings::Sandbox(settings) => {
                let sandbox = Sandbox::new(name, settings, wires)?;
                entry(Provider::Sender(Arc::new(sandbox)))
            }
            ProviderSettings::Callback(settings) => {
                let missing = || {
                    wrong(
                        name,
                        "it is of type callback, but no object or functions were given for it",
                    )
                };
                let timeout = settings.timeout_ms.map(Duration::from_millis);
                if timeout.is_some_and(|t| t.is_zero() || t > Duration::from_secs(60)) {
                    return Err(Error::invalid_settings(
                        format!("providers.{name}.timeout_ms"),
                        "1 to 60000 milliseconds",
                    ));
                }
                return Ok(Entry {
                    timeout,
                    on_error: settings.on_error,
                    ..entry(live.ok_or_else(missing)?)
                });
            }
            vendor => {
                let (provider, timeout) = http::build(name, vendor, wires)?;
                Entry {
                    timeout,
                    ..entry(provider)
                }
            }
        };
        match live {
            None => Ok(built),
            Some(_) => Err(wrong(
                name,
                "two providers have this name: one of the settings, one given beside them",
            )),
        }
    }
}

fn wrong(name: &str, sentence: &str) -> Error {
    Error::invalid_settings(format!("providers.{name}"), sentence)
}

fn check_name(name: &str) -> Result<()> {
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    match (1..=64).contains(&name.len()) && name.bytes().all(fits) {
        true => Ok(()),
        false => Err(Error::invalid_settings(
            "providers",
            "a provider's name is 1 to 64 characters of A-Z, a-z, 0-9, _ - and .",
        )),
    }
}
