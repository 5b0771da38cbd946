//! So many calls, so many of them at a time.

use cpu_time::ProcessTime;
use serde_json::{Value, json};
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Wall time, and CPU time of the whole process.
#[derive(Default)]
pub(crate) struct Taken {
    wall: Duration,
    cpu: Duration,
}

impl Taken {
    pub(crate) fn new(wall: Duration, cpu: Duration) -> Taken {
        Taken { wall, cpu }
    }

    /// As the runner reads it, for so many calls.
    pub(crate) fn json(&self, count: usize) -> Value {
        let ns = |time: Duration| u64::try_from(time.as_nanos()).expect("a round takes less than 500 years");
        json!({ "count": count, "ns": ns(self.wall), "cpu_ns": ns(self.cpu) })
    }
}

pub(crate) async fn flood<F>(count: usize, in_flight: usize, make: impl Fn() -> F + Send + Sync + 'static) -> Taken
where
    F: Future<Output = ()> + Send + 'static,
{
    let (make, taken) = (Arc::new(make), Arc::new(AtomicUsize::new(0)));
    let (cpu, began) = (ProcessTime::now(), Instant::now());
    let mut lanes = JoinSet::new();
    for _ in 0..in_flight.min(count) {
        let (make, taken) = (Arc::clone(&make), Arc::clone(&taken));
        lanes.spawn(async move {
            while taken.fetch_add(1, Ordering::Relaxed) < count {
                make().await;
            }
        });
    }
    while let Some(done) = lanes.join_next().await {
        done.expect("no call of a lane panics");
    }
    Taken::new(began.elapsed(), cpu.elapsed())
}
