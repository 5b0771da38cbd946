//! What the tests share: folders, clients on a file, and workers that are this program again.

use async_trait::async_trait;
use otpkit::settings::SqliteSettings;
use otpkit::{Builder, Check, Checked, Client, Outgoing, PolicySettings, SendResult, Sender, SqliteStore, Window};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Lines, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex, OnceLock};

pub(crate) const SECRET: &str = "the-secret-of-these-tests-0123456789";
pub(crate) const NL: &str = "+31612345678";

/// A folder of this run, which is removed by the next run.
pub(crate) fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let all = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("stores");
        for old in std::fs::read_dir(&all).into_iter().flatten().flatten() {
            let alive = PathBuf::from("/proc").join(old.file_name()).exists();
            if !alive {
                let _ = std::fs::remove_dir_all(old.path());
            }
        }
        let own = all.join(std::process::id().to_string());
        std::fs::create_dir_all(&own).unwrap();
        own
    })
}

/// The path of a file that is not there yet.
pub(crate) fn file(name: &str) -> String {
    folder().join(name).to_str().unwrap().to_owned()
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().unwrap()
}

/// Keeps the newest code of every recipient, and counts. A clone is the same tray.
#[derive(Clone, Default)]
pub(crate) struct Tray(Arc<(AtomicUsize, Mutex<HashMap<String, String>>)>);

impl Tray {
    pub(crate) fn sent(&self) -> usize {
        self.0.0.load(Ordering::SeqCst)
    }

    pub(crate) fn code(&self, to: &str) -> String {
        self.0.1.lock().unwrap()[to].clone()
    }
}

#[async_trait]
impl Sender for Tray {
    async fn send(&self, outgoing: Outgoing) -> SendResult {
        self.0.0.fetch_add(1, Ordering::SeqCst);
        let code = outgoing.code.expose().to_owned();
        let to = outgoing.message.to.as_str().to_owned();
        self.0.1.lock().unwrap().insert(to, code);
        SendResult::SENT
    }
}

/// A client on a file, without waits between sends.
pub(crate) fn builder(path: &str, tray: &Tray) -> Builder {
    let policy = PolicySettings {
        resend_after_seconds: Some(vec![0]),
        per_recipient: Some(vec![Window::new(4_000_000, 1)]),
        ..PolicySettings::default()
    };
    let builder = Client::builder().secret(SECRET).provider("tray", tray.clone());
    builder
        .policy(policy)
        .per_ip(Vec::new())
        .store(SqliteStore::from_settings(&SqliteSettings::new(path)).unwrap())
}

pub(crate) fn client(path: &str) -> (Client, Tray) {
    let tray = Tray::default();
    (builder(path, &tray).build().unwrap(), tray)
}

pub(crate) async fn check(otp: &Client, id: &str, code: &str) -> otpkit::Result<Checked> {
    otp.check(Check::new(id, code)).await
}

/// The wrong code of this number.
pub(crate) fn wrong(right: &str, number: usize) -> String {
    let right: usize = right.parse().unwrap();
    format!("{:06}", (right + 1 + number) % 1_000_000)
}

/// Makes `calls` calls, numbered from 0, from 16 threads that start together.
pub(crate) fn storm<T: Send>(calls: usize, call: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let (barrier, next) = (Barrier::new(16), AtomicUsize::new(0));
    let work = || {
        let mut answers = Vec::new();
        barrier.wait();
        loop {
            match next.fetch_add(1, Ordering::SeqCst) {
                number if number < calls => answers.push(call(number)),
                _ => return answers,
            }
        }
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..16).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

/// What a worker says begins with this; the rest of its output is the test runner's.
pub(crate) const SAYS: &str = "@";

/// This program again, at other work.
pub(crate) struct Worker {
    pub(crate) child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Worker {
    pub(crate) fn spawn(work: &str, arguments: &[&str]) -> Worker {
        Worker::spawn_with(work, arguments, &[])
    }

    pub(crate) fn spawn_with(work: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Worker {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "processes::worker",
                "--exact",
                "--ignored",
                "--nocapture",
                "--test-threads=1",
            ])
            .env("OTPKIT_TEST_WORK", [&[work], arguments].concat().join("\n"))
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Worker { child, lines }
    }

    /// The next thing that it says; `None` after its end.
    pub(crate) fn hear(&mut self) -> Option<String> {
        loop {
            let line = self.lines.next()?.ok()?;
            if let Some((_, said)) = line.split_once(SAYS) {
                return Some(said.to_owned());
            }
        }
    }

    pub(crate) fn go(&mut self) {
        writeln!(self.child.stdin.as_mut().unwrap(), "go").unwrap();
    }

    pub(crate) fn finish(mut self) {
        while self.hear().is_some() {}
        assert!(self.child.wait().unwrap().success());
    }
}

/// Of a worker: ready, and waiting until all are.
pub(crate) fn ready() {
    println!("{SAYS}ready");
    std::io::stdin().lines().next().unwrap().unwrap();
}
