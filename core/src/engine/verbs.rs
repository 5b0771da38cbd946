//! What flow asks of a store and what the store answers. A store executes a verb atomically and returns facts; the
//! judgement is in [`slot`](super::slot) and [`window`](super::window).

use super::budget::Budget;
use crate::clock::Millis;
use crate::settings::Window;
use crate::types::{Index, RANDOM_LEN, Reason, ReportStatus};
use std::sync::Arc;

/// The random part of an id: the name of a record within its slot.
pub(crate) type Random = [u8; RANDOM_LEN];
/// Keyed hash of tenant and purpose: what a record belongs to, and the name of a subject within its slot.
pub(crate) type Binding = [u8; 16];
/// Keyed hash of id, context and code.
pub(crate) type Digest = [u8; 16];
/// Names one request, so that its repeat is recognised.
pub(crate) type RequestToken = [u8; 8];
/// Keyed hash that names a window outside of a recipient's slot (an IP address, a tenant).
pub(crate) type WindowKey = [u8; 16];
/// Keyed hash of tenant, provider and reference: what a delivery report is found by.
pub(crate) type ReportKey = [u8; 16];

/// Who compares the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// otpkit drew it: the digest is of id, context and code.
    Ours,
    /// A verifier's service did: the digest is of id and context only.
    Verifier,
}

/// Where a record is, and on whose behalf it is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key {
    pub(crate) index: Index,
    pub(crate) random: Random,
    pub(crate) binding: Binding,
}

/// A record as `begin` stores it.
#[derive(Clone)]
pub(crate) struct NewRecord {
    pub(crate) digest: Digest,
    pub(crate) sealed: Box<[u8]>,
    pub(crate) ttl_ms: u64,
    pub(crate) attempts: u32,
    pub(crate) resend_after_ms: u64,
}

/// Checks every limit and, if all hold, counts one send and stores the record.
#[derive(Clone)]
pub(crate) struct Begin {
    pub(crate) key: Key,
    /// `None` for `deliver`: the windows are counted, nothing is stored and no subject is asked.
    pub(crate) record: Option<NewRecord>,
    /// The windows that must have room, and all those in which the send counts.
    pub(crate) per_recipient: Arc<[Window]>,
    pub(crate) counted: Arc<[Window]>,
    pub(crate) elsewhere: Vec<(WindowKey, Vec<Window>)>,
    pub(crate) budget: Budget,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Begun {
    pub(crate) expires_at: Millis,
    pub(crate) resend_at: Millis,
    /// How long the code lives from now, by the store's clock.
    pub(crate) lives_ms: u64,
}

/// Why nothing was counted and nothing stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The last send to this subject is too recent.
    Cooldown { retry_after_ms: u64 },
    /// A window of the recipient is full.
    Recipient { retry_after_ms: u64 },
    /// A window elsewhere is full; its place in [`Begin::elsewhere`].
    Elsewhere { which: usize, retry_after_ms: u64 },
    /// The subject failed often; it has to wait.
    Backoff { retry_after_ms: u64 },
    /// The subject is locked, for a time or (`None`) until `unlock`.
    Locked { retry_after_ms: Option<u64> },
}

