//! Settings and live things become a client here; everything that can be wrong is found now.

use crate::client::Client;
use crate::clock::{Clock, WallClock};
use crate::engine::keys::Keys;
use crate::error::{Error, Result};
use crate::flow::{Core, Parts};
use crate::message::Messages;
use crate::observe::Observer;
use crate::provider::{Names, Provider, Registry, Sender, SystemNames, Verifier, Wires};
use crate::random::{OsRandom, SecureRandom};
use crate::secret::Secret;
use crate::settings::{PolicySettings, ProviderSettings, RouteSettings, SecretText, Settings, Window, check_windows};
use crate::store::AnyStore;
use crate::types::{Country, Purpose, Tenant};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

/// Puts a [`Client`] together.
#[derive(Default)]
pub struct Builder {
    settings: Settings,
    /// Secrets that are bytes rather than text.
    secrets: Vec<Zeroizing<Vec<u8>>>,
    live: Vec<(String, Provider)>,
    store: Option<AnyStore>,
    observer: Option<Arc<dyn Observer>>,
    clock: Option<Arc<dyn Clock>>,
    names: Option<Arc<dyn Names>>,
    /// The first thing that a setter found wrong.
    wrong: Option<Error>,
}

impl Builder {
    /// A builder with the defaults.
    pub fn new() -> Builder {
        Builder::default()
    }

    /// A builder with settings that were read elsewhere.
    pub fn from_settings(settings: Settings) -> Builder {
        Builder {
            settings,
            ..Builder::default()
        }
    }

    /// Adds a secret of at least 32 bytes. The first is used for new verifications, the others still verify.
    pub fn secret(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.secrets.push(Zeroizing::new(bytes.into()));
        self
    }

    /// Whose users these are.
    pub fn tenant(mut self, tenant: impl Into<String>) -> Self {
        self.settings.tenant = tenant.into();
        self
    }

    /// Uses a store that other clients use too. Give them the same secrets: without any, each client draws its own,
    /// and a store that was begun under one of them refuses the others.
    pub fn store(mut self, store: impl Into<AnyStore>) -> Self {
        self.store = Some(store.into());
        self
    }

    /// Adds a provider that delivers otpkit's codes.
    pub fn provider(self, name: impl Into<String>, sender: impl Sender) -> Self {
        self.live_provider(name, Provider::Sender(Arc::new(sender)))
    }

    /// Adds a provider that has codes of its own.
    pub fn verifier(self, name: impl Into<String>, verifier: impl Verifier) -> Self {
        self.live_provider(name, Provider::Verifier(Arc::new(verifier)))
    }

    /// Adds a provider of either kind.
    pub fn live_provider(mut self, name: impl Into<String>, provider: Provider) -> Self {
        self.live.push((name.into(), provider));
        self
    }

    /// Adds a provider of the library, by its settings.
    pub fn provider_settings(mut self, name: impl Into<String>, settings: impl Into<ProviderSettings>) -> Self {
        let name = name.into();
        if self.settings.providers.insert(name.clone(), settings.into()).is_some() {
            self.wrong.get_or_insert(Error::invalid_settings(
                format!("providers.{name}"),
                "two providers have this name",
            ));
        }
        self
    }

    /// Adds a route. The first route that fits is used.
    pub fn route(mut self, route: RouteSettings) -> Self {
        self.settings.routes.push(route);
        self
    }

    /// The rules for every purpose.
    pub fn policy(mut self, policy: PolicySettings) -> Self {
        self.settings.policy = policy;
        self
    }

    /// The rules that differ for a purpose.
    pub fn purpose(mut self, name: impl Into<String>, policy: PolicySettings) -> Self {
        self.settings.purposes.insert(name.into(), policy);
        self
    }

    /// How many starts one IP address may make.
    pub fn per_ip(mut self, windows: Vec<Window>) -> Self {
        self.settings.per_ip = Some(windows);
        self
    }

    /// How many sends this tenant may make in all.
    pub fn global(mut self, windows: Vec<Window>) -> Self {
        self.settings.global = windows;
        self
    }

