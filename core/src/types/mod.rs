//! What calls take and give. Everything is parsed once, here, at the edge; inner code only meets these types.

mod channel;
mod code;
mod email;
mod id;
mod name;
mod phone;
mod recipient;
mod reply;
mod request;
mod webhook;

pub use channel::Channel;
pub use code::{Alphabet, Code};
pub use email::Email;
pub use id::VerificationId;
pub(crate) use id::{IdParts, Index, RANDOM_LEN};
pub use name::{Purpose, Tenant};
pub use phone::{Country, Phone, PhoneIssue, PhoneKind, UnknownCountry};
pub use recipient::Recipient;
pub(crate) use reply::as_rfc3339;
pub use reply::{Canceled, CheckStatus, Checked, Delivered, Delivery, Reason, Started, StatusReply, Unlocked};
pub(crate) use request::Parsed;
pub use request::{Cancel, Check, Deliver, Resend, Start, Status, Unlock};
pub use webhook::{Report, ReportStatus, Reported, WebhookRequest};
