//! The one way from Rust to JavaScript: a queue and one threadsafe function that is woken when the queue was empty.
//! So one turn of the event loop carries however many results, provider calls and events have gathered.

use napi::bindgen_prelude::*;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;

use crate::{client, convert};

/// What waits for JavaScript. Each becomes a kind (the number) and its fields in one flat array.
pub(crate) enum Work {
    /// 0: a call ended. `call`, the packed reply or error.
    Done(u64, String),
    /// 1: a provider is asked. `client`, `provider`, `method`, `ask`, the packed message.
    Ask(f64, u32, u32, u64, String),
    /// 2: the answer of this `ask` is wanted no more.
    Dropped(u64),
    /// 3: something happened. `client`, the event as JSON.
    Event(f64, String),
}

pub(crate) type Flat = Vec<Either<f64, String>>;
type Wake = ThreadsafeFunction<(), Unknown<'static>, FnArgs<(Flat,)>, Status, false, true, 0>;

/// `provide(client, provider, method, ask, message)` in JavaScript; answers at once or says `null` for later.
pub(crate) type Provide = FunctionRef<FnArgs<(f64, u32, u32, f64, String)>, Option<String>>;

/// What all clients of one JavaScript environment share.
pub(crate) struct Shared {
    runtime: Handle,
    provide: Provide,
    wake: OnceLock<Wake>,
    queue: Mutex<Vec<Work>>,
    answers: Mutex<HashMap<u64, oneshot::Sender<String>>>,
    running: Mutex<HashMap<u64, AbortHandle>>,
    asks: AtomicU64,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    pub(crate) fn runtime(&self) -> &Handle {
        &self.runtime
    }

    pub(crate) fn provide(&self) -> &Provide {
        &self.provide
    }

    /// Queues work for JavaScript, from any thread.
    pub(crate) fn push(&self, work: Work) {
        let was_empty = {
            let mut queue = lock(&self.queue);
            queue.push(work);
            queue.len() == 1
        };
        if was_empty && let Some(wake) = self.wake.get() {
            // Refused only while the environment closes, and then nobody listens.
            wake.call((), ThreadsafeFunctionCallMode::NonBlocking);
        }
    }

    fn drain(&self) -> Flat {
        let waiting = std::mem::take(&mut *lock(&self.queue));
        let mut flat = Vec::with_capacity(waiting.len() * 3);
        let number = |n: u64| Either::A(n as f64);
        for work in waiting {
            match work {
                Work::Done(call, reply) => {
                    lock(&self.running).remove(&call);
                    flat.extend([number(0), number(call), Either::B(reply)]);
                }
                Work::Ask(client, provider, method, ask, message) => flat.extend([
                    number(1),
                    Either::A(client),
                    Either::A(f64::from(provider)),
                    Either::A(f64::from(method)),
                    number(ask),
                    Either::B(message),
                ]),
                Work::Dropped(ask) => flat.extend([number(2), number(ask)]),
                Work::Event(client, event) => flat.extend([number(3), Either::A(client), Either::B(event)]),
            }
        }
        flat
    }

    /// Finishes a call on the runtime. Called on the JavaScript thread only, so the call is in `running` before
    /// [`drain`](Self::drain) can take it out.
    pub(crate) fn finish_later(self: &Arc<Self>, call: u64, future: Pin<Box<dyn Future<Output = String> + Send>>) {
        let done = Completion {
            shared: self.clone(),
            call,
            reply: None,
        };
        let task = self.runtime.spawn(async move { done.with(future.await) });
        lock(&self.running).insert(call, task.abort_handle());
    }

    /// A number for a question to a provider.
    pub(crate) fn next_ask(&self) -> u64 {
        self.asks.fetch_add(1, Ordering::Relaxed)
    }

    /// Waits for the answer to a question. When nobody waits any more, JavaScript is told.
    pub(crate) fn answer_to(self: &Arc<Self>, ask: u64) -> impl Future<Output = Option<String>> + Send + use<> {
        let (sender, receiver) = oneshot::channel();
        lock(&self.answers).insert(ask, sender);
        let asked = Asked {
            shared: self.clone(),
            ask,
        };
        async move {
            let answer = receiver.await.ok();
            drop(asked);
            answer
        }
    }

    /// A provider's answer. One that comes late or twice finds nobody waiting and is dropped.
    fn answer(&self, ask: u64, outcome: String) {
        let waiting = lock(&self.answers).remove(&ask);
        if let Some(waiting) = waiting {
            let _ = waiting.send(outcome);
        }
    }

