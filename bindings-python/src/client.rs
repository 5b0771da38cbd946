//! The client: one method a verb. Each answers the reply if it is there at the first poll, else a `Pending`.

use crate::args::{self, Arg};
use crate::call::{Outcome, Way, call};
use crate::caller::Caller;
use crate::error;
use crate::events::{EventSink, Handler};
use crate::held::{self, Held};
use crate::outbox::Outbox;
use crate::provider::{Live, LiveArgs};
use crate::reply::Reply;
use otpkit::{
    Builder, Cancel, Check, Deliver, Error, ErrorKind, ProviderSettings, Resend, Settings, Start, Status, Unlock,
    WebhookRequest,
};
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use zeroize::Zeroizing;

/// A client; `otpkit.Otpkit` and `otpkit.AsyncOtpkit` are its faces.
#[pyclass(frozen, module = "otpkit._otpkit")]
pub(crate) struct Client {
    /// Empty after the garbage collector took the client apart.
    inner: Mutex<Option<Arc<Inner>>>,
}

/// What a client is made of. Each call under way holds it too.
struct Inner {
    client: otpkit::Client,
    /// The host's objects that `client` holds, for the garbage collector.
    live: Vec<Arc<Live>>,
    on_event: Option<Handler>,
}

#[pymethods]
impl Client {
    /// Builds a client of a JSON document of settings and the live things beside it.
    #[new]
    fn new(
        py: Python<'_>,
        document: String,
        secrets: Vec<Vec<u8>>,
        live: Vec<LiveArgs>,
        on_event: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let document = Zeroizing::new(document);
        let built = catch_unwind(AssertUnwindSafe(|| build(&document, secrets, live, on_event)));
        let inner = built.unwrap_or_else(|payload| Err(error::of_panic(payload)));
        let keep = |inner| Self {
            inner: Mutex::new(Some(Arc::new(inner))),
        };
        inner.map(keep).map_err(|error| error::exception(py, &error))
    }

    #[allow(clippy::too_many_arguments)]
    fn start<'py>(
        &self,
        py: Python<'py>,
        caller: Option<&Bound<'py, Caller>>,
        wait: bool,
        to: Arg<'_, 'py>,
        purpose: Arg<'_, 'py>,
        channel: Arg<'_, 'py>,
        ip: Arg<'_, 'py>,
        context: Arg<'_, 'py>,
        locale: Arg<'_, 'py>,
        values: Arg<'_, 'py>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.call(py, Way { caller, wait }, |inner| {
            let mut call = Start::to(args::required("to", to)?);
            call.purpose = args::text("purpose", purpose)?;
            call.channel = args::text("channel", channel)?;
            call.ip = args::text("ip", ip)?;
            call.context = args::context(context)?;
            call.locale = args::text("locale", locale)?;
            call.values = args::values(values)?;
            Ok(async move { inner.client.start(call).await.map(Reply::Started) })
        })
    }

    #[allow(clippy::too_many_arguments)]
    fn check<'py>(
        &self,
        py: Python<'py>,
        caller: Option<&Bound<'py, Caller>>,
        wait: bool,
        id: Arg<'_, 'py>,
        code: Arg<'_, 'py>,
        purpose: Arg<'_, 'py>,
        to: Arg<'_, 'py>,
        context: Arg<'_, 'py>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.call(py, Way { caller, wait }, |inner| {
            let mut call = Check::new(args::required("id", id)?, args::required("code", code)?);
            call.purpose = args::text("purpose", purpose)?;
            call.to = args::text("to", to)?;
            call.context = args::context(context)?;
            Ok(async move { inner.client.check(call).await.map(Reply::Checked) })
        })
    }

    fn resend<'py>(
        &self,
        py: Python<'py>,
        caller: Option<&Bound<'py, Caller>>,
        wait: bool,
        id: Arg<'_, 'py>,
        purpose: Arg<'_, 'py>,
        to: Arg<'_, 'py>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.call(py, Way { caller, wait }, |inner| {
            let mut call = Resend::new(args::required("id", id)?);
            call.purpose = args::text("purpose", purpose)?;
            call.to = args::text("to", to)?;
            Ok(async move { inner.client.resend(call).await.map(Reply::Started) })
        })
    }

    fn cancel<'py>(
        &self,
        py: Python<'py>,
        caller: Option<&Bound<'py, Caller>>,
        wait: bool,
        id: Arg<'_, 'py>,
        purpose: Arg<'_, 'py>,
        to: Arg<'_, 'py>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.call(py, Way { caller, wait }, |inner| {
            let mut call = Cancel::new(args::required("id", id)?);
            call.purpose = args::text("purpose", purpose)?;
            call.to = args::text("to", to)?;
            Ok(async move { inner.client.cancel(call).await.map(Reply::Canceled) })
        })
    }

    fn status<'py>(
        &self,
        py: Python<'py>,
        caller: Option<&Bound<'py, Caller>>,
        wait: bool,
        id: Arg<'_, 'py>,
        purpose: Arg<'_, 'py>,
        to: Arg<'_, 'py>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.call(py, Way { caller, wait }, |inner| {
            let mut call = Status::new(args::required("id", id)?);
            call.purpose = args::text("purpose", purpose)?;
            call.to = args::text("to", to)?;
            Ok(async move { inner.client.status(call).await.map(Reply::Status) })
        })
    }

    #[allow(clippy::too_many_arguments)]
    fn deliver<'py>(
        &self,
        py: Python<'py>,
        caller: Option<&Bound<'py, Caller>>,
        wait: bool,
        to: Arg<'_, 'py>,
        code: Arg<'_, 'py>,
        purpose: Arg<'_, 'py>,
        channel: Arg<'_, 'py>,
        ip: Arg<'_, 'py>,
        locale: Arg<'_, 'py>,
        values: Arg<'_, 'py>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.call(py, Way { caller, wait }, |inner| {
            let mut call = Deliver::new(args::required("to", to)?, args::required("code", code)?);
            call.purpose = args::text("purpose", purpose)?;
            call.channel = args::text("channel", channel)?;
            call.ip = args::text("ip", ip)?;
            call.locale = args::text("locale", locale)?;
            call.values = args::values(values)?;
            Ok(async move { inner.client.deliver(call).await.map(Reply::Delivered) })
        })
    }

    fn unlock<'py>(
        &self,
        py: Python<'py>,
        caller: Option<&Bound<'py, Caller>>,
        wait: bool,
        to: Arg<'_, 'py>,
        purpose: Arg<'_, 'py>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.call(py, Way { caller, wait }, |inner| {
            let mut call = Unlock::to(args::required("to", to)?);
            call.purpose = args::text("purpose", purpose)?;
            Ok(async move { inner.client.unlock(call).await.map(Reply::Unlocked) })
        })
    }

    #[allow(clippy::too_many_arguments)]
    fn webhook<'py>(
        &self,
        py: Python<'py>,
        caller: Option<&Bound<'py, Caller>>,
        wait: bool,
        provider: Arg<'_, 'py>,
        method: Arg<'_, 'py>,
        url: Arg<'_, 'py>,
        headers: Vec<(String, String)>,
        body: &[u8],
    ) -> PyResult<Bound<'py, PyAny>> {
        self.call(py, Way { caller, wait }, |inner| {
            let provider = args::required("provider", provider)?;
            let mut request = WebhookRequest::new(args::required("method", method)?, args::required("url", url)?);
            request.headers = headers;
            request.body = body.to_vec();
            Ok(async move { inner.client.webhook(&provider, request).await.map(Reply::Reported) })
        })
    }

    /// The messages that the outbox of this name kept.
    fn outbox(&self, py: Python<'_>, name: Arg<'_, '_>) -> PyResult<Outbox> {
        let found = args::required("name", name).and_then(|name| {
            let none = || Error::invalid_input("name", "no provider of the type \"outbox\" has this name");
            self.inner()?.client.outbox(&name).ok_or_else(none)
        });
        found.map(Outbox).map_err(|error| error::exception(py, &error))
    }

    /// Closes the client.
    fn close(&self) {
        if let Ok(inner) = self.inner() {
            inner.client.close();
        }
    }

    // A provider may hold the client that holds it. The collector may take the two apart only if nothing but this
    // object leads to the provider; a call or an event under way does, and is seen by the counts.
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        let Ok(guard) = self.inner.try_lock() else {
            return Ok(());
        };
        let Some(inner) = guard.as_ref().filter(|inner| Arc::strong_count(inner) == 1) else {
            return Ok(());
        };
        for live in inner.live.iter().filter(|live| Arc::strong_count(live) == OWNERS) {
            for method in live.methods() {
                visit.call(method.function.get())?;
            }
        }
        match &inner.on_event {
            Some(handler) if Arc::strong_count(handler) == OWNERS => visit.call(handler.get()),
            _ => Ok(()),
        }
    }

    fn __clear__(&self) {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(inner);
        Python::attach(held::release);
    }
}