/// Counts one attempt, then compares.
#[derive(Clone)]
pub(crate) struct Attempt {
    pub(crate) key: Key,
    /// Digest of id, context and code.
    pub(crate) ours: Digest,
    /// Digest of id and context.
    pub(crate) context: Digest,
    pub(crate) request: RequestToken,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Attempted {
    /// Right, and used by this request.
    Approved {
        sealed: Box<[u8]>,
    },
    Wrong {
        left: u32,
    },
    /// A verifier has to be asked; the attempt is spent already.
    Ask {
        sealed: Box<[u8]>,
        left: u32,
    },
    Ended(Reason),
}

/// What became of a send or of a verifier's check.
#[derive(Clone)]
pub(crate) struct Settle {
    pub(crate) key: Key,
    pub(crate) what: Settlement,
}

impl Settle {
    /// What the settlement has to be found by, where its provider reports about its messages.
    pub(crate) fn tracked(&self) -> Option<&(ReportKey, Tracked)> {
        match &self.what {
            Settlement::Served { tracked, .. } => tracked.as_ref(),
            _ => None,
        }
    }
}

#[derive(Clone)]
pub(crate) enum Settlement {
    /// A provider has (perhaps) sent: the box now names it.
    /// `digest` is `None` where it stays as it is.
    Served {
        generation: u32,
        kind: Kind,
        digest: Option<Digest>,
        sealed: Box<[u8]>,
        /// Where the provider reports about its messages: under which name, and what is found by it.
        tracked: Option<(ReportKey, Tracked)>,
    },
    /// The first send failed: the verification ends. `cooldown` tells whether the wait stands although nothing was sent.
    StartFailed { cooldown: bool },
    /// A resend sent nothing: what it replaced is good again.
    ResendFailed { generation: u32, restore: Option<Replaced> },
    /// The verifier said yes to this request.
    Approved { request: RequestToken },
    /// The verifier said no to this request.
    Wrong { request: RequestToken },
    /// This request's code was compared by nobody. Its attempt stays spent, but it is no failure of the subject.
    NotCompared { request: RequestToken },
    /// The host cancels.
    Cancel,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Settled {
    /// It took effect, now or in an earlier telling of the same.
    Done { sealed: Box<[u8]>, left: u32 },
    /// It came too late, or somebody else won.
    Ended(Reason),
}

/// What a message belongs to that its provider will report about. A store keeps it by its [`ReportKey`] for as long as
/// the record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tracked {
    pub(crate) key: Key,
    /// Under which secret the id was made.
    pub(crate) key_id: u8,
    /// The send that it was.
    pub(crate) generation: u32,
}

/// Notes a delivery report.
pub(crate) struct NewReport {
    pub(crate) key: ReportKey,
    pub(crate) status: ReportStatus,
}

/// Whose message it was, and whether the report was news.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Noted {
    pub(crate) of: Tracked,
    pub(crate) changed: bool,
}

/// Counts a resend and moves the expiry, by compare-and-set on the generation.
#[derive(Clone)]
pub(crate) struct Renew {
    pub(crate) key: Key,
    pub(crate) generation: u32,
    pub(crate) request: RequestToken,
    /// `None` where a verifier draws the code: digest and box stay as they are.
    pub(crate) replacement: Option<(Digest, Box<[u8]>)>,
    pub(crate) ttl_ms: u64,
    pub(crate) ceiling_ms: u64,
    pub(crate) resend_after_ms: u64,
    /// The windows that must have room, and all those in which the send counts.
    pub(crate) per_recipient: Arc<[Window]>,
    pub(crate) counted: Arc<[Window]>,
    pub(crate) elsewhere: Vec<(WindowKey, Vec<Window>)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Renewed {
    /// `replaced` is `None` in the answer to a repeat.
    Done {
        begun: Begun,
        replaced: Option<Replaced>,
    },
    Refused(Refusal),
    Ended(Reason),
}

/// What a renewal replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Replaced {
    pub(crate) digest: Digest,
    pub(crate) sealed: Box<[u8]>,
    pub(crate) expires_at: Millis,
}

/// How a record stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Facts {
    /// `None` while pending.
    pub(crate) ended: Option<Reason>,
    pub(crate) kind: Kind,
    pub(crate) generation: u32,
    pub(crate) left: u32,
    pub(crate) created_at: Millis,
    pub(crate) expires_at: Millis,
    pub(crate) resend_at: Millis,
    /// How long the code still lives, by the store's clock.
    pub(crate) remaining_ms: u64,
    /// What the provider reported last of the last message.
    pub(crate) report: Option<ReportStatus>,
    pub(crate) sealed: Box<[u8]>,
}
