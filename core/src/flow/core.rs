use crate::clock::Clock;
use crate::engine::keys::{IndexKey, Keys, Ring};
use crate::engine::route::choose;
use crate::engine::sealed::{Contents, Seal};
use crate::engine::verbs::{Key, RequestToken, Settle, Settled, Settlement, Tracked, WindowKey};
use crate::error::{Error, ErrorKind, Result};
use crate::guard::guarded;
use crate::message::Messages;
use crate::observe::{Event, Observer};
use crate::provider::dispatch::Try;
use crate::provider::{Entry, Message, Registry};
use crate::random::SecureRandom;
use crate::settings::{Policy, RouteSettings, Window};
use crate::store::{Store, meta};
use crate::types::{Channel, Country, IdParts, Parsed, Purpose, Recipient, Tenant, VerificationId};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// Everything that a call needs, put together once by the builder.
pub(crate) struct Core {
    pub(crate) keys: Keys,
    pub(crate) providers: Registry,
    pub(crate) messages: Messages,
    pub(crate) random: Arc<dyn SecureRandom>,
    /// For what others signed with a time; what is stored lives by the store's clock.
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) tenant: Tenant,
    pub(crate) default_country: Option<Country>,
    /// The windows per recipient of every policy.
    pub(super) counted: Arc<[Window]>,
    store: Arc<dyn Store>,
    index_key: OnceLock<IndexKey>,
    routes: Vec<RouteSettings>,
    policy: Policy,
    purposes: HashMap<String, Policy>,
    per_ip: Vec<Window>,
    global: Vec<Window>,
    deadline: Duration,
    observer: Option<Arc<dyn Observer>>,
    closed: AtomicBool,
}

/// What the builder puts together.
pub(crate) struct Parts {
    pub(crate) keys: Keys,
    pub(crate) providers: Registry,
    pub(crate) messages: Messages,
    pub(crate) random: Arc<dyn SecureRandom>,
    /// For what others signed with a time; what is stored lives by the store's clock.
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) tenant: Tenant,
    pub(crate) default_country: Option<Country>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) routes: Vec<RouteSettings>,
    pub(crate) policy: Policy,
    pub(crate) purposes: HashMap<String, Policy>,
    pub(crate) per_ip: Vec<Window>,
    pub(crate) global: Vec<Window>,
    pub(crate) deadline: Duration,
    pub(crate) observer: Option<Arc<dyn Observer>>,
}

impl From<Parts> for Core {
    fn from(parts: Parts) -> Core {
        Core {
            keys: parts.keys,
            providers: parts.providers,
            messages: parts.messages,
            random: parts.random,
            clock: parts.clock,
            tenant: parts.tenant,
            default_country: parts.default_country,
            counted: counted(std::iter::once(&parts.policy).chain(parts.purposes.values())),
            store: parts.store,
            index_key: OnceLock::new(),
            routes: parts.routes,
            policy: parts.policy,
            purposes: parts.purposes,
            per_ip: parts.per_ip,
            global: parts.global,
            deadline: parts.deadline,
            observer: parts.observer,
            closed: AtomicBool::new(false),
        }
    }
}

/// One window for each length that any policy has; the largest maximum decides how finely it is counted.
fn counted<'p>(policies: impl Iterator<Item = &'p Policy>) -> Arc<[Window]> {
    let mut lengths: Vec<Window> = Vec::new();
    for window in policies.flat_map(|policy| policy.per_recipient.iter()) {
        match lengths.iter_mut().find(|known| known.per_seconds == window.per_seconds) {
            Some(known) => known.max = known.max.max(window.max),
            None => lengths.push(*window),
        }
    }
    lengths.into()
}

/// Which verification a call is about.
pub(super) struct Located<'c> {
    pub(super) ring: &'c Ring,
    pub(super) key: Key,
}

impl Core {
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// The end of a call that begins now.
    pub(super) fn deadline(&self) -> Instant {
        Instant::now() + self.deadline
    }

    /// By when a provider has to answer, so that what it did can still be noted within the deadline.
    pub(super) fn send_by(&self, deadline: Instant) -> Instant {
        deadline - (self.deadline / 10).min(Duration::from_secs(1))
    }