    /// The longest time of one call.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.settings.deadline_ms = Some(u64::try_from(deadline.as_millis()).unwrap_or(u64::MAX));
        self
    }

    /// The name that messages show.
    pub fn brand(mut self, brand: impl Into<String>) -> Self {
        self.settings.brand = brand.into();
        self
    }

    /// Adds a template of the message in a language; see [`Settings::templates`].
    pub fn template(mut self, language: impl Into<String>, text: impl Into<String>) -> Self {
        self.settings.templates.insert(language.into(), text.into());
        self
    }

    /// The host of the website that asks for the code; see [`Settings::web_host`].
    pub fn web_host(mut self, host: impl Into<String>) -> Self {
        self.settings.web_host = Some(host.into());
        self
    }

    /// The country whose national spelling of phone numbers is understood.
    pub fn default_country(mut self, country: Country) -> Self {
        self.settings.default_country = Some(country);
        self
    }

    /// Is told what happens.
    pub fn observer(mut self, observer: impl Observer) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// Moves the store's time, and that against which signatures are checked, by hand.
    #[cfg(feature = "testing")]
    pub fn clock(mut self, clock: crate::testing::TestClock) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// Tells the addresses of names in the place of the operating system.
    #[cfg(feature = "testing")]
    pub fn names(mut self, names: crate::testing::TestNames) -> Self {
        self.names = Some(Arc::new(names));
        self
    }

    /// Checks everything and makes the client.
    ///
    /// # Errors
    /// `invalid_settings` naming the setting that is wrong, unsafe or missing.
    pub fn build(self) -> Result<Client> {
        if let Some(wrong) = self.wrong {
            return Err(wrong);
        }
        let Settings {
            secrets,
            tenant,
            store,
            providers,
            routes,
            policy,
            purposes,
            per_ip,
            global,
            ..
        } = &self.settings;
        let random: Arc<dyn SecureRandom> = Arc::new(OsRandom);
        let connect = millis("connect_ms", self.settings.connect_ms.unwrap_or(3_000))?;
        let deadline = millis("deadline_ms", self.settings.deadline_ms.unwrap_or(15_000))?;
        let clock = self.clock.clone().unwrap_or_else(WallClock::shared);
        let AnyStore(store) = match self.store {
            Some(store) => store,
            None => AnyStore::of(store, self.clock)?,
        };
        let may_draw = !store.outlives_process();
        let keys = Keys::new(&all_secrets(secrets, self.secrets, may_draw, &*random)?)?;
        let wires = Wires {
            // A connection that takes all of a call's time is of no use to it.
            connect: connect.min(deadline * 3 / 4),
            names: self.names.unwrap_or_else(|| Arc::new(SystemNames)),
        };
        let registry = Registry::build(providers, self.live, &wires)?;

        let resolved = policy.resolve("policy")?;
        let mut by_purpose = HashMap::new();
        for (name, rules) in purposes {
            let path = format!("purposes.{name}");
            let parsed = Purpose::parse(name).map_err(|why| Error::invalid_settings(&path, why))?;
            by_purpose.insert(parsed.as_str().to_owned(), rules.over(policy).resolve(&path)?);
        }
        let per_ip = per_ip.clone().unwrap_or_else(|| vec![Window::new(10, 600)]);
        check_windows("per_ip", &per_ip)?;
        check_windows("global", global)?;

        let parts = Parts {
            keys,
            messages: Messages::new(
                &self.settings.brand,
                &self.settings.templates,
                self.settings.web_host.as_deref(),
            )?,
            random,
            clock,
            tenant: Tenant::parse(tenant).map_err(|why| Error::invalid_settings("tenant", why))?,
            default_country: self.settings.default_country,
            store,
            routes: check_routes(routes, &registry)?,
            providers: registry,
            policy: resolved,
            purposes: by_purpose,
            per_ip,
            global: global.clone(),
            deadline,
            observer: self.observer,
        };
        Ok(Client::from_core(Core::from(parts)))
    }
}

/// Every secret, or, where nobody else needs it, one that is drawn for this process.
fn all_secrets(
    texts: &[SecretText],
    bytes: Vec<Zeroizing<Vec<u8>>>,
    may_draw: bool,
    random: &dyn SecureRandom,
) -> Result<Vec<Secret>> {
    let texts = texts.iter().map(|text| text.expose().as_bytes().to_vec());
    let secrets: Vec<Secret> = texts
        .chain(bytes.into_iter().map(|mut bytes| std::mem::take(&mut *bytes)))
        .map(Secret::new)
        .collect::<Result<_>>()?;
    if !secrets.is_empty() {
        return Ok(secrets);
    }
    if !may_draw {
        let sentence = "this store outlives the process, so secrets must too: give one of at least 32 random bytes, the \
                        same to every process that uses the store";
        return Err(Error::invalid_settings("secrets", sentence));
    }
    let mut drawn = vec![0u8; 32];
    random.fill(&mut drawn)?;
    Ok(vec![Secret::new(drawn)?])
}

/// The routes, or the one that there is without any: everybody over all providers, in order.
fn check_routes(routes: &[RouteSettings], providers: &Registry) -> Result<Vec<RouteSettings>> {
    if routes.is_empty() {
        return Ok(vec![RouteSettings::over(providers.names().cloned())]);
    }
    for (at, route) in routes.iter().enumerate() {
        let path = |field: &str| format!("routes[{at}].{field}");
        if route.r#use.is_empty() {
            return Err(Error::invalid_settings(
                path("use"),
                "a route names at least one provider",
            ));
        }
        for name in &route.r#use {
            if providers.get(name).is_none() {
                let known: Vec<_> = providers.names().map(String::as_str).collect();
                let sentence = format!("no provider has this name; there are {}", known.join(", "));
                return Err(Error::invalid_settings(path("use"), sentence));
            }
        }
        for purpose in &route.purpose {
            Purpose::parse(purpose).map_err(|why| Error::invalid_settings(path("purpose"), why))?;
        }
    }
    Ok(routes.to_vec())
}

fn millis(field: &str, value: u64) -> Result<Duration> {
    match (50..=60_000).contains(&value) {
        true => Ok(Duration::from_millis(value)),
        false => Err(Error::invalid_settings(
            field,
            format!("{value} is not within 50 to 60000 milliseconds"),
        )),
    }
}
