//! The state machine against what must always hold, over random histories of all verbs at once.

use super::tests::{BINDING, CONTEXT, RIGHT, WRONG, attempt, begin, key, served};
use super::*;
use crate::engine::verbs::{RequestToken, Settle, Settled, Settlement};
use proptest::prelude::*;
use std::collections::HashSet;

const TTL: u64 = 300_000;
const CEILING: u64 = 600_000;

#[derive(Debug, Clone)]
enum Step {
    Begin(u32),
    BeginAgain(usize),
    /// Which record, whether right, under which token. Tokens are few, so that requests repeat each other.
    Attempt(usize, bool, u8),
    Served(usize),
    Approved(usize, u8),
    Wrong(usize, u8),
    NotCompared(usize, u8),
    Cancel(usize),
    StartFailed(usize, bool),
    /// Which record, whether of an older generation, under which token, whether with a new code.
    Renew(usize, bool, u8, bool),
    RenewAgain,
    ResendFailed,
    Unlock,
    Prune,
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let at = || 0usize..40;
    let token = || 0u8..12;
    let waits = prop::sample::select(vec![
        1, 1_000, 29_999, 30_000, 60_000, 150_000, 299_999, 300_000, 3_600_000, 86_400_000,
    ]);
    prop_oneof![
        8 => (1u32..=10).prop_map(Step::Begin),
        2 => at().prop_map(Step::BeginAgain),
        24 => (at(), prop::bool::weighted(0.3), token()).prop_map(|(at, right, token)| Step::Attempt(at, right, token)),
        4 => at().prop_map(Step::Served),
        6 => (at(), token()).prop_map(|(at, token)| Step::Approved(at, token)),
        4 => (at(), token()).prop_map(|(at, token)| Step::Wrong(at, token)),
        3 => (at(), token()).prop_map(|(at, token)| Step::NotCompared(at, token)),
        1 => at().prop_map(Step::Cancel),
        1 => (at(), any::<bool>()).prop_map(|(at, cooldown)| Step::StartFailed(at, cooldown)),
        6 => (at(), prop::bool::weighted(0.2), token(), any::<bool>())
            .prop_map(|(at, stale, token, replace)| Step::Renew(at, stale, token, replace)),
        2 => Just(Step::RenewAgain),
        2 => Just(Step::ResendFailed),
        1 => Just(Step::Unlock),
        2 => Just(Step::Prune),
        10 => waits.prop_map(Step::Wait),
    ]
}

/// What was seen of one record.
struct Seen {
    key: Key,
    begun: Begun,
    granted: u32,
    created: Millis,
    left: u32,
    evaluated: u32,
    approvals: HashSet<RequestToken>,
    ended: Option<Reason>,
    expires: Millis,
    /// Whether it was ever renewed.
    renewed: bool,
}

#[derive(Default)]
struct History {
    slot: Slot,
    now: Millis,
    seen: Vec<Seen>,
    /// The newest renewal that was done: the call, its answer, and what it replaced.
    renewed: Option<(usize, u32, RequestToken, Begun, Option<Replaced>)>,
    approved: usize,
    refused: usize,
}

impl History {
    fn run(&mut self, step: &Step) -> Result<(), TestCaseError> {
        match *step {
            Step::Begin(attempts) => return self.begin(attempts),
            Step::Unlock => {
                self.slot.unlock(&BINDING);
            }
            Step::Prune => {
                self.slot.prune(self.now);
            }
            Step::Wait(by) => self.now += by,
            Step::RenewAgain => return self.renew_again(),
            _ if self.seen.is_empty() => {}
            Step::BeginAgain(at) => {
                let at = at % self.seen.len();
                let known = self.slot.status(self.now, &self.seen[at].key).is_some();
                // Past its time it is forgotten, and its name is as good as new.
                if known && !self.seen[at].renewed && self.now < self.seen[at].expires {
                    let again = self.slot.begin(self.now, &begin(self.seen[at].key, 5));
                    let times = |begun: Begun| (begun.expires_at, begun.resend_at);
                    prop_assert_eq!(again.map(times), Ok(times(self.seen[at].begun)));
                }
            }
            Step::Attempt(at, right, token) => return self.attempt(at % self.seen.len(), right, token),
            Step::Served(at) => {
                let at = at % self.seen.len();
                if let Some(facts) = self.slot.status(self.now, &self.seen[at].key) {
                    self.slot.settle(self.now, &served(self.seen[at].key, facts.generation));
                }
            }
            Step::Approved(at, token) => return self.approve(at % self.seen.len(), token),
            Step::Wrong(at, token) => {
                self.settle(at, Settlement::Wrong { request: [token; 8] });
            }
            Step::NotCompared(at, token) => return self.not_compared(at % self.seen.len(), token),
            Step::Cancel(at) => {
                self.settle(at, Settlement::Cancel);
            }
            Step::StartFailed(at, cooldown) => {
                self.settle(at, Settlement::StartFailed { cooldown });
            }
            Step::Renew(at, stale, token, replace) => return self.renew(at % self.seen.len(), stale, token, replace),
            Step::ResendFailed => {
                // As flow does: the one who renewed gives back what it replaced. Only this moves an expiry back.
                if let Some((at, generation, _, _, restore)) = self.renewed.take() {
                    let before = restore.as_ref().map(|before| before.expires_at);
                    self.settle(
                        at,
                        Settlement::ResendFailed {
                            generation: generation + 1,
                            restore,
                        },
                    );
                    let seen = &mut self.seen[at];
                    seen.expires = before.map_or(seen.expires, |before| before.min(seen.expires));
                }
            }
        }
        Ok(())
    }