    /// Drops the future of a call.
    fn abort(&self, call: u64) {
        let running = lock(&self.running).remove(&call);
        if let Some(running) = running {
            running.abort();
        }
    }

    /// Keeps the event loop alive. `release` ends that.
    pub(crate) fn hold(&self, env: &Env) {
        self.with_live(|raw| {
            // SAFETY: `env` is the environment of this thread, and the function is not closed: its handle says so,
            // and only this thread closes it.
            unsafe { sys::napi_ref_threadsafe_function(env.raw(), raw) }
        });
    }

    fn release(&self, env: &Env) {
        self.with_live(|raw| {
            // SAFETY: as in `hold`.
            unsafe { sys::napi_unref_threadsafe_function(env.raw(), raw) }
        });
    }

    fn with_live(&self, act: impl FnOnce(sys::napi_threadsafe_function) -> sys::napi_status) {
        let Some(wake) = self.wake.get() else { return };
        wake.handle.with_read_aborted(|aborted| {
            if !aborted {
                act(wake.handle.get_raw());
            }
        });
    }
}

/// Answers a call even if its future panicked or the runtime ended: a promise is never left behind.
struct Completion {
    shared: Arc<Shared>,
    call: u64,
    reply: Option<String>,
}

impl Completion {
    fn with(mut self, reply: String) {
        self.reply = Some(reply);
    }
}

impl Drop for Completion {
    fn drop(&mut self) {
        let reply = self.reply.take().unwrap_or_else(convert::internal);
        self.shared.push(Work::Done(self.call, reply));
    }
}

struct Asked {
    shared: Arc<Shared>,
    ask: u64,
}

impl Drop for Asked {
    fn drop(&mut self) {
        let unanswered = lock(&self.shared.answers).remove(&self.ask).is_some();
        if unanswered {
            self.shared.push(Work::Dropped(self.ask));
        }
    }
}

/// Makes the one hub of a JavaScript environment: `{ connect, answer, abort, hold, release }`. `deliver` gets the flat
/// array of [`Work`]; `provide` is asked directly where the JavaScript thread polls.
///
/// Functions that own what they need cost a tenth of methods of a native class, whose every call takes a lock.
pub(crate) fn open<'env>(
    env: &'env Env,
    deliver: Function<'env, FnArgs<(Flat,)>, Unknown<'static>>,
    provide: Provide,
) -> Result<Object<'env>> {
    let shared = Arc::new(Shared {
        runtime: within_runtime_if_available(Handle::current),
        provide,
        wake: OnceLock::new(),
        queue: Mutex::default(),
        answers: Mutex::default(),
        running: Mutex::default(),
        asks: AtomicU64::new(1),
    });
    // The function must not own what owns it.
    let source: Weak<Shared> = Arc::downgrade(&shared);
    let wake: Wake = deliver
        .build_threadsafe_function::<()>()
        .weak::<true>()
        .build_callback(move |_| {
            let flat = source.upgrade().map(|shared| shared.drain()).unwrap_or_default();
            Ok(FnArgs::from((flat,)))
        })?;
    let _ = shared.wake.set(wake);

    let mut hub = Object::new(env)?;
    let it = shared.clone();
    define(env, &mut hub, "connect", move |call| {
        let (number, settings, live) = (call.get(0)?, call.get(1)?, call.get(2)?);
        let client = client::connect(call.env, &it, number, settings, live, call.get(3)?)?;
        Ok(client.raw())
    })?;
    let it = shared.clone();
    define(env, &mut hub, "answer", move |call| {
        it.answer(call.get::<f64>(0)? as u64, call.get(1)?);
        Ok(())
    })?;
    let it = shared.clone();
    define(env, &mut hub, "abort", move |call| {
        it.abort(call.get::<f64>(0)? as u64);
        Ok(())
    })?;
    let it = shared.clone();
    define(env, &mut hub, "hold", move |call| {
        it.hold(call.env);
        Ok(())
    })?;
    define(env, &mut hub, "release", move |call| {
        shared.release(call.env);
        Ok(())
    })?;
    Ok(hub)
}

/// Puts a function into an object. A panic in it becomes an exception, which TypeScript shows as `internal`.
pub(crate) fn define<R, F>(env: &Env, object: &mut Object<'_>, name: &str, function: F) -> Result<()>
where
    R: ToNapiValue,
    F: Fn(FunctionCallContext<'_>) -> Result<R> + 'static,
{
    let function = env.create_function_from_closure::<Unknown<'_>, R, _>(name, function)?;
    object.set(name, function)
}
