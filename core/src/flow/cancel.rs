use super::core::Core;
use crate::engine::verbs::{Settled, Settlement};
use crate::error::Result;
use crate::guard::guarded;
use crate::provider::Provider;
use crate::types::{Cancel, Canceled, Parsed, Recipient};
use std::time::{Duration, Instant};

/// Ends the record first; then a verifier is told, which may fail without consequence.
pub(crate) async fn cancel(core: &Core, call: Cancel) -> Result<Canceled> {
    let deadline = core.deadline();
    let purpose = Parsed::purpose(call.purpose.as_deref())?;
    let id = Parsed::id(&call.id)?;
    let Some(located) = core.locate(deadline, &id, &purpose, call.to.as_deref()).await? else {
        return Ok(Canceled { canceled: false });
    };
    let Settled::Done { sealed, .. } = core.settle(deadline, located.key, Settlement::Cancel).await? else {
        return Ok(Canceled { canceled: false });
    };
    let contents = located.seal().open(&sealed)?;
    let entry = core.providers.get(&contents.provider);
    let to = Recipient::parse(&contents.to, None);
    if let (Some(entry), Ok(to)) = (entry, to)
        && let Provider::Verifier(verifier) = &entry.provider
    {
        let left = deadline.saturating_duration_since(Instant::now());
        let limit = entry.timeout.map_or(left, |timeout| timeout.min(left));
        let mut message = core.message(to, contents.channel, &purpose, Duration::ZERO, String::new());
        message.deadline = limit;
        let _ = guarded(|| verifier.cancel(message, contents.reference), limit).await;
    }
    Ok(Canceled { canceled: true })
}
