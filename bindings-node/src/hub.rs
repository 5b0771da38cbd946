//! The one way from Rust to JavaScript: a queue and one threadsafe function that is woken when the queue was empty.
//! So one turn of the event loop carries however many results, provider calls and events have gathered.

use napi::bindgen_prelude::*;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use std::collections::HashMap;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::calls::Calls;
use crate::client;

/// What waits for JavaScript. Each becomes a kind (the number) and its fields in one flat array.
pub(crate) enum Work {
    /// 0: a call ended. `call`, the packed reply or error.
    Done(u64, String),
    /// 1: a provider is asked. `client`, `provider`, `method`, `ask`, the packed message.
    Ask(f64, u32, u32, u64, String),
    /// Nothing for JavaScript: a call that waits for a provider is ready without its answer (the deadline).
    Woken(u64),
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
    answers: Mutex<HashMap<u64, Waiting>>,
    pub(crate) calls: Calls,
    asks: AtomicU64,
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
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

    fn drain(self: &Arc<Self>) -> Flat {
        let waiting = std::mem::take(&mut *lock(&self.queue));
        let mut flat = Vec::with_capacity(waiting.len() * 3);
        let number = |n: u64| Either::A(n as f64);
        for work in waiting {
            match work {
                Work::Done(call, reply) => {
                    self.calls.ended(call);
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
                Work::Woken(call) => self.finish_woken(call),
                Work::Dropped(ask) => flat.extend([number(2), number(ask)]),
                Work::Event(client, event) => flat.extend([number(3), Either::A(client), Either::B(event)]),
            }
        }
        flat
    }

    /// A number for a question to a provider.
    pub(crate) fn next_ask(&self) -> u64 {
        self.asks.fetch_add(1, Ordering::Relaxed)
    }

    /// Waits for the answer to a question. When nobody waits any more, JavaScript is told.
    pub(crate) fn answer_to(self: &Arc<Self>, ask: u64) -> impl Future<Output = Option<String>> + Send + use<> {
        let (sender, receiver) = oneshot::channel();
        lock(&self.answers).insert(ask, Waiting { sender, call: None });
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

    /// A provider's answer: gives the one who waits, or nobody if it comes late or twice.
    fn take_answer(&self, ask: u64) -> Option<Waiting> {
        lock(&self.answers).remove(&ask)
    }

    /// Notes which parked call the answer to a question moves on.
    pub(crate) fn answer_moves(&self, ask: u64, call: u64) {
        if let Some(waiting) = lock(&self.answers).get_mut(&ask) {
            waiting.call = Some(call);
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

/// Who waits for a provider's answer.
struct Waiting {
    sender: oneshot::Sender<String>,
    /// The parked call that the answer moves on.
    call: Option<u64>,
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
        calls: Calls::default(),
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

    // Calls hold clients, which hold this: what is under way when a worker ends must not keep it all.
    env.add_env_cleanup_hook(Arc::downgrade(&shared), |shared| {
        if let Some(shared) = shared.upgrade() {
            shared.calls.abort_all();
        }
    })?;

    let mut hub = Object::new(env)?;
    let it = shared.clone();
    define(env, &mut hub, "connect", move |call| {
        let (number, settings, live) = (call.get(0)?, call.get(1)?, call.get(2)?);
        let client = client::connect(call.env, &it, number, settings, live, call.get(3)?)?;
        Ok(client.raw())
    })?;
    let it = shared.clone();
    define(env, &mut hub, "answer", move |call| {
        let Some(waiting) = it.take_answer(call.get::<f64>(0)? as u64) else {
            return Ok(None);
        };
        let outcome = call.get(1)?;
        let send = || {
            let _ = waiting.sender.send(outcome);
        };
        let Some(parked) = waiting.call else {
            send();
            return Ok(None);
        };
        // The call goes on here and now; what it answers is the value of this function.
        let reply = it.move_on(*call.env, parked, send);
        Ok(reply.map(|reply| format!("{parked}\n{reply}")))
    })?;
    let it = shared.clone();
    define(env, &mut hub, "abort", move |call| {
        it.calls.abort(call.get::<f64>(0)? as u64);
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
