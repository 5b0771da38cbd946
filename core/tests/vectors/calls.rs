//! One step's call, through the typed API where Rust can express it, else through the wire form of the bindings.

use otpkit::{Cancel, Check, Client, Deliver, Error, Resend, Start, Status, Unlock};
use otpkit_bindings_common::{millis_up, webhook, wire};
use serde_json::{Map, Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};

static WIRED: AtomicUsize = AtomicUsize::new(0);

/// How many calls went through the wire form.
pub(crate) fn through_wire() -> usize {
    WIRED.load(Ordering::Relaxed)
}

/// Calls a verb and gives its reply as JSON.
macro_rules! reply {
    ($client:ident . $verb:ident ($call:expr)) => {
        $client
            .$verb($call)
            .await
            .map(|reply| serde_json::to_value(reply).expect("replies serialise"))
    };
}

/// The reply, or the error, each as JSON. The outer error is the runner's.
pub(crate) async fn call(client: &Client, verb: &str, with: &Value) -> Result<Result<Value, Value>, String> {
    if verb == "webhook" {
        return Ok(report(client, with).await.map_err(|error| shown(&error)));
    }
    if !wire::Call::FIELDS.iter().any(|row| row.0 == verb) {
        return Err(format!("there is no verb `{verb}`"));
    }
    let fields = with.as_object().ok_or("`with` is an object")?;
    let answer = match expressible(verb, fields) {
        true => typed(client, verb, fields).await,
        false => {
            WIRED.fetch_add(1, Ordering::Relaxed);
            wired(client, verb, with).await
        }
    };
    Ok(answer.map_err(|error| shown(&error)))
}

/// A delivery report: by the typed API, and through the wire form where Rust's types cannot express it.
async fn report(client: &Client, with: &Value) -> otpkit::Result<Value> {
    let mut fields = with.as_object().cloned().unwrap_or_default();
    let provider = fields.remove("provider").unwrap_or_default();
    let body = fields.remove("body");
    let body = body.as_ref().and_then(Value::as_str).map(str::as_bytes);
    let request = webhook::from_json(&Value::Object(fields).to_string(), body)?;
    let reported = client.webhook(provider.as_str().unwrap_or_default(), request).await?;
    Ok(serde_json::to_value(reported).expect("replies serialise"))
}

fn shown(error: &Error) -> Value {
    let mut shown = json!({"code": error.kind().code()});
    if let Some(field) = error.field() {
        shown["field"] = field.into();
    }
    if let Some(after) = error.retry_after() {
        shown["retry_after_ms"] = millis_up(after).into();
    }
    shown
}

/// Whether every field is one of the verb's, of its type, and none is missing.
fn expressible(verb: &str, fields: &Map<String, Value>) -> bool {
    let row = wire::Call::FIELDS.iter().find(|row| row.0 == verb);
    let (required, optional) = row.map(|row| (row.1, row.2)).unwrap_or_default();
    let fits = |(name, value): (&String, &Value)| {
        let known = required.contains(&name.as_str()) || optional.contains(&name.as_str());
        let typed = match (name.as_str(), value) {
            ("values", Value::Object(values)) => values.values().all(Value::is_string),
            ("values", _) => false,
            (_, value) => value.is_string(),
        };
        known && typed
    };
    fields.iter().all(fits) && required.iter().all(|name| fields.contains_key(*name))
}

async fn typed(client: &Client, verb: &str, fields: &Map<String, Value>) -> otpkit::Result<Value> {
    let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    /// Sets the named optional fields by their setters.
    macro_rules! set {
        ($call:expr; $($field:ident),+) => {{
            let mut call = $call;
            $(if fields.contains_key(stringify!($field)) { call = call.$field(text(stringify!($field))); })+
            call
        }};
    }
    let values = fields.get("values").and_then(Value::as_object).into_iter().flatten();
    let values = values.map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()));
    match verb {
        "start" => {
            let mut call = set!(Start::to(text("to")); purpose, channel, ip, context, locale);
            call.values.extend(values);
            reply!(client.start(call))
        }
        "check" => {
            reply!(client.check(set!(Check::new(text("id"), text("code")); purpose, to, context)))
        }
        "resend" => reply!(client.resend(set!(Resend::new(text("id")); purpose, to))),
        "cancel" => reply!(client.cancel(set!(Cancel::new(text("id")); purpose, to))),
        "status" => reply!(client.status(set!(Status::new(text("id")); purpose, to))),
        "deliver" => {
            let mut call = set!(Deliver::new(text("to"), text("code")); purpose, channel, ip, locale);
            call.values.extend(values);
            reply!(client.deliver(call))
        }
        _ => reply!(client.unlock(set!(Unlock::to(text("to")); purpose))),
    }
}

async fn wired(client: &Client, verb: &str, with: &Value) -> otpkit::Result<Value> {
    let call = wire::Call::from_json(verb, &with.to_string())?;
    match verb {
        "start" => reply!(client.start(call.into_start())),
        "check" => reply!(client.check(call.into_check())),
        "resend" => reply!(client.resend(call.into_resend())),
        "cancel" => reply!(client.cancel(call.into_cancel())),
        "status" => reply!(client.status(call.into_status())),
        "deliver" => reply!(client.deliver(call.into_deliver())),
        _ => reply!(client.unlock(call.into_unlock())),
    }
}