impl Drop for Client {
    // Python ends objects with the interpreter at hand, so what the client held of the host goes now.
    fn drop(&mut self) {
        let inner = self.inner.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        drop(inner);
        Python::attach(held::release);
    }
}

/// Who holds a thing of the host when nothing is under way: the core, and the list for the collector.
const OWNERS: usize = 2;

impl Client {
    fn inner(&self) -> Result<Arc<Inner>, Error> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner).clone();
        inner.ok_or_else(|| Error::new(ErrorKind::Closed, "the client was collected as garbage"))
    }

    fn call<'py, F: Future<Output = Outcome> + Send + 'static>(
        &self,
        py: Python<'py>,
        way: Way<'_, 'py>,
        begin: impl FnOnce(Arc<Inner>) -> Result<F, Error>,
    ) -> PyResult<Bound<'py, PyAny>> {
        call(py, way, || begin(self.inner()?))
    }
}

fn build(
    document: &str,
    secrets: Vec<Vec<u8>>,
    live: Vec<LiveArgs>,
    on_event: Option<Py<PyAny>>,
) -> Result<Inner, Error> {
    let settings = Settings::from_json(document)?;
    let live: Vec<_> = live
        .into_iter()
        .map(|args| {
            let on_error = match settings.providers.get(&args.name) {
                Some(ProviderSettings::Callback(place)) => place.on_error,
                _ => Default::default(),
            };
            Arc::new(Live::new(args, on_error))
        })
        .collect();
    let on_event = on_event.map(|handler| Arc::new(Held::new(handler)));
    let mut builder = Builder::from_settings(settings);
    for secret in secrets {
        builder = builder.secret(secret);
    }
    for live in &live {
        builder = builder.live_provider(live.name(), live.provider());
    }
    if let Some(handler) = &on_event {
        builder = builder.observer(EventSink::new(handler.clone()));
    }
    #[cfg(feature = "testing")]
    if let Some(clock) = crate::testing::installed_clock() {
        builder = builder.clock(clock);
    }
    Ok(Inner {
        client: builder.build()?,
        live,
        on_event,
    })
}
