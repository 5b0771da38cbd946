//! The client: the verbs, as every binding shows them.

use crate::builder::Builder;
use crate::error::Result;
use crate::flow::{self, Core};
use crate::provider::Outbox;
use crate::types::{
    Cancel, Canceled, Check, Checked, Deliver, Delivered, Reported, Resend, Start, Started, Status, StatusReply,
    Unlock, Unlocked, WebhookRequest,
};
use std::sync::Arc;

/// Sends codes and checks codes. A clone is cheap and is the same client.
///
/// ```
/// # async fn example() -> otpkit::Result<()> {
/// use otpkit::{Check, Client, OutboxSettings, Start};
///
/// let otp = Client::builder().provider_settings("outbox", OutboxSettings::default()).build()?;
/// let started = otp.start(Start::to("+31 6 1234 5678").purpose("login")).await?;
/// let code = otp.outbox("outbox").expect("it was configured").last().expect("one was sent").code;
/// let checked = otp.check(Check::new(started.id.as_str(), code).purpose("login")).await?;
/// assert!(checked.approved);
/// assert_eq!(checked.to.as_deref(), Some("+31612345678"));
/// # Ok(())
/// # }
/// # tokio::runtime::Runtime::new().unwrap().block_on(example()).unwrap();
/// ```
#[derive(Clone)]
pub struct Client {
    core: Arc<Core>,
}

impl Client {
    /// A builder with the defaults: memory store, no provider.
    pub fn builder() -> Builder {
        Builder::new()
    }

    pub(crate) fn from_core(core: Core) -> Client {
        Client { core: Arc::new(core) }
    }

    /// Sends a code and returns the id under which it is checked.
    ///
    /// The record is stored before anything is sent. If a provider gave no clear answer the reply says
    /// `delivery: unknown`, and the code, should it arrive, is good.
    ///
    /// # Errors
    /// `invalid_input`, `no_route`, `rejected`; `rate_limited`, `locked`, `provider_limited`; `provider_unavailable`,
    /// `cannot_tell`, `store_unavailable`, `store_full`.
    pub async fn start(&self, start: Start) -> Result<Started> {
        flow::observed(&self.core, "start", flow::start(&self.core, start)).await
    }

    /// Checks a code. A wrong code is a reply, not an error.
    ///
    /// # Errors
    /// `invalid_input` (nothing is spent), `cannot_tell`, `store_unavailable`.
    pub async fn check(&self, check: Check) -> Result<Checked> {
        flow::observed(&self.core, "check", flow::check(&self.core, check)).await
    }

    /// Sends the code of a pending verification again; id and attempts stay as they are.
    ///
    /// # Errors
    /// As [`start`](Self::start), and `verification_ended` if there is nothing to resend.
    pub async fn resend(&self, resend: Resend) -> Result<Started> {
        flow::observed(&self.core, "resend", flow::resend(&self.core, resend)).await
    }

    /// Ends a pending verification: its code is good no more.
    ///
    /// # Errors
    /// `invalid_input`, `cannot_tell`, `store_unavailable`.
    pub async fn cancel(&self, cancel: Cancel) -> Result<Canceled> {
        flow::observed(&self.core, "cancel", flow::cancel(&self.core, cancel)).await
    }

    /// Tells how a verification stands. For operators: it is never proof of anything.
    ///
    /// # Errors
    /// `invalid_input`, `cannot_tell`, `store_unavailable`.
    pub async fn status(&self, status: Status) -> Result<StatusReply> {
        flow::observed(&self.core, "status", flow::status(&self.core, status)).await
    }

    /// Sends a code that the host made, through senders and routes only. Nothing is stored but the send windows.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn deliver(&self, deliver: Deliver) -> Result<Delivered> {
        flow::observed(&self.core, "deliver", flow::deliver(&self.core, deliver)).await
    }

    /// Forgets the failures and the lock of a subject (recipient and purpose). For operators.
    ///
    /// # Errors
    /// `invalid_input`, `store_unavailable`.
    pub async fn unlock(&self, unlock: Unlock) -> Result<Unlocked> {
        flow::observed(&self.core, "unlock", flow::unlock(&self.core, unlock)).await
    }

    /// Checks and reads a delivery report that a vendor sent to your web server. It tells operators what became of a
    /// message; it approves nothing. Repeats are fine.
    ///
    /// # Errors
    /// `invalid_signature`: answer the vendor with 403. `invalid_input` (also for a provider that has no reports),
    /// `store_unavailable`: answer with 5xx, and the vendor tries again.
    pub async fn webhook(&self, provider: &str, request: WebhookRequest) -> Result<Reported> {
        flow::observed(&self.core, "webhook", flow::webhook(&self.core, provider, request)).await
    }

    /// The messages that the `outbox` provider of this name kept; `None` if no outbox has this name.
    pub fn outbox(&self, name: &str) -> Option<Outbox> {
        self.core.providers.outbox(name)
    }

    /// Closes the client: later calls fail with `closed`. Calls under way end as they would have.
    pub fn close(&self) {
        self.core.close();
    }
}
