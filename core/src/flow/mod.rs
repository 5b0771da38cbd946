//! One use case a file; the only place that awaits a store and a provider.

mod cancel;
mod check;
mod core;
mod deliver;
mod refusal;
mod resend;
mod start;
mod status;
mod unlock;
mod webhook;

pub(crate) use self::core::{Core, Parts};
pub(crate) use cancel::cancel;
pub(crate) use check::check;
pub(crate) use deliver::deliver;
pub(crate) use resend::resend;
pub(crate) use start::start;
pub(crate) use status::status;
pub(crate) use unlock::unlock;
pub(crate) use webhook::webhook;

use crate::error::{Error, ErrorKind, Result};
use crate::observe::Event;

/// Runs a call of an open client and tells the observer if it ends in an error.
pub(crate) async fn observed<T>(core: &Core, call: &'static str, run: impl Future<Output = Result<T>>) -> Result<T> {
    let answer = match core.is_closed() {
        true => Err(Error::new(ErrorKind::Closed, "this client was closed; make a new one")),
        false => run.await,
    };
    if let Err(error) = &answer {
        core.tell(|| Event::Error {
            call,
            kind: error.kind().code(),
            field: error.field().map(str::to_owned),
            message: error.message().to_owned(),
        });
    }
    answer
}
