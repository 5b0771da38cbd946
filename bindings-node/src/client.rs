//! The client as an object of functions, one a verb. Each answers at once with a packed reply or error, or with `null`:
//! then the reply comes through the hub under the number of the call, the first argument.

use napi::bindgen_prelude::*;
use otpkit::{
    Builder, Cancel, Check, Client, Deliver, Resend, Settings, Start, Status as StatusCall, Unlock, WebhookRequest,
};
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

use crate::callback::Live;
use crate::convert;
use crate::events::Events;
use crate::hub::{Shared, define};

type Answer = Result<Option<String>>;

/// Builds a client. `number` names it to JavaScript; `settings` is the document; `live` lists the providers that
/// JavaScript holds; `events` says whether it listens. A refusal is thrown with the packed error as its message.
pub(crate) fn connect<'env>(
    env: &'env Env,
    shared: &Arc<Shared>,
    number: f64,
    settings: String,
    live: String,
    events: bool,
) -> Result<Object<'env>> {
    let client = build(shared, number, &settings, &live, events);
    let client = client.map_err(|error| Error::from_reason(convert::error(&error)))?;
    let mut object = Object::new(env)?;
    for (name, verb) in VERBS {
        let caller = Caller {
            client: client.clone(),
            shared: shared.clone(),
        };
        define(env, &mut object, name, move |call| verb(&caller, &call))?;
    }
    let it = client.clone();
    define(env, &mut object, "outbox", move |call| {
        let Some(outbox) = it.outbox(&call.get::<String>(0)?) else {
            return Ok(None);
        };
        Ok(Some(if call.get(1)? {
            convert::json(&outbox.messages())
        } else {
            convert::json(&outbox.last())
        }))
    })?;
    let it = client.clone();
    define(env, &mut object, "clearOutbox", move |call| {
        if let Some(outbox) = it.outbox(&call.get::<String>(0)?) {
            outbox.clear();
        }
        Ok(())
    })?;
    define(env, &mut object, "close", move |_| {
        client.close();
        Ok(())
    })?;
    Ok(object)
}

