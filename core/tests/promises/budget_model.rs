//! G5 as a property: random histories of one subject against a simple model of its budget.

use crate::support::{Desk, NL, now, open_policy, wrong};
use otpkit::{Cancel, ErrorKind, Start, Started, Unlock};
use proptest::prelude::*;
use serde_json::json;
use std::time::Duration;

const SECOND: u64 = 1_000;
const DAY: u64 = 24 * 3_600 * SECOND;

#[derive(Debug, Clone)]
enum Step {
    Start,
    /// A wrong code for one of the verifications so far.
    Wrong(prop::sample::Index),
    /// As many wrong codes as the newest verification takes.
    Spend,
    /// So many rounds of a patient attacker: wait as long as is asked, start, spend.
    Press(u8),
    Right(prop::sample::Index),
    Resend(prop::sample::Index),
    Cancel(prop::sample::Index),
    Unlock,
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let index = any::<prop::sample::Index>;
    let waits = prop::sample::select(vec![
        1,
        SECOND,
        29_999,
        30_000,
        60_000,
        299_999,
        300_000,
        3_600_000,
        DAY - 1,
        DAY,
    ]);
    prop_oneof![
        12 => Just(Step::Start),
        6 => index().prop_map(Step::Wrong),
        14 => Just(Step::Spend),
        2 => (1u8..60).prop_map(Step::Press),
        1 => index().prop_map(Step::Right),
        2 => index().prop_map(Step::Resend),
        1 => index().prop_map(Step::Cancel),
        1 => Just(Step::Unlock),
        16 => waits.prop_map(Step::Wait),
    ]
}

/// What the model knows of a verification.
struct Known {
    started: Started,
    code: String,
    left: u32,
    expires: u64,
    created: u64,
    over: bool,
}

impl Known {
    fn pending(&self, now: u64) -> bool {
        !self.over && self.left > 0 && now < self.expires
    }
}

#[derive(Default)]
struct Model {
    operator: bool,
    now: u64,
    failures: u32,
    last: u64,
    verifications: Vec<Known>,
    /// When each failure since the last approval or unlocking was evaluated.
    evaluated: Vec<u64>,
}

/// What the next start is to answer: attempts, or kind and wait.
type Verdict = Result<u32, (ErrorKind, Option<u64>)>;

impl Model {
    fn verdict(&self) -> Verdict {
        let pending = self.verifications.iter().filter(|known| known.pending(self.now));
        let reserved: u32 = pending.map(|known| known.left).sum();
        let since = self.now - self.last;
        let wait = |wait: u64| Err((ErrorKind::RateLimited, Some(wait)));
        match self.failures {
            100.. if self.operator => Err((ErrorKind::Locked, None)),
            100.. if since < DAY => Err((ErrorKind::Locked, Some(DAY - since))),
            100.. if reserved > 0 => wait(30_000),
            100.. => Ok(1),
            20.. => {
                let asked = (30_000u64 << (self.failures - 20).min(10)).min(3_600_000);
                match since < asked {
                    true => wait(asked - since),
                    false if self.failures + reserved + 1 > 100 => wait(30_000),
                    false => Ok(1),
                }
            }
            _ if self.failures + reserved + 5 > 100 => wait(30_000),
            _ => Ok(5),
        }
    }

    fn clear(&mut self) {
        (self.failures, self.last) = (0, 0);
        self.evaluated.clear();
    }
}

