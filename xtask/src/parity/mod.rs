//! One table of what every language shows, made from the core, and the proof that every language shows it.

mod check;
mod page;
mod surface;
mod webhook;

pub(crate) use check::check;
pub(crate) use page::page;

use crate::schema;
use otpkit::ErrorKind;
use otpkit_bindings_common::wire::Call;
use serde_json::Value;
use std::collections::BTreeSet;

/// The core's own source: Rust shows its fields as they stand there.
const RUST_REPLIES: &str = concat!(
    include_str!("../../../core/src/types/reply.rs"),
    include_str!("../../../core/src/types/webhook.rs")
);

/// A verb in every language: its name, its Rust request, its TypeScript request, its reply, and whether C also takes
/// the call as JSON (where the plain function takes it in arguments).
const VERBS: &[(&str, &str, &str, &str, bool)] = &[
    ("start", "Start", "StartRequest", "Started", false),
    ("check", "Check", "CheckRequest", "Checked", true),
    ("resend", "Resend", "VerificationRequest", "Started", true),
    ("cancel", "Cancel", "VerificationRequest", "Canceled", true),
    ("status", "Status", "VerificationRequest", "StatusReply", true),
    ("deliver", "Deliver", "DeliverRequest", "Delivered", false),
    ("unlock", "Unlock", "UnlockRequest", "Unlocked", false),
];

/// The functions of C for a vendor's request.
const C_WEBHOOK: &[&str] = &[
    "otpkit_webhook",
    "otpkit_webhook_async",
    "otpkit_reply_report_count",
    "otpkit_reply_report_get",
];

const REPLIES: &[&str] = &[
    "Started",
    "Checked",
    "Canceled",
    "StatusReply",
    "Delivered",
    "Unlocked",
    "Reported",
    "Report",
];

/// An object of the settings: its name in schema and Rust, in TypeScript, and in Python (none where a host gives it
/// as attributes of its own object).
const OBJECTS: &[(&str, &str, Option<&str>)] = &[
    ("Settings", "OtpkitSettings", Some("Settings")),
    ("PolicySettings", "PolicySettings", Some("Policy")),
    ("RouteSettings", "RouteSettings", Some("Route")),
    ("Window", "WindowSettings", Some("Window")),
    ("MemorySettings", "MemorySettings", Some("MemoryStore")),
    ("SqliteSettings", "SqliteSettings", Some("SqliteStore")),
    ("OutboxSettings", "OutboxSettings", Some("OutboxProvider")),
    ("ConsoleSettings", "ConsoleSettings", Some("ConsoleProvider")),
    ("SandboxSettings", "SandboxSettings", Some("SandboxProvider")),
    (
        "MessageBirdVerifySettings",
        "MessageBirdVerifySettings",
        Some("MessageBirdVerifyProvider"),
    ),
    (
        "MessageBirdSmsSettings",
        "MessageBirdSmsSettings",
        Some("MessageBirdSmsProvider"),
    ),
    (
        "TwilioVerifySettings",
        "TwilioVerifySettings",
        Some("TwilioVerifyProvider"),
    ),
    ("TwilioSmsSettings", "TwilioSmsSettings", Some("TwilioSmsProvider")),
    ("CallbackSettings", "CallbackSettings", None),
];

fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let mut camel = words.next().unwrap_or_default().to_owned();
    for word in words {
        camel.extend(word.chars().take(1).map(|c| c.to_ascii_uppercase()));
        camel.push_str(word.get(1..).unwrap_or_default());
    }
    camel
}

/// `global` is a word of Python.
fn python(name: &str) -> String {
    if name == "global" {
        "global_".into()
    } else {
        name.to_owned()
    }
}

fn constant(kind: ErrorKind) -> String {
    format!("OTPKIT_{}", kind.code().to_ascii_uppercase())
}

fn python_error(kind: ErrorKind) -> String {
    format!("{kind:?}Error")
}

fn c_functions(verb: &str, json: bool) -> Vec<String> {
    let forms: &[&str] = if json {
        &["", "_json", "_async", "_json_async"]
    } else {
        &["", "_async"]
    };
    forms.iter().map(|form| format!("otpkit_{verb}{form}")).collect()
}

fn fields(verb: &str) -> BTreeSet<String> {
    let row = Call::FIELDS.iter().find(|row| row.0 == verb);
    row.into_iter()
        .flat_map(|row| row.1.iter().chain(row.2))
        .map(|name| (*name).to_owned())
        .collect()
}

fn reply_fields(reply: &str) -> Vec<String> {
    surface::rust_fields(RUST_REPLIES, reply).unwrap_or_default()
}

/// The properties of an object of the schema, in its order.
fn properties<'s>(settings: &'s Value, object: &str) -> Vec<(&'s str, &'s Value)> {
    let found = schema::objects(settings).find(|(name, _)| *name == object);
    found
        .map(|(_, object)| schema::properties(object).collect())
        .unwrap_or_default()
}

/// The tag of a provider's settings: in Rust the type itself says it.
fn is_tag(object: &str, name: &str) -> bool {
    name == "type" && !["MemorySettings", "SqliteSettings"].contains(&object)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_convert() {
        assert_eq!(
            (camel("resend_after_seconds"), camel("ip")),
            ("resendAfterSeconds".into(), "ip".into())
        );
        assert_eq!(constant(ErrorKind::CannotTell), "OTPKIT_CANNOT_TELL");
    }
}
