//! Verifications that are pending.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::vendors::kept::Kept;
use crate::vendors::{Call, dates};

/// How many are remembered.
const CAPACITY: usize = 50_000;
/// How long a code is good, counted from the first time it was sent.
pub(super) const LIFETIME: Duration = Duration::from_secs(600);
/// How often a code may be guessed.
pub(super) const MAX_CHECKS: u32 = 5;

/// A verification that is pending, or whose checks are used up. What has ended otherwise is gone, as at Twilio.
#[derive(Debug)]
pub(super) struct Verification {
    pub(super) sid: String,
    pub(super) service: String,
    pub(super) account: String,
    pub(super) to: String,
    pub(super) channel: &'static str,
    pub(super) code: String,
    /// When each was sent, by which channel, under which SID.
    pub(super) sends: Vec<(SystemTime, &'static str, String)>,
    pub(super) checks: u32,
    pub(super) amount: Option<String>,
    pub(super) payee: Option<String>,
    pub(super) created: SystemTime,
    pub(super) updated: SystemTime,
    pub(super) until: SystemTime,
}

impl Verification {
    pub(super) fn status(&self) -> &'static str {
        if self.checks >= MAX_CHECKS {
            "max_attempts_reached"
        } else {
            "pending"
        }
    }

    /// What a verification and a check of it have in common.
    fn common(&self, status: &str) -> Value {
        json!({
            "sid": self.sid,
            "service_sid": self.service,
            "account_sid": self.account,
            "to": self.to,
            "channel": self.channel,
            "status": status,
            "valid": status == "approved",
            "amount": self.amount,
            "payee": self.payee,
            "date_created": dates::with_z(self.created),
            "date_updated": dates::with_z(self.updated),
        })
    }

    pub(super) fn check_json(&self, status: &str) -> Value {
        let mut body = self.common(status);
        body["sna_attempts_error_codes"] = json!([]);
        body
    }

    pub(super) fn as_json(&self, status: &str, call: &Call) -> Value {
        let attempts = self.sends.iter().map(|(time, channel, sid)| {
            let channel = if *channel == "auto" { "sms" } else { channel };
            json!({ "time": dates::with_z(*time), "channel": channel.to_uppercase(), "attempt_sid": sid })
        });
        let mut body = self.common(status);
        body["send_code_attempts"] = attempts.collect();
        body["lookup"] = json!({});
        body["sna"] = Value::Null;
        body["url"] = json!(call.link(&format!("/v2/Services/{}/Verifications/{}", self.service, self.sid)));
        body
    }
}

/// Verifications by SID, and by service and recipient: there is one at a time of each.
#[derive(Debug)]
pub(super) struct Verifications {
    by_sid: Kept<Verification>,
    by_recipient: HashMap<(String, String), String>,
}

impl Default for Verifications {
    fn default() -> Self {
        Self {
            by_sid: Kept::new(CAPACITY),
            by_recipient: HashMap::new(),
        }
    }
}

impl Verifications {
    /// The verification of a service that this SID or recipient names.
    pub(super) fn find(&mut self, service: &str, name: &str, now: SystemTime) -> Option<&mut Verification> {
        let recipient = (service.to_owned(), name.to_owned());
        let sid = self.by_recipient.get(&recipient).map_or(name, String::as_str);
        let found = self.by_sid.get_mut(sid, now)?;
        (found.service == service).then_some(found)
    }

    pub(super) fn recipient(&self, sid: &str, now: SystemTime) -> Option<String> {
        Some(self.by_sid.get(sid, now)?.to.clone())
    }

    pub(super) fn remove(&mut self, sid: &str) -> Option<Verification> {
        let gone = self.by_sid.remove(sid)?;
        self.forget(&gone);
        Some(gone)
    }

    pub(super) fn add(&mut self, verification: Verification, now: SystemTime) {
        let recipient = (verification.service.clone(), verification.to.clone());
        let sid = verification.sid.clone();
        let until = verification.until;
        for gone in self.by_sid.insert(sid.clone(), verification, until, now) {
            self.forget(&gone);
        }
        self.by_recipient.insert(recipient, sid);
    }

    /// Takes the recipient's entry out as well, unless it is another verification's by now.
    fn forget(&mut self, gone: &Verification) {
        let recipient = (gone.service.clone(), gone.to.clone());
        if self.by_recipient.get(&recipient) == Some(&gone.sid) {
            self.by_recipient.remove(&recipient);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vendors::ids::sid;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000 + seconds)
    }

    fn verification(to: &str, now: SystemTime) -> Verification {
        Verification {
            sid: sid("VE"),
            service: "VA1".to_owned(),
            account: "AC1".to_owned(),
            to: to.to_owned(),
            channel: "sms",
            code: "042424".to_owned(),
            sends: Vec::new(),
            checks: 0,
            amount: None,
            payee: None,
            created: now,
            updated: now,
            until: now + LIFETIME,
        }
    }

    #[test]
    fn a_verification_is_found_by_both_names_until_it_ends() {
        let mut all = Verifications::default();
        let one = verification("+31612345678", at(0));
        let sid = one.sid.clone();
        all.add(one, at(0));
        for name in ["+31612345678", &sid] {
            assert!(all.find("VA1", name, at(600)).is_some(), "{name}");
            assert!(all.find("VA1", name, at(601)).is_none(), "{name}");
            assert!(all.find("VA2", name, at(1)).is_none(), "{name}");
        }
        assert!(all.remove(&sid).is_some());
        assert!(all.find("VA1", "+31612345678", at(1)).is_none());
        assert!(all.by_recipient.is_empty());
    }

    #[test]
    fn the_index_of_recipients_is_as_bounded_as_the_rest() {
        let mut all = Verifications {
            by_sid: Kept::new(10),
            by_recipient: HashMap::new(),
        };
        for number in 0..1_000 {
            all.add(verification(&format!("+3161234{number:04}"), at(0)), at(0));
        }
        assert_eq!(all.by_recipient.len(), 10);
        // A second one for the same recipient, after the first is over: the first goes without taking the second along.
        all.add(verification("+31612340999", at(700)), at(700));
        assert!(all.find("VA1", "+31612340999", at(700)).is_some());
        assert_eq!(all.by_recipient.len(), 1);
    }
}
