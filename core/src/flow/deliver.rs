use super::core::{Core, Sending};
use super::refusal::refused;
use super::start::budget;
use crate::engine::verbs::{Begin, Key};
use crate::error::{Error, ErrorKind, Result};
use crate::provider::dispatch::{Job, dispatch};
use crate::provider::{Entry, Provider};
use crate::types::{Code, Deliver, Delivered, Parsed};
use std::time::Duration;

/// Sends the host's own code: windows and senders, no record.
pub(crate) async fn deliver(core: &Core, call: Deliver) -> Result<Delivered> {
    let deadline = core.deadline();
    let purpose = Parsed::purpose(call.purpose.as_deref())?;
    let to = Parsed::recipient(&call.to, core.default_country)?;
    let code = Code::parse_host(&call.code).map_err(|why| Error::invalid_input("code", why))?;
    let channel = Parsed::channel(call.channel.as_deref(), &to)?;
    let ip = Parsed::ip(call.ip.as_deref())?;
    let locale = Parsed::locale(call.locale.as_deref())?.map(str::to_owned);
    Parsed::values(&call.values)?;
    let policy = core.policy(&purpose);
    let is_sender = |entry: &&Entry| matches!(entry.provider, Provider::Sender(_));
    let entries: Vec<_> = core
        .route(&to, &channel, &purpose)?
        .into_iter()
        .filter(is_sender)
        .collect();
    if entries.is_empty() {
        let sentence =
            "the route of this recipient has verifiers only, which send codes of their own; `deliver` needs a sender";
        return Err(Error::new(ErrorKind::NoRoute, sentence));
    }

    let text = core
        .messages
        .render(locale.as_deref(), &channel, &code, policy.ttl_ms, &call.values)?;
    let index_key = core.index_key(deadline).await?;
    let mut random = [0u8; 16];
    core.random.fill(&mut random)?;
    let index = index_key.index(&core.tenant, &to);
    let begin = Begin {
        key: Key {
            index,
            random,
            binding: index_key.binding(&core.tenant, &purpose),
        },
        record: None,
        per_recipient: policy.per_recipient.clone(),
        counted: core.counted.clone(),
        elsewhere: core.elsewhere(index_key, ip),
        budget: budget(policy),
    };
    let begun = core.ask(deadline, |store| store.begin(&begin)).await?;
    begun.map_err(|refusal| refused(refusal, core.counts_ip(ip)))?;

    let to_masked = to.masked();
    let send_key = core.keys.current().send_key(&random, 0);
    let mut message = core.message(
        to.clone(),
        channel.clone(),
        &purpose,
        Duration::from_millis(policy.ttl_ms),
        send_key,
    );
    message.locale = locale;
    message.values = call.values;
    let job = Job {
        message,
        code,
        text,
        again: None,
    };
    let sending = Sending {
        to: &to,
        channel: &channel,
        purpose: &purpose,
    };
    let served = dispatch(&entries, job, core.send_by(deadline), &|tried| {
        core.tell_try(None, &sending, tried)
    })
    .await;
    let served = served.map_err(|failed| failed.error)?;
    Ok(Delivered {
        channel,
        to_masked,
        provider: served.entry.name.clone(),
        delivery: served.delivery,
        reference: served.reference,
    })
}