    /// Whether a start from this address counts in a window of it.
    pub(super) fn counts_ip(&self, ip: Option<IpAddr>) -> bool {
        ip.is_some() && !self.per_ip.is_empty()
    }

    pub(super) fn policy(&self, purpose: &Purpose) -> &Policy {
        self.purposes.get(purpose.as_str()).unwrap_or(&self.policy)
    }

    /// Asks the store within the call's deadline. A store that gives no answer is an outage, never a yes.
    pub(super) async fn ask<'c, T>(
        &'c self,
        deadline: Instant,
        verb: impl FnOnce(&'c dyn Store) -> futures_core::future::BoxFuture<'c, Result<T>>,
    ) -> Result<T> {
        let left = deadline.saturating_duration_since(Instant::now());
        guarded(|| verb(&*self.store), left).await.unwrap_or_else(|_| {
            let sentence = "the store gave no answer within the deadline; what was asked may or may not have happened";
            Err(Error::new(ErrorKind::StoreUnavailable, sentence))
        })
    }

    /// Notes what became of a send, of a verifier's check, or of the host's wish to cancel.
    pub(super) async fn settle(&self, deadline: Instant, key: Key, what: Settlement) -> Result<Settled> {
        self.ask(deadline, |store| {
            Box::pin(async move { store.settle(&Settle { key, what }).await })
        })
        .await
    }

    /// Calls that come before it is known each ask the store, which gives all of them the same: so none waits for
    /// another, which might be one of a parent process and never come back.
    pub(super) async fn index_key(&self, deadline: Instant) -> Result<&IndexKey> {
        if let Some(key) = self.index_key.get() {
            return Ok(key);
        }
        let read = self.ask(deadline, |store| {
            Box::pin(meta::index_key(store, &self.keys, &*self.random))
        });
        let key = read.await?;
        Ok(self.index_key.get_or_init(|| key))
    }

