use super::core::{Core, Located, Sending, context_hash};
use super::refusal::refused;
use crate::clock::time_of;
use crate::engine::budget::Budget;
use crate::engine::draw::draw;
use crate::engine::sealed::Contents;
use crate::engine::verbs::{Begin, Key, Kind, NewRecord, Settlement};
use crate::error::Result;
use crate::provider::dispatch::{Failed, Job, Served, dispatch};
use crate::settings::{LockRelease, Policy, ResendCode};
use crate::types::{Delivery, Parsed, Start, Started};
use std::time::{Duration, Instant};

/// Parse, limit and store, then send: the record is written before anything leaves.
pub(crate) async fn start(core: &Core, call: Start) -> Result<Started> {
    let deadline = core.deadline();
    let purpose = Parsed::purpose(call.purpose.as_deref())?;
    let to = Parsed::recipient(&call.to, core.default_country)?;
    let channel = Parsed::channel(call.channel.as_deref(), &to)?;
    let ip = Parsed::ip(call.ip.as_deref())?;
    let context = context_hash(Parsed::context(call.context.as_deref())?);
    let locale = Parsed::locale(call.locale.as_deref())?.map(str::to_owned);
    Parsed::values(&call.values)?;
    let policy = core.policy(&purpose);
    let entries = core.route(&to, &channel, &purpose)?;

    let index_key = core.index_key(deadline).await?;
    let drawn = draw(&*core.random, policy.length, policy.alphabet)?;
    let ring = core.keys.current();
    let index = index_key.index(&core.tenant, &to);
    let binding = index_key.binding(&core.tenant, &purpose);
    let located = Located {
        ring,
        key: Key {
            index,
            random: drawn.random,
            binding,
        },
    };
    let (id, send_key) = ring.id(&index, drawn.random);

    let text = core
        .messages
        .render(locale.as_deref(), &channel, &drawn.code, policy.ttl_ms, &call.values)?;
    let mut contents = Contents {
        to: to.as_str().to_owned(),
        channel: channel.clone(),
        locale: locale.clone(),
        values: call.values.clone(),
        context,
        code: keeps_code(policy).then(|| drawn.code.clone()),
        // Who most likely serves; corrected below if somebody else does.
        provider: entries[0].name.clone(),
        reference: String::new(),
        sent: true,
    };
    let begin = Begin {
        key: located.key,
        record: Some(NewRecord {
            digest: ring.code_digest(&drawn.random, &contents.context, drawn.code.expose()),
            sealed: located.seal().close(&contents, drawn.nonce)?,
            ttl_ms: policy.ttl_ms,
            attempts: policy.attempts,
            resend_after_ms: policy.wait_after(0),
        }),
        per_recipient: policy.per_recipient.clone(),
        counted: core.counted.clone(),
        elsewhere: core.elsewhere(index_key, ip),
        budget: budget(policy),
    };
    let begun = core.ask(deadline, |store| store.begin(&begin)).await?;
    let begun = begun.map_err(|refusal| refused(refusal, core.counts_ip(ip)))?;

    let to_masked = to.masked();
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
        code: drawn.code,
        text,
        again: None,
    };
    let sending = Sending {
        to: &to,
        channel: &channel,
        purpose: &purpose,
    };
    let served = match dispatch(&entries, job, core.send_by(deadline), &|tried| {
        core.tell_try(Some(&id), &sending, tried)
    })
    .await
    {
        Ok(served) => served,
        Err(Failed { error, perhaps_sent }) => {
            let what = Settlement::StartFailed { cooldown: perhaps_sent };
            // The reserved attempts come back now; if the store is gone they come back when the record expires.
            let _ = core.settle(deadline, located.key, what).await;
            return Err(error);
        }
    };
    note_served(core, &located, &mut contents, &served, 0, deadline).await?;
    Ok(Started {
        id,
        channel,
        to_masked,
        provider: served.entry.name.clone(),
        delivery: served.delivery,
        expires_at: time_of(begun.expires_at),
        resend_at: time_of(begun.resend_at),
    })
}

pub(super) fn budget(policy: &Policy) -> Budget {
    Budget {
        attempts: policy.attempts,
        operator: policy.lock_release == LockRelease::Operator,
    }
}

pub(super) fn keeps_code(policy: &Policy) -> bool {
    policy.resend == ResendCode::Same
}

/// Stores who served, where the stored record does not say so already. For a verifier this is what makes its code
/// checkable; for a sender it is news for operators, so a store that fails then fails nothing.
pub(super) async fn note_served(
    core: &Core,
    located: &Located<'_>,
    contents: &mut Contents,
    served: &Served<'_>,
    generation: u32,
    deadline: Instant,
) -> Result<()> {
    let sent = served.delivery == Delivery::Sent;
    // A resend without a clear answer leaves the reference that is known: it may be all that the service checks by.
    let known = if contents.provider == served.entry.name {
        contents.reference.as_str()
    } else {
        ""
    };
    let reference = served.reference.clone().unwrap_or_else(|| known.to_owned());
    let as_stored = contents.provider == served.entry.name && contents.reference == reference && contents.sent == sent;
    if as_stored && !served.verifier {
        return Ok(());
    }
    contents.provider.clone_from(&served.entry.name);
    contents.reference = reference;
    contents.sent = sent;
    let (kind, digest) = match served.verifier {
        true => {
            contents.code = None;
            (
                Kind::Verifier,
                Some(located.ring.context_digest(&located.key.random, &contents.context)),
            )
        }
        false => (Kind::Ours, None),
    };
    let sealed = core.reseal(located, contents)?;
    let report_key = core.report_key(core.index_key(deadline).await?, located, served, generation);
    let what = Settlement::Served {
        generation,
        kind,
        digest,
        sealed,
        tracked: report_key.map(|key| (key, located.tracked(generation))),
    };
    let settled = core.settle(deadline, located.key, what).await;
    match served.verifier {
        true => settled.map(|_| ()),
        false => Ok(()),
    }
}
