//! One case: its client, its clock, its steps.

use crate::calls::call;
use crate::compare::{absent, object, only_keys, subset};
use crate::providers::Scripted;
use crate::variables::Variables;
use otpkit::testing::TestClock;
use otpkit::{Builder, Client, Settings};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// 2026-01-01T00:00:00Z.
const START: Duration = Duration::from_secs(1_767_225_600);

struct Case {
    client: Client,
    clock: TestClock,
    scripted: HashMap<String, Scripted>,
    /// The outboxes of the settings, and how many messages of each were seen.
    outboxes: Vec<(String, usize)>,
    last_code: Arc<Mutex<Option<String>>>,
    variables: Variables,
}

/// Runs a case; the error says which step differs, and how.
pub(crate) fn run(case: &Value) -> Result<(), String> {
    only_keys(case, &["name", "settings", "providers", "build_error", "steps"])?;
    let built = Case::build(case)?;
    if let Some(expected) = case.get("build_error") {
        return match built {
            Ok(_) => Err(format!("the client was built, expected {expected}")),
            Err(error) => subset(expected, &error).map_err(|why| format!("build_error: {why}")),
        };
    }
    let mut running = built.map_err(|error| format!("the client was not built: {error}"))?;
    let steps = case["steps"]
        .as_array()
        .filter(|steps| !steps.is_empty())
        .ok_or("the case has no steps")?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    for (at, step) in steps.iter().enumerate() {
        let step_name = step["call"].as_str().unwrap_or_default();
        let outcome = runtime.block_on(running.step(step));
        outcome.map_err(|why| format!("step {} {step_name}: {why}", at + 1))?;
    }
    Ok(())
}

impl Case {
    /// The client of the case, or the error of building it. The outer error is the runner's.
    fn build(case: &Value) -> Result<Result<Case, Value>, String> {
        let document = case.get("settings").cloned().unwrap_or_else(|| json!({}));
        let clock = TestClock::new(SystemTime::UNIX_EPOCH + START);
        let refused = |error: otpkit::Error| json!({"code": error.kind().code(), "field": error.field()});
        let settings = match Settings::from_json(&document.to_string()) {
            Ok(settings) => settings,
            Err(error) => return Ok(Err(refused(error))),
        };
        let mut builder = Builder::from_settings(settings).clock(clock.clone());
        let mut scripted = HashMap::new();
        let last_code = Arc::default();
        for (name, script) in case.get("providers").map(object).transpose()?.into_iter().flatten() {
            let (provider, live) = Scripted::new(script, &last_code)?;
            builder = builder.live_provider(name, live);
            scripted.insert(name.clone(), provider);
        }
        let client = match builder.build() {
            Ok(client) => client,
            Err(error) => return Ok(Err(refused(error))),
        };
        let providers = document
            .get("providers")
            .and_then(Value::as_object)
            .into_iter()
            .flatten();
        let outboxes = providers.filter(|(_, provider)| provider["type"] == "outbox");
        Ok(Ok(Case {
            client,
            clock,
            scripted,
            outboxes: outboxes.map(|(name, _)| (name.clone(), 0)).collect(),
            last_code,
            variables: Variables::default(),
        }))
    }

    async fn step(&mut self, step: &Value) -> Result<(), String> {
        let fields = object(step)?;
        if fields.contains_key("call") {
            only_keys(step, &["call", "with", "save", "reply", "error", "absent", "repeat"])?;
            for _ in 0..step.get("repeat").and_then(Value::as_u64).unwrap_or(1) {
                self.call(step).await?;
            }
            return Ok(());
        }
        let mut only = fields.iter();
        let (Some((kind, what)), None) = (only.next(), only.next()) else {
            return Err("a step has one key, or `call`".into());
        };
        match kind.as_str() {
            "advance_ms" => {
                let by = what.as_u64().ok_or("`advance_ms` is a whole number")?;
                self.clock.advance(Duration::from_millis(by));
                Ok(())
            }
            "sent" => self.each(what, |case, name, count| {
                let log = &case.provider(name)?.log().asked;
                let sent: u64 = ["send", "create", "resend"]
                    .iter()
                    .filter_map(|method| log.get(method))
                    .sum();
                subset(&json!({"sent": count}), &json!({"sent": sent}))
            }),
            "asked" => self.each(what, |case, name, counts| {
                only_keys(counts, &["send", "create", "check", "resend", "cancel"])?;
                let log = &case.provider(name)?.log().asked;
                let got: serde_json::Map<_, _> = object(counts)?
                    .keys()
                    .map(|method| (method.clone(), json!(log.get(method.as_str()).copied().unwrap_or(0))))
                    .collect();
                subset(counts, &Value::Object(got))
            }),
            "remember" => {
                for (name, value) in object(&self.variables.fill(what)?)? {
                    let value = value.as_str().ok_or("a variable is a string")?;
                    self.variables.set(name, value.to_owned());
                }
                Ok(())
            }
            "last_message" => self.each(what, Case::check_message),
            "last_check" => self.each(what, |case, name, expected| {
                let got = case.provider(name)?.log().check.clone();
                subset(&case.variables.fill(expected)?, &got)
            }),
            unknown => Err(format!("the runner knows no step `{unknown}`")),
        }
    }