    fn settle(&mut self, at: usize, what: Settlement) -> Settled {
        let key = self.seen[at % self.seen.len()].key;
        self.slot.settle(self.now, &Settle { key, what })
    }

    fn begin(&mut self, attempts: u32) -> Result<(), TestCaseError> {
        if self.seen.len() >= 200 {
            return Ok(());
        }
        let key = key(self.seen.len() as u8 + 1);
        match self.slot.begin(self.now, &begin(key, attempts)) {
            Ok(begun) => {
                let granted = self.slot.status(self.now, &key).unwrap().left;
                prop_assert!(granted <= attempts);
                self.seen.push(Seen {
                    key,
                    begun,
                    granted,
                    created: self.now,
                    left: granted,
                    evaluated: 0,
                    approvals: HashSet::new(),
                    ended: None,
                    expires: begun.expires_at,
                    renewed: false,
                });
            }
            Err(_) => {
                self.refused += 1;
                prop_assert_eq!(self.slot.status(self.now, &key), None);
            }
        }
        Ok(())
    }

    fn attempt(&mut self, at: usize, right: bool, token: u8) -> Result<(), TestCaseError> {
        let (ours, context) = if right { (RIGHT, CONTEXT) } else { (WRONG, WRONG) };
        let before = self.slot.failures_and_reserved(self.now, &BINDING).0;
        let seen = &mut self.seen[at];
        let answer = self
            .slot
            .attempt(self.now, &attempt(seen.key, ours, context, [token; 8]));
        let after = self.slot.failures_and_reserved(self.now, &BINDING).0;
        match answer {
            Attempted::Ended(_) => {
                prop_assert_eq!(before, after);
                return Ok(());
            }
            Attempted::Approved { .. } => {
                prop_assert!(right && after == 0);
                prop_assert!(seen.approvals.is_empty(), "approved before");
                // A name of its own: the same token may be used by a check of another record.
                seen.approvals.insert([token; 8]);
                self.approved += 1;
            }
            Attempted::Wrong { left } | Attempted::Ask { left, .. } => {
                prop_assert_eq!(left + 1, seen.left);
                prop_assert_eq!(after, before + 1);
            }
        }
        seen.evaluated += 1;
        Ok(())
    }

    fn approve(&mut self, at: usize, token: u8) -> Result<(), TestCaseError> {
        let answer = self.settle(at, Settlement::Approved { request: [token; 8] });
        if let Settled::Done { .. } = answer {
            self.seen[at].approvals.insert([token; 8]);
            self.approved += 1;
            // Told again, the answer is the same, whatever the time.
            let again = self.settle(at, Settlement::Approved { request: [token; 8] });
            prop_assert_eq!(again, answer);
        }
        Ok(())
    }

    fn not_compared(&mut self, at: usize, token: u8) -> Result<(), TestCaseError> {
        let before = self.slot.failures_and_reserved(self.now, &BINDING);
        self.settle(at, Settlement::NotCompared { request: [token; 8] });
        let after = self.slot.failures_and_reserved(self.now, &BINDING);
        prop_assert!(after.0 == before.0 || after.0 + 1 == before.0);
        prop_assert_eq!(after.1, before.1, "the attempt stays spent");
        // Told again, nothing more is taken back.
        self.settle(at, Settlement::NotCompared { request: [token; 8] });
        prop_assert_eq!(self.slot.failures_and_reserved(self.now, &BINDING), after);
        Ok(())
    }

    fn call(&self, at: usize, generation: u32, request: RequestToken, replace: bool) -> Renew {
        Renew {
            key: self.seen[at].key,
            generation,
            request,
            replacement: replace.then(|| (RIGHT, [4, 5, 6].into())),
            ttl_ms: TTL,
            ceiling_ms: CEILING,
            resend_after_ms: 1_000,
            per_recipient: [Window::new(1_000_000, 1)].into(),
            counted: [Window::new(1_000_000, 1)].into(),
            elsewhere: Vec::new(),
        }
    }

