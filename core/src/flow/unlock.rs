use super::core::Core;
use crate::error::Result;
use crate::types::{Parsed, Unlock, Unlocked};

/// For operators: forgets the failures and the lock of a subject.
pub(crate) async fn unlock(core: &Core, call: Unlock) -> Result<Unlocked> {
    let deadline = core.deadline();
    let purpose = Parsed::purpose(call.purpose.as_deref())?;
    let to = Parsed::recipient(&call.to, core.default_country)?;
    let index_key = core.index_key(deadline).await?;
    let index = index_key.index(&core.tenant, &to);
    let binding = index_key.binding(&core.tenant, &purpose);
    let unlocked = core.ask(deadline, |store| store.unlock(&index, &binding)).await?;
    Ok(Unlocked { unlocked })
}