    async fn call(&mut self, step: &Value) -> Result<(), String> {
        let with = self.variables.fill(step.get("with").unwrap_or(&json!({})))?;
        let verb = step["call"].as_str().ok_or("`call` names a verb")?;
        let answer = call(&self.client, verb, &with).await?;
        self.note_code();
        let expected = |name: &str| step.get(name).map(|value| self.variables.fill(value)).transpose();
        let got = match (&answer, expected("error")?) {
            (Err(error), Some(wanted)) => {
                subset(&wanted, error)?;
                error
            }
            (Err(error), None) => return Err(format!("failed with {error}")),
            (Ok(reply), Some(wanted)) => return Err(format!("answered {reply}, expected the error {wanted}")),
            (Ok(reply), None) => reply,
        };
        if let Some(wanted) = expected("reply")? {
            subset(&wanted, got)?;
        }
        absent(step.get("absent"), got)?;
        let saves = step.get("save").map(object).transpose()?.cloned().unwrap_or_default();
        for (name, field) in &saves {
            let field = field.as_str().ok_or("`save` names fields of the reply")?;
            let value = got.get(field).and_then(Value::as_str);
            let value = value.ok_or_else(|| format!("the reply has no text `{field}` to save: {got}"))?;
            self.variables.set(name, value.to_owned());
        }
        Ok(())
    }

    /// Makes the newest code of a scripted sender or an outbox the variable `code`.
    fn note_code(&mut self) {
        let mut newest = self.last_code.lock().unwrap_or_else(PoisonError::into_inner).take();
        for (name, seen) in &mut self.outboxes {
            let messages = self
                .client
                .outbox(name)
                .map(|outbox| outbox.messages())
                .unwrap_or_default();
            if messages.len() > *seen {
                *seen = messages.len();
                newest = messages.last().map(|message| message.code.clone());
            }
        }
        if let Some(code) = newest {
            self.variables.set("code", code);
        }
    }

    fn check_message(&self, name: &str, expected: &Value) -> Result<(), String> {
        let got = match self.client.outbox(name) {
            Some(outbox) => serde_json::to_value(outbox.last()).expect("a message serialises"),
            None => self.provider(name)?.log().message.clone(),
        };
        let mut expected = object(&self.variables.fill(expected)?)?.clone();
        let code = got["code"].as_str().unwrap_or_default();
        if let Some(length) = expected.remove("code_length") {
            subset(&json!({"code_length": length}), &json!({"code_length": code.len()}))?;
        }
        if let Some(characters) = expected.remove("code_in") {
            let characters = characters.as_str().ok_or("`code_in` is a string")?;
            if !code.chars().all(|c| characters.contains(c)) {
                return Err(format!("the code has a character that is not in {characters}"));
            }
        }
        subset(&Value::Object(expected), &got)
    }

    fn each(&self, what: &Value, check: impl Fn(&Case, &str, &Value) -> Result<(), String>) -> Result<(), String> {
        for (name, expected) in object(what)? {
            check(self, name, expected).map_err(|why| format!("{name}: {why}"))?;
        }
        Ok(())
    }

    fn provider(&self, name: &str) -> Result<&Scripted, String> {
        self.scripted
            .get(name)
            .ok_or_else(|| format!("the case has no provider `{name}`"))
    }
}
