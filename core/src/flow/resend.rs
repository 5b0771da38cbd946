use super::core::{Core, Sending};
use super::refusal::refused;
use super::start::{keeps_code, note_served};
use crate::clock::time_of;
use crate::engine::draw::draw_code;
use crate::engine::sealed::Contents;
use crate::engine::verbs::{Facts, Kind, Renew, Renewed, Settlement};
use crate::error::{Error, ErrorKind, Result};
use crate::provider::dispatch::{Failed, Job, dispatch};
use crate::provider::{Entry, Provider};
use crate::settings::Policy;
use crate::types::{Channel, Code, Parsed, Purpose, Recipient, Resend, Started};
use std::time::Duration;

/// A same code is sent again only while it has more than this left to live.
const SAME_CODE_MS: u64 = 60_000;

/// Reads the record, counts and stores the resend, then sends. Id and attempts stay as they are.
pub(crate) async fn resend(core: &Core, call: Resend) -> Result<Started> {
    let deadline = core.deadline();
    let purpose = Parsed::purpose(call.purpose.as_deref())?;
    let id = Parsed::id(&call.id)?;
    let policy = core.policy(&purpose);
    let located = core
        .locate(deadline, &id, &purpose, call.to.as_deref())
        .await?
        .ok_or_else(ended)?;
    let facts = core
        .ask(deadline, |store| store.status(&located.key))
        .await?
        .ok_or_else(ended)?;
    if facts.ended.is_some() {
        return Err(ended());
    }
    let mut contents = located.seal().open(&facts.sealed)?;
    let damaged = || {
        Error::new(
            ErrorKind::CannotTell,
            "the stored verification is damaged; start a new one",
        )
    };
    let to = Recipient::parse(&contents.to, None).map_err(|_| damaged())?;
    let channel = contents.channel.clone();
    let entries = who_resends(core, &facts, &contents, &to, &channel, &purpose)?;

    let code = what_to_send(core, policy, &facts, &contents)?;
    let replacement = match &code {
        Resent::Same(_) | Resent::Theirs => None,
        Resent::New(code) => {
            contents.code = keeps_code(policy).then(|| code.clone());
            let digest = located
                .ring
                .code_digest(&located.key.random, &contents.context, code.expose());
            Some((digest, core.reseal(&located, &contents)?))
        }
    };
    let generation = facts.generation + 1;
    let index_key = core.index_key(deadline).await?;
    let renew = Renew {
        key: located.key,
        generation: facts.generation,
        request: core.request_token()?,
        replacement,
        ttl_ms: policy.ttl_ms,
        ceiling_ms: policy.ceiling_ms,
        resend_after_ms: policy.wait_after(generation),
        per_recipient: policy.per_recipient.clone(),
        counted: core.counted.clone(),
        elsewhere: core.elsewhere(index_key, None),
    };
    let (begun, replaced) = match core.ask(deadline, |store| store.renew(&renew)).await? {
        Renewed::Done { begun, replaced } => (begun, replaced),
        Renewed::Refused(refusal) => return Err(refused(refusal, false)),
        Renewed::Ended(_) => return Err(ended()),
    };

    let to_masked = to.masked();
    let send_key = located.ring.send_key(&located.key.random, generation);
    let mut message = core.message(
        to.clone(),
        channel.clone(),
        &purpose,
        Duration::from_millis(begun.lives_ms),
        send_key,
    );
    message.locale.clone_from(&contents.locale);
    message.values.clone_from(&contents.values);
    let (code, again) = match code {
        Resent::Same(code) | Resent::New(code) => (code, None),
        // The service has its own code; senders, which would need one, are not asked.
        Resent::Theirs => (Code::from_drawn(b"0000"), Some(contents.reference.clone())),
    };
    let lives_ms = begun.lives_ms;
    let rendered = core
        .messages
        .render(contents.locale.as_deref(), &channel, &code, lives_ms, &contents.values);
    let text = match rendered {
        Ok(text) => text,
        // The template was changed meanwhile and asks for more.
        Err(error) => {
            let what = Settlement::ResendFailed {
                generation,
                restore: replaced,
            };
            let _ = core.settle(deadline, located.key, what).await;
            return Err(error);
        }
    };
    let job = Job {
        message,
        code,
        text,
        again,
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
            if !perhaps_sent {
                let what = Settlement::ResendFailed {
                    generation,
                    restore: replaced,
                };
                let _ = core.settle(deadline, located.key, what).await;
            }
            return Err(error);
        }
    };
    note_served(core, &located, &mut contents, &served, generation, deadline).await?;
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

enum Resent {
    Same(Code),
    New(Code),
    /// A verifier's own.
    Theirs,
}

fn what_to_send(core: &Core, policy: &Policy, facts: &Facts, contents: &Contents) -> Result<Resent> {
    if facts.kind == Kind::Verifier {
        return Ok(Resent::Theirs);
    }
    match &contents.code {
        Some(code) if keeps_code(policy) && facts.remaining_ms > SAME_CODE_MS => Ok(Resent::Same(code.clone())),
        _ => draw_code(&*core.random, policy.length, policy.alphabet).map(Resent::New),
    }
}

/// A verifier's code can only be resent by that verifier; ours by every sender of the route.
fn who_resends<'c>(
    core: &'c Core,
    facts: &Facts,
    contents: &Contents,
    to: &Recipient,
    channel: &Channel,
    purpose: &Purpose,
) -> Result<Vec<&'c Entry>> {
    let of_kind = |entry: &&Entry| match (&entry.provider, facts.kind) {
        (Provider::Sender(_), Kind::Ours) => true,
        (Provider::Verifier(_), Kind::Verifier) => entry.name == contents.provider,
        _ => false,
    };
    let entries: Vec<_> = core.route(to, channel, purpose)?.into_iter().filter(of_kind).collect();
    match entries.is_empty() {
        false => Ok(entries),
        true => Err(Error::new(
            ErrorKind::NoRoute,
            "the provider of this verification is not in the route any more; start anew",
        )),
    }
}

fn ended() -> Error {
    Error::new(
        ErrorKind::VerificationEnded,
        "there is nothing to resend: this verification is unknown or has ended; start a new one",
    )
}
