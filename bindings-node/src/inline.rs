//! Asking a provider directly. While the JavaScript thread itself polls a call, a provider's method can be called
//! without a hop: 0.3 us instead of 13 us, and with the caller's own async context.

use napi::Env;
use std::cell::RefCell;
use std::sync::Arc;

use crate::hub::Shared;

thread_local! {
    // Set only while a poll is under way on the JavaScript thread; nothing of an environment stays here.
    static POLLING: RefCell<Option<(Env, Arc<Shared>)>> = const { RefCell::new(None) };
}

/// Marks that the JavaScript thread polls. A provider may call otpkit again, so scopes nest.
pub(crate) struct Scope {
    outer: Option<(Env, Arc<Shared>)>,
}

impl Scope {
    pub(crate) fn enter(env: Env, shared: Arc<Shared>) -> Scope {
        Scope {
            outer: POLLING.with(|polling| polling.replace(Some((env, shared)))),
        }
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        POLLING.with(|polling| polling.replace(self.outer.take()));
    }
}

/// The environment, if this is its thread and it is polling a call.
pub(crate) fn environment(shared: &Arc<Shared>) -> Option<Env> {
    POLLING.with(|polling| match &*polling.borrow() {
        Some((env, polled)) if Arc::ptr_eq(polled, shared) => Some(*env),
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
    // The scope ends before JavaScript runs only in the sense that calls of it open scopes of their own.
    let answer = provide.call((client, provider, method, ask as f64, message.to_owned()).into());
    match answer {
        Ok(Some(outcome)) => Some(Direct::Answer(outcome)),
        Ok(None) => Some(Direct::Later),
        // `provide` never throws; what ends up here is an environment that is being torn down.
        Err(_) => Some(Direct::Answer("!JavaScript can run no more".into())),
    }
}