type Verb = fn(&Caller, &FunctionCallContext<'_>) -> Answer;

/// The arguments of each are in the order of its fields in `ts/native.ts`.
const VERBS: [(&str, Verb); 8] = [
    ("start", start),
    ("check", check),
    ("resend", resend),
    ("cancel", cancel),
    ("status", status),
    ("deliver", deliver),
    ("unlock", unlock),
    ("webhook", webhook),
];

fn start(caller: &Caller, call: &FunctionCallContext<'_>) -> Answer {
    let mut start = Start::to(call.get::<String>(1)?);
    start.purpose = call.get(2)?;
    start.channel = call.get(3)?;
    start.ip = call.get(4)?;
    start.context = bytes(call.get(5)?);
    start.locale = call.get(6)?;
    start.values = map(call.get(7)?);
    let client = caller.client.clone();
    caller.run(call, async move { client.start(start).await }, convert::started)
}

fn check(caller: &Caller, call: &FunctionCallContext<'_>) -> Answer {
    let mut check = Check::new(call.get::<String>(1)?, call.get::<String>(2)?);
    check.purpose = call.get(3)?;
    check.to = call.get(4)?;
    check.context = bytes(call.get(5)?);
    let client = caller.client.clone();
    caller.run(call, async move { client.check(check).await }, convert::checked)
}

fn resend(caller: &Caller, call: &FunctionCallContext<'_>) -> Answer {
    let mut resend = Resend::new(call.get::<String>(1)?);
    resend.purpose = call.get(2)?;
    resend.to = call.get(3)?;
    let client = caller.client.clone();
    caller.run(call, async move { client.resend(resend).await }, convert::started)
}

fn cancel(caller: &Caller, call: &FunctionCallContext<'_>) -> Answer {
    let mut cancel = Cancel::new(call.get::<String>(1)?);
    cancel.purpose = call.get(2)?;
    cancel.to = call.get(3)?;
    let client = caller.client.clone();
    caller.run(call, async move { client.cancel(cancel).await }, convert::json)
}

fn status(caller: &Caller, call: &FunctionCallContext<'_>) -> Answer {
    let mut status = StatusCall::new(call.get::<String>(1)?);
    status.purpose = call.get(2)?;
    status.to = call.get(3)?;
    let client = caller.client.clone();
    caller.run(call, async move { client.status(status).await }, convert::json)
}

fn deliver(caller: &Caller, call: &FunctionCallContext<'_>) -> Answer {
    let mut deliver = Deliver::new(call.get::<String>(1)?, call.get::<String>(2)?);
    deliver.purpose = call.get(3)?;
    deliver.channel = call.get(4)?;
    deliver.ip = call.get(5)?;
    deliver.locale = call.get(6)?;
    deliver.values = map(call.get(7)?);
    let client = caller.client.clone();
    caller.run(call, async move { client.deliver(deliver).await }, convert::json)
}

fn unlock(caller: &Caller, call: &FunctionCallContext<'_>) -> Answer {
    let mut unlock = Unlock::to(call.get::<String>(1)?);
    unlock.purpose = call.get(2)?;
    let client = caller.client.clone();
    caller.run(call, async move { client.unlock(unlock).await }, convert::json)
}

fn webhook(caller: &Caller, call: &FunctionCallContext<'_>) -> Answer {
    let provider = call.get::<String>(1)?;
    let mut request = WebhookRequest::new(call.get::<String>(2)?, call.get::<String>(3)?);
    // Names and values in turn.
    let mut headers = call.get::<Vec<String>>(4)?.into_iter();
    while let (Some(name), Some(value)) = (headers.next(), headers.next()) {
        request.headers.push((name, value));
    }
    request.body = bytes(call.get(5)?).unwrap_or_default();
    let client = caller.client.clone();
    caller.run(
        call,
        async move { client.webhook(&provider, request).await },
        convert::json,
    )
}

/// What a verb needs.
struct Caller {
    client: Client,
    shared: Arc<Shared>,
}

impl Caller {
    /// Polls on this thread; a call that need not wait is answered without a hop.
    fn run<T, F>(&self, call: &FunctionCallContext<'_>, future: F, pack: fn(&T) -> String) -> Answer
    where
        F: Future<Output = otpkit::Result<T>> + Send + 'static,
        T: 'static,
    {
        let number = call.get::<f64>(0)? as u64;
        #[cfg(feature = "testing")]
        let fault = crate::testing::Fault::take();
        let packed = async move {
            #[cfg(feature = "testing")]
            fault.strike().await;
            match future.await {
                Ok(reply) => pack(&reply),
                Err(error) => convert::error(&error),
            }
        };
        Ok(self.shared.advance(*call.env, number, Box::pin(packed)))
    }
}

fn build(shared: &Arc<Shared>, number: f64, settings: &str, live: &str, events: bool) -> otpkit::Result<Client> {
    let settings = Settings::from_json(settings)?;
    let live: Vec<Live> = serde_json::from_str(live).map_err(|_| {
        otpkit::Error::new(
            otpkit::ErrorKind::Internal,
            "the list of live providers could not be read",
        )
    })?;
    let mut builder = Builder::from_settings(settings);
    for (place, live) in (0u32..).zip(live) {
        let (name, provider) = live.into_provider(shared.clone(), number, place);
        builder = builder.live_provider(name, provider);
    }
    if events {
        builder = builder.observer(Events {
            shared: shared.clone(),
            client: number,
        });
    }
    #[cfg(feature = "testing")]
    let builder = crate::testing::with_clock(builder);
    builder.build()
}

/// A context or a body: text, or bytes.
fn bytes(context: Option<Either<String, Uint8Array>>) -> Option<Vec<u8>> {
    context.map(|context| match context {
        Either::A(text) => text.into_bytes(),
        Either::B(bytes) => bytes.to_vec(),
    })
}

/// TypeScript made this JSON from strings that it had checked.
fn map(values: Option<String>) -> BTreeMap<String, String> {
    values
        .and_then(|json| serde_json::from_str(&json).ok())
        .unwrap_or_default()
}
