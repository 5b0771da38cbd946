//! Seams for the tests of this binding: a clock that tests move, and panics on demand. Absent from normal builds.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, SystemTime};

static CLOCK: Mutex<Option<otpkit::testing::TestClock>> = Mutex::new(None);
static FAULT: AtomicU8 = AtomicU8::new(0);

/// Where a panic can be asked for. It strikes once.
#[derive(Clone, Copy)]
pub(crate) enum Fault {
    /// In a call, before the first poll.
    Inline = 1,
    /// In a call that has to wait.
    Later,
    /// In the future of a host's provider.
    Provider,
    /// While the answer of a host's provider is read.
    Answer,
    /// While a reply is made into a Python object.
    Reply,
}

impl Fault {
    const ALL: [(&str, Fault); 5] = [
        ("inline", Fault::Inline),
        ("later", Fault::Later),
        ("provider", Fault::Provider),
        ("answer", Fault::Answer),
        ("reply", Fault::Reply),
    ];

    pub(crate) fn strike(self) {
        if FAULT
            .compare_exchange(self as u8, 0, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
        {
            panic!("a fault that a test asked for");
        }
    }
}

/// Has the next call that comes by `place` panic.
#[pyfunction]
fn testing_fault(place: &str) -> PyResult<()> {
    let (_, fault) = Fault::ALL
        .iter()
        .find(|(name, _)| *name == place)
        .ok_or_else(|| PyValueError::new_err("no such place"))?;
    FAULT.store(*fault as u8, Ordering::Release);
    Ok(())
}

/// What reached the log of Rust at its finest level since the first call of this.
#[pyfunction]
fn testing_trace() -> String {
    otpkit::testing::Trace::of_process().text()
}

pub(crate) fn installed_clock() -> Option<otpkit::testing::TestClock> {
    CLOCK.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
}

/// A clock that stands still until it is moved.
#[pyclass(frozen, module = "otpkit._otpkit")]
struct TestClock(otpkit::testing::TestClock);

#[pymethods]
impl TestClock {
    #[new]
    fn new(start: SystemTime) -> Self {
        Self(otpkit::testing::TestClock::new(start))
    }

    /// Moves the clock.
    fn advance(&self, by: Duration) {
        self.0.advance(by);
    }

    /// Gives this clock to every client that is built from now on.
    fn install(&self) {
        *CLOCK.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(self.0.clone());
    }

    /// Gives clients the time of the system again.
    #[staticmethod]
    fn uninstall() {
        *CLOCK.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = None;
    }
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<TestClock>()?;
    module.add_function(wrap_pyfunction!(testing_trace, module)?)?;
    module.add_function(wrap_pyfunction!(testing_fault, module)?)
}