    /// Finds the verification of an id; `None` if the call names another recipient than the id.
    pub(super) async fn locate(
        &self,
        deadline: Instant,
        id: &VerificationId,
        purpose: &Purpose,
        to: Option<&str>,
    ) -> Result<Option<Located<'_>>> {
        let to = to.map(|to| Parsed::recipient(to, self.default_country)).transpose()?;
        let parts: IdParts = id.parts();
        let ring = self.keys.of(parts.key_id).ok_or_else(|| {
            let sentence = "this id was made under a secret that is not among `secrets`; nothing was spent";
            Error::new(ErrorKind::CannotTell, sentence)
        })?;
        let index_key = self.index_key(deadline).await?;
        let index = ring.index(&parts);
        if to.is_some_and(|to| index_key.index(&self.tenant, &to) != index) {
            return Ok(None);
        }
        let binding = index_key.binding(&self.tenant, purpose);
        Ok(Some(Located {
            ring,
            key: Key {
                index,
                random: parts.random,
                binding,
            },
        }))
    }

    /// The providers that serve a recipient, in order.
    pub(super) fn route(&self, to: &Recipient, channel: &Channel, purpose: &Purpose) -> Result<Vec<&Entry>> {
        let no_route = |sentence: &str| Err(Error::new(ErrorKind::NoRoute, sentence));
        let country = to.country();
        let is_phone = matches!(to, Recipient::Phone(_));
        if let (true, Some(served)) = (is_phone, &self.policy(purpose).countries)
            && !country.is_some_and(|country| served.contains(&country))
        {
            return no_route("the policy does not serve numbers of this country");
        }
        match choose(&self.routes, country, channel, purpose) {
            Some(names) => Ok(names.iter().filter_map(|name| self.providers.get(name)).collect()),
            None => no_route("no route serves this recipient on this channel; add one to `routes`"),
        }
    }

    /// The windows that live outside of a recipient's slot.
    pub(super) fn elsewhere(&self, index_key: &IndexKey, ip: Option<IpAddr>) -> Vec<(WindowKey, Vec<Window>)> {
        let mut windows = Vec::new();
        if let (Some(ip), true) = (ip, self.counts_ip(ip)) {
            let (network, length) = network(ip);
            windows.push((
                index_key.window(&self.tenant, "ip", &network[..length]),
                self.per_ip.clone(),
            ));
        }
        if !self.global.is_empty() {
            windows.push((index_key.window(&self.tenant, "global", &[]), self.global.clone()));
        }
        windows
    }

    pub(super) fn message(
        &self,
        to: Recipient,
        channel: Channel,
        purpose: &Purpose,
        ttl: Duration,
        key: String,
    ) -> Message {
        Message {
            to,
            channel,
            purpose: purpose.as_str().to_owned(),
            tenant: self.tenant.as_str().to_owned(),
            locale: None,
            values: BTreeMap::new(),
            ttl,
            attempts: self.policy(purpose).attempts,
            idempotency_key: key,
            deadline: self.deadline,
        }
    }

    pub(super) fn reseal(&self, located: &Located<'_>, contents: &Contents) -> Result<Box<[u8]>> {
        let mut nonce = [0u8; 12];
        self.random.fill(&mut nonce)?;
        located.seal().close(contents, nonce)
    }

    /// Names an attempt, where a verifier's answer may have to be settled for it.
    pub(super) fn attempt_token(&self) -> Result<RequestToken> {
        if !self.providers.has_verifier() {
            return Ok(RequestToken::default());
        }
        self.request_token()
    }

    pub(super) fn request_token(&self) -> Result<RequestToken> {
        let mut token = RequestToken::default();
        self.random.fill(&mut token)?;
        Ok(token)
    }

    /// Tells the observer and the log. Nothing is made where nobody listens.
    pub(super) fn tell(&self, event: impl FnOnce() -> Event) {
        if self.observer.is_none() && !tracing::enabled!(target: "otpkit", tracing::Level::DEBUG) {
            return;
        }
        let event = event();
        tracing::debug!(target: "otpkit", ?event);
        if let Some(observer) = &self.observer {
            // An observer that panics must not turn an approval into an error.
            let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| observer.event(&event)));
        }
    }

    /// Tells of one try of a provider.
    pub(super) fn tell_try(&self, id: Option<&VerificationId>, what: &Sending<'_>, tried: Try<'_>) {
        self.tell(|| Event::Send {
            id: id.map(|id| id.as_str().to_owned()),
            to_masked: what.to.masked(),
            channel: what.channel.as_str().to_owned(),
            purpose: what.purpose.as_str().to_owned(),
            provider: tried.provider.to_owned(),
            result: tried.result,
            detail: tried.detail,
            took_ms: u64::try_from(tried.took.as_millis()).unwrap_or(u64::MAX),
        });
    }
}

/// What a message is about, for the observer.
pub(super) struct Sending<'a> {
    pub(super) to: &'a Recipient,
    pub(super) channel: &'a Channel,
    pub(super) purpose: &'a Purpose,
}

impl Located<'_> {
    /// What reports about the message of this generation belong to.
    pub(super) fn tracked(&self, generation: u32) -> Tracked {
        Tracked {
            key: self.key,
            key_id: self.ring.key_id,
            generation,
        }
    }

    pub(super) fn seal(&self) -> Seal<'_> {
        Seal {
            ring: self.ring,
            random: &self.key.random,
            binding: &self.key.binding,
        }
    }
}

/// What a code is bound to besides its id: nothing, or a hash of the context.
pub(super) fn context_hash(context: &[u8]) -> Vec<u8> {
    if context.is_empty() {
        Vec::new()
    } else {
        Sha256::digest(context).to_vec()
    }
}

/// An address as it is counted: IPv4 whole (also when it is written as IPv6), IPv6 by its /64.
fn network(ip: IpAddr) -> ([u8; 8], usize) {
    let mut bytes = [0u8; 8];
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            bytes[..4].copy_from_slice(&ip.octets());
            (bytes, 4)
        }
        IpAddr::V6(ip) => {
            bytes.copy_from_slice(&ip.octets()[..8]);
            (bytes, 8)
        }
    }
}
