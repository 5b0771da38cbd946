//! Calls as JSON: snake_case, unknown fields refused, each error naming its field.

use otpkit::{Cancel, Check, Deliver, Error, Resend, Result, Start, Status, Unlock};
use serde::Deserialize;
use std::collections::BTreeMap;

/// A call with every field that any verb has, as text. Which verb takes which field is said by [`Call::FIELDS`].
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Call {
    /// Phone number or e-mail address.
    pub to: Option<String>,
    /// The id of a verification.
    pub id: Option<String>,
    /// The code.
    pub code: Option<String>,
    /// The purpose.
    pub purpose: Option<String>,
    /// The channel.
    pub channel: Option<String>,
    /// The end user's IP address.
    pub ip: Option<String>,
    /// What the code is bound to, as UTF-8 text.
    pub context: Option<String>,
    /// The language of the message.
    pub locale: Option<String>,
    /// Values for the template.
    pub values: Option<BTreeMap<String, String>>,
}

/// The longest JSON call that is read, in bytes.
pub const CALL_MAX: usize = 256 * 1024;

impl Call {
    /// The fields that each verb takes; the first ones are required.
    pub const FIELDS: [(&'static str, &'static [&'static str], &'static [&'static str]); 7] = [
        (
            "start",
            &["to"],
            &["purpose", "channel", "ip", "context", "locale", "values"],
        ),
        ("check", &["id", "code"], &["purpose", "to", "context"]),
        ("resend", &["id"], &["purpose", "to"]),
        ("cancel", &["id"], &["purpose", "to"]),
        ("status", &["id"], &["purpose", "to"]),
        (
            "deliver",
            &["to", "code"],
            &["purpose", "channel", "ip", "locale", "values"],
        ),
        ("unlock", &["to"], &["purpose"]),
    ];

    /// Reads a call from JSON.
    ///
    /// # Errors
    /// `invalid_input` naming the field.
    pub fn from_json(verb: &str, json: &str) -> Result<Call> {
        if json.len() > CALL_MAX {
            return Err(Error::invalid_input(
                "request",
                format!("a call has at most {CALL_MAX} bytes"),
            ));
        }
        let fields: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(json).map_err(|_| Error::invalid_input("request", "a call is one JSON object"))?;
        let (_, required, optional) = Self::FIELDS
            .iter()
            .find(|row| row.0 == verb)
            .expect("a verb of the table");
        for name in fields.keys() {
            if !required.contains(&name.as_str()) && !optional.contains(&name.as_str()) {
                let known: Vec<_> = required.iter().chain(*optional).copied().collect();
                let shown: String = name.chars().filter(|c| c.is_ascii_graphic()).take(40).collect();
                let sentence = format!("`{verb}` has no such field; it takes {}", known.join(", "));
                return Err(Error::invalid_input(shown, sentence));
            }
        }
        for name in *required {
            if !fields.contains_key(*name) {
                return Err(Error::invalid_input(
                    *name,
                    format!("`{verb}` needs this field, as a string"),
                ));
            }
        }
        serde_path_to_error::deserialize(serde_json::Value::Object(fields)).map_err(|error| {
            let path = error.path().to_string();
            let field = path.split('.').next().unwrap_or_default().to_owned();
            let shape = if field == "values" {
                "an object of strings"
            } else {
                "a string"
            };
            Error::invalid_input(field, format!("this field is {shape}"))
        })
    }

    /// As a `start`.
    pub fn into_start(self) -> Start {
        let mut start = Start::to(self.to.unwrap_or_default());
        start.purpose = self.purpose;
        start.channel = self.channel;
        start.ip = self.ip;
        start.context = self.context.map(String::into_bytes);
        start.locale = self.locale;
        start.values = self.values.unwrap_or_default();
        start
    }

    /// As a `check`.
    pub fn into_check(self) -> Check {
        let mut check = Check::new(self.id.unwrap_or_default(), self.code.unwrap_or_default());
        check.purpose = self.purpose;
        check.to = self.to;
        check.context = self.context.map(String::into_bytes);
        check
    }

    /// As a `resend`.
    pub fn into_resend(self) -> Resend {
        let mut resend = Resend::new(self.id.unwrap_or_default());
        resend.purpose = self.purpose;
        resend.to = self.to;
        resend
    }

    /// As a `cancel`.
    pub fn into_cancel(self) -> Cancel {
        let mut cancel = Cancel::new(self.id.unwrap_or_default());
        cancel.purpose = self.purpose;
        cancel.to = self.to;
        cancel
    }

    /// As a `status`.
    pub fn into_status(self) -> Status {
        let mut status = Status::new(self.id.unwrap_or_default());
        status.purpose = self.purpose;
        status.to = self.to;
        status
    }

    /// As a `deliver`.
    pub fn into_deliver(self) -> Deliver {
        let mut deliver = Deliver::new(self.to.unwrap_or_default(), self.code.unwrap_or_default());
        deliver.purpose = self.purpose;
        deliver.channel = self.channel;
        deliver.ip = self.ip;
        deliver.locale = self.locale;
        deliver.values = self.values.unwrap_or_default();
        deliver
    }

    /// As an `unlock`.
    pub fn into_unlock(self) -> Unlock {
        let mut unlock = Unlock::to(self.to.unwrap_or_default());
        unlock.purpose = self.purpose;
        unlock
    }
}