fn run(operator: bool, steps: &[Step]) -> Result<(u32, usize), TestCaseError> {
    let mut policy = open_policy();
    policy["lock_release"] = json!(if operator { "operator" } else { "wait" });
    let desk = Desk::new(json!({ "policy": policy, "per_ip": [] }));
    let mut model = Model {
        operator,
        now: 1,
        ..Model::default()
    };
    let mut most = 0;
    for step in steps {
        match step {
            Step::Start => start(&desk, &mut model)?,
            Step::Wrong(index) if !model.verifications.is_empty() => {
                let at = index.index(model.verifications.len());
                guess_wrong(&desk, &mut model, at)?;
            }
            Step::Spend if !model.verifications.is_empty() => {
                for _ in 0..6 {
                    let at = model.verifications.len() - 1;
                    guess_wrong(&desk, &mut model, at)?;
                }
            }
            Step::Press(rounds) => {
                for _ in 0..*rounds {
                    if let Err((_, Some(wait))) = model.verdict()
                        && model.now + wait < 25 * DAY
                    {
                        desk.clock.advance(Duration::from_millis(wait));
                        model.now += wait;
                    }
                    start(&desk, &mut model)?;
                    for _ in 0..if model.verifications.is_empty() { 0 } else { 6 } {
                        let at = model.verifications.len() - 1;
                        guess_wrong(&desk, &mut model, at)?;
                    }
                }
            }
            Step::Right(index) if !model.verifications.is_empty() => {
                let at = index.index(model.verifications.len());
                let known = &mut model.verifications[at];
                let approved = desk.check(&known.started, &known.code).approved;
                prop_assert_eq!(approved, known.pending(model.now));
                if approved {
                    known.over = true;
                    model.clear();
                }
            }
            Step::Resend(index) if !model.verifications.is_empty() => {
                let at = index.index(model.verifications.len());
                let known = &mut model.verifications[at];
                let resent = desk.resend(&known.started);
                let expires = (model.now + 300_000).min(known.created + 600_000);
                prop_assert_eq!(
                    resent.is_ok(),
                    known.pending(model.now) && expires - model.now >= 30_000
                );
                if resent.is_ok() {
                    known.expires = expires;
                    known.code = desk.tray.code(NL);
                }
            }
            Step::Cancel(index) if !model.verifications.is_empty() => {
                let at = index.index(model.verifications.len());
                let known = &mut model.verifications[at];
                let canceled = now(desk.otp.cancel(Cancel::new(known.started.id.as_str())))
                    .unwrap()
                    .canceled;
                prop_assert_eq!(canceled, known.pending(model.now));
                known.over |= canceled;
            }
            Step::Unlock => {
                now(desk.otp.unlock(Unlock::to(NL))).unwrap();
                model.clear();
            }
            // After 30 days without one, failures that no operator has to clear are forgotten: not reached here.
            Step::Wait(by) if model.now + by < 25 * DAY => {
                desk.clock.advance(Duration::from_millis(*by));
                model.now += by;
            }
            _ => {}
        }
        most = most.max(model.failures);
    }
    Ok((most, model.verifications.len()))
}

fn start(desk: &Desk, model: &mut Model) -> Result<(), TestCaseError> {
    let expected = model.verdict();
    let answer = match now(desk.otp.start(Start::to(NL))) {
        Ok(started) => {
            let left = desk.left(&started);
            model.verifications.push(Known {
                code: desk.tray.code(NL),
                left,
                expires: model.now + 300_000,
                created: model.now,
                over: false,
                started,
            });
            if model.failures >= 20 {
                model.last = model.now;
            }
            Ok(left)
        }
        Err(error) => {
            let wait = error.retry_after().map(|wait| wait.as_millis() as u64);
            Err((error.kind(), wait))
        }
    };
    prop_assert_eq!(answer, expected);
    Ok(())
}

fn guess_wrong(desk: &Desk, model: &mut Model, at: usize) -> Result<(), TestCaseError> {
    let known = &mut model.verifications[at];
    let pending = known.pending(model.now);
    let answer = desk.check(&known.started, &wrong(&known.code, known.left as usize));
    prop_assert!(!answer.approved);
    if !pending {
        prop_assert!(answer.attempts_left.is_none());
        return Ok(());
    }
    known.left -= 1;
    prop_assert_eq!(answer.attempts_left.unwrap_or(0), known.left);
    (model.failures, model.last) = (model.failures + 1, model.now);
    model.evaluated.push(model.now);
    // The promise itself, without the model's help: 100, and from then on one a day.
    for pair in model.evaluated[99.min(model.evaluated.len())..].windows(2) {
        prop_assert!(pair[1] - pair[0] >= DAY, "{} failures", model.evaluated.len());
    }
    prop_assert!(!model.operator || model.evaluated.len() <= 100);
    Ok(())
}

#[test]
fn g5_random_histories_follow_the_budget() {
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 300,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let figures = std::cell::RefCell::new(Vec::new());
    let histories = (any::<bool>(), prop::collection::vec(step(), 50..400));
    let outcome = runner.run(&histories, |(operator, steps)| {
        let figure = run(operator, &steps)?;
        figures.borrow_mut().push(figure);
        Ok(())
    });
    let figures = figures.into_inner();
    let locked = figures.iter().filter(|(most, _)| *most >= 100).count();
    let slowed = figures.iter().filter(|(most, _)| *most >= 20).count();
    println!(
        "G5 model: {} histories, {slowed} slowed down, {locked} reached the lock",
        figures.len()
    );
    outcome.unwrap();
    let telling = slowed > figures.len() / 4 && locked > figures.len() / 20;
    assert!(telling, "the histories are too tame to say anything");
}