    fn renew(&mut self, at: usize, stale: bool, token: u8, replace: bool) -> Result<(), TestCaseError> {
        let Some(facts) = self.slot.status(self.now, &self.seen[at].key) else {
            return Ok(());
        };
        let replace = replace && facts.kind == Kind::Ours;
        // A name that no other renewal of this run has.
        let request = [token, at as u8, facts.generation as u8, 1, 2, 3, 4, 5];
        let generation = if stale {
            facts.generation.wrapping_sub(1).min(1_000)
        } else {
            facts.generation
        };
        let call = self.call(at, generation, request, replace);
        match self.slot.renew(self.now, &call) {
            Renewed::Done { begun, replaced } => {
                prop_assert!(!stale && facts.ended.is_none());
                let expires = (self.now + TTL).min(self.seen[at].created + CEILING);
                prop_assert_eq!(begun.expires_at, expires.max(facts.expires_at));
                self.seen[at].renewed = true;
                prop_assert_eq!(
                    replaced.as_ref().map(|before| before.expires_at),
                    Some(facts.expires_at)
                );
                self.renewed = Some((at, generation, request, begun, replaced));
            }
            // Too near to its longest life to be sent again.
            Renewed::Ended(Reason::Expired) if self.now + 30_000 > self.seen[at].created + CEILING => {}
            // Near the ceiling there is too little life left for another message.
            Renewed::Ended(Reason::Expired) if facts.ended.is_none() => {
                let ends = (self.now + TTL)
                    .min(self.seen[at].created + CEILING)
                    .max(facts.expires_at);
                prop_assert!(ends - self.now < 30_000);
            }
            Renewed::Ended(reason) => prop_assert_eq!(Some(reason), facts.ended),
            Renewed::Refused(_) => prop_assert!(stale || facts.resend_at > self.now),
        }
        Ok(())
    }

    fn renew_again(&mut self) -> Result<(), TestCaseError> {
        let Some((at, generation, request, begun, _)) = self.renewed.clone() else {
            return Ok(());
        };
        let Some(facts) = self.slot.status(self.now, &self.seen[at].key) else {
            return Ok(());
        };
        let answer = self.slot.renew(self.now, &self.call(at, generation, request, false));
        let was_last = facts.generation == generation + 1 && facts.resend_at == begun.resend_at;
        match facts.ended {
            Some(reason) => prop_assert_eq!(answer, Renewed::Ended(reason)),
            None if was_last => {
                let Renewed::Done { begun: again, .. } = answer else {
                    panic!("a repeat of what was done is done")
                };
                prop_assert_eq!((again.expires_at, again.resend_at), (begun.expires_at, begun.resend_at));
            }
            None => {}
        }
        let after = self.slot.status(self.now, &self.seen[at].key).unwrap();
        prop_assert_eq!(after.generation, facts.generation, "a repeat counts once");
        Ok(())
    }

    /// What must hold after every step.
    fn holds(&mut self) -> Result<(), TestCaseError> {
        for seen in &mut self.seen {
            prop_assert!(seen.approvals.len() <= 1, "approved twice");
            prop_assert!(seen.evaluated <= seen.granted, "more guesses than attempts");
            let Some(facts) = self.slot.status(self.now, &seen.key) else {
                continue;
            };
            prop_assert_eq!(facts.left, seen.granted - seen.evaluated);
            prop_assert!(facts.left <= seen.left, "attempts grew");
            prop_assert!(facts.expires_at >= seen.expires, "expiry moved back");
            prop_assert!(facts.expires_at <= seen.created + CEILING, "past the ceiling");
            prop_assert_eq!(facts.created_at, seen.created);
            match (seen.ended, facts.ended) {
                (Some(before), None) => prop_assert!(false, "{before:?} came to life"),
                // Only a late yes of a service changes how a verification ended.
                (Some(before), Some(now)) if before != now => {
                    prop_assert!(matches!(before, Reason::Expired | Reason::Locked));
                    let late = now == Reason::Used || (before, now) == (Reason::Locked, Reason::Expired);
                    prop_assert!(late || now == Reason::Failed, "{before:?} became {now:?}");
                }
                _ => {}
            }
            (seen.left, seen.ended, seen.expires) = (facts.left, facts.ended, facts.expires_at);
        }
        let (failures, reserved) = self.slot.failures_and_reserved(self.now, &BINDING);
        match failures {
            100.. => prop_assert!(reserved <= 1, "{failures} failures, {reserved} reserved"),
            _ => prop_assert!(failures + reserved <= 100, "{failures} failures, {reserved} reserved"),
        }
        prop_assert_eq!(format!("{:?}", self.slot.as_read_back()), format!("{:?}", self.slot));
        let granted: u32 = self.seen.iter().map(|seen| seen.granted).sum();
        prop_assert!(self.slot.open_requests() <= granted as usize);
        Ok(())
    }
}

#[test]
fn random_histories_of_all_verbs_hold_the_rules() {
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 3_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let figures = std::cell::Cell::new((0, 0, 0, 0));
    let outcome = runner.run(&prop::collection::vec(step(), 1..400), |steps| {
        let mut history = History {
            now: 1_000_000_000,
            ..History::default()
        };
        for step in &steps {
            history.run(step)?;
            history.holds()?;
        }
        let (histories, taken, approved, refused) = figures.get();
        figures.set((
            histories + 1,
            taken + steps.len(),
            approved + history.approved,
            refused + history.refused,
        ));
        Ok(())
    });
    let (histories, steps, approved, refused) = figures.get();
    println!("state machine: {histories} histories, {steps} steps, {approved} approvals, {refused} refused starts");
    outcome.unwrap();
    assert!(
        approved > histories / 10 && refused > 0,
        "the histories are too tame to say anything"
    );
}
