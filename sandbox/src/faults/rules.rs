//! Which requests fail, how, and how often.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard};

use axum::http::{Method, StatusCode};
use serde::{Deserialize, Serialize};

use super::Fault;
use crate::recipient;
use crate::refusal::Refusal;

/// How many rules there can be at once.
const MAX_RULES: usize = 100;

/// Which requests fail, as a client posts it.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    /// What the path begins with; every API unless it is said.
    #[serde(default = "every_path")]
    path: String,
    method: Option<String>,
    /// Only requests for this recipient.
    to: Option<String>,
    fault: Fault,
    /// How many requests still fail; then the rule is gone.
    #[serde(default = "once")]
    times: u32,
}

fn every_path() -> String {
    "/".to_owned()
}

fn once() -> u32 {
    1
}

impl Rule {
    pub(super) fn check(&self) -> Result<(), Refusal> {
        let wrong = |field: &str, message: &str| Err(Refusal::invalid_input(message).of_field(field));
        if !self.path.starts_with('/') {
            return wrong(
                "path",
                "`path` begins with a slash, such as /verify; / alone means every API",
            );
        }
        if self.times == 0 {
            return wrong("times", "`times` must be at least 1");
        }
        if self.to.as_deref().is_some_and(|to| recipient::key(to).is_empty()) {
            return wrong(
                "to",
                "`to` is empty: name a recipient, or leave `to` out to meet every request",
            );
        }
        self.fault.check()
    }

    fn meets(&self, method: &Method, path: &str) -> bool {
        let method_fits = |wanted: &String| wanted.eq_ignore_ascii_case(method.as_str());
        path.starts_with(&self.path) && self.method.as_ref().is_none_or(method_fits)
    }
}

/// A rule and its name.
#[derive(Debug, Serialize)]
pub(crate) struct Named {
    id: String,
    #[serde(flatten)]
    rule: Rule,
}

#[derive(Debug, Default)]
pub(crate) struct Rules(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    /// Oldest first: the first that meets a request decides.
    rules: VecDeque<Named>,
    last_number: u64,
}

impl Rules {
    pub(super) fn add(&self, rule: Rule) -> Result<String, Refusal> {
        rule.check()?;
        let mut kept = self.lock();
        if kept.rules.len() >= MAX_RULES {
            let message = "there are 100 faults already: remove them with DELETE /api/faults";
            return Err(Refusal::new(StatusCode::CONFLICT, "too_many_faults", message));
        }
        kept.last_number += 1;
        let id = format!("fault_{}", kept.last_number);
        kept.rules.push_back(Named { id: id.clone(), rule });
        Ok(id)
    }

    pub(super) fn clear(&self) {
        self.lock().rules.clear();
    }

    pub(super) fn with_all<T>(&self, read: impl FnOnce(&VecDeque<Named>) -> T) -> T {
        read(&self.lock().rules)
    }

    /// Whether a rule may meet this request, and whether it takes the recipient to tell.
    pub(super) fn may_meet(&self, method: &Method, path: &str) -> Met {
        let kept = self.lock();
        let mut met = Met::Never;
        for named in kept.rules.iter().filter(|named| named.rule.meets(method, path)) {
            match named.rule.to {
                Some(_) => return Met::ByRecipient,
                None => met = Met::Surely,
            }
        }
        met
    }

    /// The fault of the first rule that meets this request; the rule has one time less.
    pub(super) fn take(&self, method: &Method, path: &str, recipients: &[String]) -> Option<Fault> {
        let mut kept = self.lock();
        let at = kept.rules.iter().position(|named| {
            let is_meant = |to: &String| recipients.iter().any(|one| recipient::is_same(one, to));
            named.rule.meets(method, path) && named.rule.to.as_ref().is_none_or(is_meant)
        })?;
        let rule = &mut kept.rules[at].rule;
        rule.times -= 1;
        if rule.times > 0 {
            return Some(rule.fault.clone());
        }
        kept.rules.remove(at).map(|named| named.rule.fault)
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        // Nothing under the lock can panic half-way through a change, so a poisoned lock still guards sound rules.
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// What is known of a request before its body is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Met {
    Never,
    Surely,
    ByRecipient,
}
