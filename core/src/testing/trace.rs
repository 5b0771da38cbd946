//! What reaches a log at its finest level, from otpkit and from all that it uses.

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Takes everything at every level, as text.
#[derive(Clone, Default)]
pub struct Trace(Arc<Mutex<String>>);

impl Trace {
    /// The trace of this process. The first call begins it, for `tracing` and for `log`.
    pub fn of_process() -> &'static Trace {
        static TRACE: OnceLock<Trace> = OnceLock::new();
        TRACE.get_or_init(|| {
            let trace = Trace::default();
            // Somebody else's may be there already; then there is nothing in this one, and its test fails.
            let _ = tracing::subscriber::set_global_default(trace.clone());
            if log::set_boxed_logger(Box::new(trace.clone())).is_ok() {
                log::set_max_level(log::LevelFilter::Trace);
            }
            trace
        })
    }

    /// All of it until now.
    pub fn text(&self) -> String {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fields(&self, of: impl FnOnce(&mut Fields)) {
        let mut fields = Fields(String::new());
        of(&mut fields);
        self.lock().push_str(&fields.0);
    }
}

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = writeln!(self.0, "{}={value:?}", field.name());
    }
}

impl Subscriber for Trace {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.fields(|fields| span.record(fields));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        self.fields(|fields| values.record(fields));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        self.fields(|fields| event.record(fields));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

impl log::Log for Trace {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let _ = writeln!(self.lock(), "{}: {}", record.target(), record.args());
    }

    fn flush(&self) {}
}
