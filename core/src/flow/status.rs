use super::core::Core;
use crate::clock::time_of;
use crate::error::Result;
use crate::types::{CheckStatus, Parsed, Recipient, Status, StatusReply};

/// For operators: masked, and never proof.
pub(crate) async fn status(core: &Core, call: Status) -> Result<StatusReply> {
    let deadline = core.deadline();
    let purpose = Parsed::purpose(call.purpose.as_deref())?;
    let id = Parsed::id(&call.id)?;
    let Some(located) = core.locate(deadline, &id, &purpose, call.to.as_deref()).await? else {
        return Ok(StatusReply::unknown());
    };
    let Some(facts) = core.ask(deadline, |store| store.status(&located.key)).await? else {
        return Ok(StatusReply::unknown());
    };
    let contents = located.seal().open(&facts.sealed)?;
    Ok(StatusReply {
        status: if facts.ended.is_some() {
            CheckStatus::Ended
        } else {
            CheckStatus::Pending
        },
        reason: facts.ended,
        channel: Some(contents.channel),
        to_masked: Recipient::parse(&contents.to, None).ok().map(|to| to.masked()),
        provider: Some(contents.provider),
        attempts_left: Some(facts.left),
        created_at: Some(time_of(facts.created_at)),
        expires_at: Some(time_of(facts.expires_at)),
        resend_at: Some(time_of(facts.resend_at)),
        delivery_report: facts.report,
    })
}
