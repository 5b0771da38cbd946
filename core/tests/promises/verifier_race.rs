//! Verifiers under concurrency: the service may say yes as often as it likes, one check is approved.

use crate::support::{NL, Remote, builder, clock, kind, open_policy};
use async_trait::async_trait;
use otpkit::testing::TestClock;
use otpkit::{
    Cancel, Check, CheckResult, Client, CreateResult, ErrorKind, Message, Reason, Start, Started, Verifier,
    VerifierCheck,
};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore};

fn client(verifier: impl Verifier) -> (Client, TestClock) {
    let clock = clock();
    let settings = json!({ "policy": open_policy(), "per_ip": [], "deadline_ms": 5_000 });
    let client = builder(settings).verifier("remote", verifier).clock(clock.clone());
    (client.build().unwrap(), clock)
}

fn check(client: &Client, started: &Started, code: &str) -> tokio::task::JoinHandle<otpkit::Result<otpkit::Checked>> {
    let (client, call) = (client.clone(), Check::new(started.id.as_str(), code));
    tokio::spawn(async move { client.check(call).await })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_1000_concurrent_right_checks_one_is_approved_though_the_service_says_yes_each_time() {
    const TRIALS: usize = 10;
    let began = std::time::Instant::now();
    for _ in 0..TRIALS {
        let remote = Remote::new(|_| (Duration::from_millis(20), CheckResult::Approved));
        let (client, _) = client(remote.clone());
        let started = client.start(Start::to(NL)).await.unwrap();
        let checks: Vec<_> = (0..1_000).map(|_| check(&client, &started, "123456")).collect();
        let mut answers = Vec::new();
        for check in checks {
            answers.push(check.await.unwrap().unwrap());
        }
        let approved: Vec<_> = answers.iter().filter(|answer| answer.approved).collect();
        assert_eq!(approved.len(), 1);
        assert_eq!(approved[0].to.as_deref(), Some(NL));
        assert_eq!(remote.calls()[1], 5, "the attempts stand in front of the service");
        let with_reason = |reason| answers.iter().filter(|answer| answer.reason == Some(reason)).count();
        assert_eq!(with_reason(Reason::Used) + with_reason(Reason::Locked), 999);
        assert!(with_reason(Reason::Used) >= 4);
    }
    println!(
        "verifier: {TRIALS} times 1,000 concurrent right checks, one approval each: {:.2} s",
        began.elapsed().as_secs_f64()
    );
}

/// A service whose first answer comes when the test lets it; all others come at once.
#[derive(Clone)]
struct Held(Arc<(Semaphore, Notify, AtomicUsize)>);

impl Held {
    fn new() -> Held {
        Held(Arc::new((Semaphore::new(0), Notify::new(), AtomicUsize::new(0))))
    }

    async fn until_asked(&self) {
        self.0.1.notified().await;
    }

    fn answer(&self) {
        self.0.0.add_permits(1);
    }
}

#[async_trait]
impl Verifier for Held {
    async fn create(&self, _: Message) -> CreateResult {
        CreateResult::Created {
            reference: "held".into(),
        }
    }

    async fn check(&self, check: VerifierCheck) -> CheckResult {
        if self.0.2.fetch_add(1, Ordering::SeqCst) == 0 {
            self.0.1.notify_one();
            let _permit = self.0.0.acquire().await.unwrap();
        }
        match check.code.expose() {
            "123456" => CheckResult::Approved,
            _ => CheckResult::Wrong,
        }
    }
}

#[tokio::test]
async fn a_yes_that_comes_after_expiry_wins() {
    let held = Held::new();
    let (client, clock) = client(held.clone());
    let started = client.start(Start::to(NL)).await.unwrap();
    let first = check(&client, &started, "123456");
    held.until_asked().await;
    clock.advance(Duration::from_secs(305));
    let meanwhile = client.check(Check::new(started.id.as_str(), "123456")).await.unwrap();
    assert_eq!(meanwhile.reason, Some(Reason::Expired));
    held.answer();
    assert!(first.await.unwrap().unwrap().approved);
    let again = client.check(Check::new(started.id.as_str(), "123456")).await.unwrap();
    assert_eq!(again.reason, Some(Reason::Used));
}

#[tokio::test]
async fn a_yes_that_comes_after_the_other_attempts_are_used_up_wins_and_clears_the_failures() {
    let held = Held::new();
    let (client, _) = client(held.clone());
    // 15 failures before this verification and 5 with it: the approval clears them all.
    for _ in 0..3 {
        let started = client.start(Start::to(NL)).await.unwrap();
        for _ in 0..5 {
            let call = Check::new(started.id.as_str(), "999999").context("another");
            assert!(!client.check(call).await.unwrap().approved);
        }
    }
    let started = client.start(Start::to(NL)).await.unwrap();
    let first = check(&client, &started, "123456");
    held.until_asked().await;
    for _ in 0..5 {
        assert!(
            !client
                .check(Check::new(started.id.as_str(), "999999"))
                .await
                .unwrap()
                .approved
        );
    }
    let slowed = client.start(Start::to(NL)).await;
    assert_eq!(kind(&slowed), Some(ErrorKind::RateLimited));
    held.answer();
    assert!(first.await.unwrap().unwrap().approved);
    assert!(client.start(Start::to(NL)).await.is_ok());
}

#[tokio::test]
async fn of_two_yeses_the_later_one_is_used() {
    let held = Held::new();
    let (client, _) = client(held.clone());
    let started = client.start(Start::to(NL)).await.unwrap();
    let first = check(&client, &started, "123456");
    held.until_asked().await;
    assert!(
        client
            .check(Check::new(started.id.as_str(), "123456"))
            .await
            .unwrap()
            .approved
    );
    held.answer();
    let late = first.await.unwrap().unwrap();
    assert_eq!((late.approved, late.reason), (false, Some(Reason::Used)));
    assert_eq!(late.to, None);
}

#[tokio::test]
async fn a_yes_that_comes_after_a_cancel_is_none() {
    let held = Held::new();
    let (client, _) = client(held.clone());
    let started = client.start(Start::to(NL)).await.unwrap();
    let first = check(&client, &started, "123456");
    held.until_asked().await;
    assert!(client.cancel(Cancel::new(started.id.as_str())).await.unwrap().canceled);
    held.answer();
    let late = first.await.unwrap().unwrap();
    assert_eq!((late.approved, late.reason), (false, Some(Reason::Canceled)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_right_code_among_three_wrong_ones_is_never_lost() {
    struct Service;

    #[async_trait]
    impl Verifier for Service {
        async fn create(&self, _: Message) -> CreateResult {
            CreateResult::Created { reference: "x".into() }
        }

        async fn check(&self, check: VerifierCheck) -> CheckResult {
            tokio::task::yield_now().await;
            match check.code.expose() {
                "123456" => CheckResult::Approved,
                _ => CheckResult::Wrong,
            }
        }
    }

    let (client, _) = client(Service);
    let mut won = 0;
    for trial in 0..1_000 {
        let to = crate::support::mailbox(trial);
        let started = client.start(Start::to(to)).await.unwrap();
        let mut codes = ["111111", "222222", "333333", "444444"];
        codes[trial % 4] = "123456";
        let checks = codes.map(|code| check(&client, &started, code));
        for check in checks {
            won += usize::from(check.await.unwrap().unwrap().approved);
        }
    }
    println!("verifier: right code approved in {won} of 1000 trials with 3 wrong ones");
    assert_eq!(won, 1_000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn checks_that_are_dropped_have_spent_their_attempts() {
    let remote = Remote::new(|_| (Duration::from_secs(60), CheckResult::Approved));
    let (client, _) = client(remote.clone());
    let started = client.start(Start::to(NL)).await.unwrap();
    for _ in 0..5 {
        let call = client.check(Check::new(started.id.as_str(), "123456"));
        assert!(tokio::time::timeout(Duration::from_millis(20), call).await.is_err());
    }
    let sixth = client.check(Check::new(started.id.as_str(), "123456")).await.unwrap();
    assert_eq!(sixth.reason, Some(Reason::Locked));
    assert_eq!(remote.calls()[1], 5);
}
