//! Asking a provider directly. While the JavaScript thread itself polls a call, a provider's method can be called
//! without a hop: 0.3 us instead of 13 us, and with the caller's own async context.

use napi::Env;
use std::cell::RefCell;
use std::sync::Arc;

use crate::hub::Shared;

thread_local! {
    // Set only while a poll is under way on the JavaScript thread; nothing of an environment stays here.
    static POLLING: RefCell<Option<Polling>> = const { RefCell::new(None) };
}

struct Polling {
    env: Env,
    shared: Arc<Shared>,
    /// The question that a provider will answer later, if one was asked in this poll.
    waits_for: Option<u64>,
}

/// Marks that the JavaScript thread polls. A provider may call otpkit again, so scopes nest.
pub(crate) struct Scope {
    outer: Option<Polling>,
}

impl Scope {
    pub(crate) fn enter(env: Env, shared: Arc<Shared>) -> Scope {
        let waits_for = None;
        Scope {
            outer: POLLING.replace(Some(Polling { env, shared, waits_for })),
        }
    }

    /// The question that the polled call waits for.
    pub(crate) fn waits_for(&self) -> Option<u64> {
        POLLING.with_borrow(|polling| polling.as_ref()?.waits_for)
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        POLLING.set(self.outer.take());
    }
}

/// The environment, if this is its thread and it is polling a call.
pub(crate) fn environment(shared: &Arc<Shared>) -> Option<Env> {
    POLLING.with_borrow(|polling| match polling {
        Some(polling) if Arc::ptr_eq(&polling.shared, shared) => Some(polling.env),
        _ => None,
    })
}

/// What came of asking directly.
pub(crate) enum Direct {
    /// Its packed outcome.
    Answer(String),
    /// It answers later, under the number of the question.
    Later,
}

/// Asks a provider on this thread; `None` if this is not the place.
pub(crate) fn ask(
    shared: &Arc<Shared>,
    client: f64,
    provider: u32,
    method: u32,
    ask: u64,
    message: &str,
) -> Option<Direct> {
    let env = environment(shared)?;
    let provide = shared.provide().borrow_back(&env).ok()?;
    let answer = provide.call((client, provider, method, ask as f64, message.to_owned()).into());
    match answer {
        Ok(Some(outcome)) => Some(Direct::Answer(outcome)),
        Ok(None) => {
            // Calls that the provider made have closed their scopes, so this one is in place again.
            POLLING.with_borrow_mut(|polling| {
                if let Some(polling) = polling {
                    polling.waits_for = Some(ask);
                }
            });
            Some(Direct::Later)
        }
        // `provide` never throws; what ends up here is an environment that is being torn down.
        Err(_) => Some(Direct::Answer("!JavaScript can run no more".into())),
    }
}
