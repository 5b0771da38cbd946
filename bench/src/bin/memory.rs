//! What one pending verification takes in the memory store: `otpkit-bench-memory VARIANT COUNT` prints one line of JSON.
//!
//! Each variant is one run of a process of its own, so that the resident size is of it alone. Differences of
//! variants tell what is a record's, what a subject's and what a window's; see docs/benchmarks.md.

use async_trait::async_trait;
use otpkit::{Client, Outgoing, PolicySettings, SendResult, Sender, Settings, Start};
use serde_json::json;
use std::alloc::{GlobalAlloc, Layout, System};
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicI64, Ordering};
use std::task::{Context, Poll, Waker};

/// Bytes that are allocated now, as they were asked for.
static BYTES: AtomicI64 = AtomicI64::new(0);
/// Allocations that live now.
static BLOCKS: AtomicI64 = AtomicI64::new(0);
/// Live allocations by size, the larger ones together at the end.
static SIZES: [AtomicI64; 513] = [const { AtomicI64::new(0) }; 513];

struct Counting;

fn note(size: usize, sign: i64) {
    BYTES.fetch_add(sign * size as i64, Ordering::Relaxed);
    BLOCKS.fetch_add(sign, Ordering::Relaxed);
    SIZES[size.min(512)].fetch_add(sign, Ordering::Relaxed);
}

// SAFETY: every call goes to the system's allocator as it came; only numbers are noted beside it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size(), 1);
        // SAFETY: the caller's promise, passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        note(layout.size(), -1);
        // SAFETY: the caller's promise, passed on.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(layout.size(), -1);
        note(size, 1);
        // SAFETY: the caller's promise, passed on.
        unsafe { System.realloc(block, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

struct Nobody;

#[async_trait]
impl Sender for Nobody {
    async fn send(&self, _: Outgoing) -> SendResult {
        SendResult::SENT
    }
}

/// What is stored for each recipient.
struct Variant {
    /// The windows per recipient, as they are by default or none.
    windows: bool,
    /// Whether a subject waits between sends: without, it is not kept.
    waits: bool,
    /// One start for each of these.
    purposes: &'static [&'static str],
}

const VARIANTS: &[(&str, Variant)] = &[
    (
        "defaults",
        Variant {
            windows: true,
            waits: true,
            purposes: &["default"],
        },
    ),
    (
        "no-windows",
        Variant {
            windows: false,
            waits: true,
            purposes: &["default"],
        },
    ),
    (
        "two-subjects",
        Variant {
            windows: false,
            waits: true,
            purposes: &["default", "other"],
        },
    ),
    (
        "one-subject-twice",
        Variant {
            windows: false,
            waits: false,
            purposes: &["default", "default"],
        },
    ),
];

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let asked = words
        .first()
        .and_then(|name| VARIANTS.iter().find(|known| known.0 == name));
    let count = words.get(1).and_then(|count| count.parse::<usize>().ok());
    let (Some((name, variant)), Some(count)) = (asked, count) else {
        let names: Vec<_> = VARIANTS.iter().map(|known| known.0).collect();
        eprintln!("otpkit-bench-memory {} COUNT", names.join("|"));
        std::process::exit(2);
    };
    let client = client(variant, count);
    start(&client, 10_000_000, "default");

    let (bytes, blocks, resident) = (
        BYTES.load(Ordering::Relaxed),
        BLOCKS.load(Ordering::Relaxed),
        resident(),
    );
    let sizes: Vec<i64> = SIZES.iter().map(|size| size.load(Ordering::Relaxed)).collect();
    for purpose in variant.purposes {
        for number in 1..=count {
            start(&client, 10_000_000 + number, purpose);
        }
    }
    let each = |after: i64, before: i64| (after - before) as f64 / count as f64;
    let common = |(size, before): (usize, &i64)| {
        let share = each(SIZES[size].load(Ordering::Relaxed), *before);
        (share >= 0.01).then(|| json!({ "bytes": size, "blocks": share }))
    };
    let blocks_by_size: Vec<_> = sizes[..512].iter().enumerate().filter_map(common).collect();
    println!(
        "{}",
        json!({
            "variant": name,
            "pending": count * variant.purposes.len(),
            "counted": each(BYTES.load(Ordering::Relaxed), bytes),
            "blocks": each(BLOCKS.load(Ordering::Relaxed), blocks),
            "resident": each(self::resident(), resident),
            "by_size": blocks_by_size,
        })
    );
}

fn client(variant: &Variant, count: usize) -> Client {
    let store = json!({ "store": { "type": "memory", "max_entries": 4 * count + 100 } });
    let settings = Settings::from_json(&store.to_string()).expect("these are settings");
    let policy = PolicySettings {
        ttl_seconds: Some(600),
        per_recipient: (!variant.windows).then(Vec::new),
        resend_after_seconds: (!variant.waits).then(|| vec![0]),
        ..PolicySettings::default()
    };
    let builder = otpkit::Builder::from_settings(settings)
        .policy(policy)
        .provider("nobody", Nobody);
    builder.build().expect("these settings are good")
}

fn start(client: &Client, number: usize, purpose: &str) {
    let call = client.start(Start::to(format!("+316{number:08}")).purpose(purpose));
    match pin!(call).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(started) => drop(started.expect("nothing limits this start")),
        Poll::Pending => unreachable!("the memory store and this sender answer at once"),
    }
}

/// The resident size of this process, in bytes.
fn resident() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<i64>().unwrap_or_default() * 1024
}
