//! Runtimes that end, calls that are dropped: nobody else is hurt.

use crate::support::{NL, check, client, file, runtime};
use otpkit::{ErrorKind, Start};
use std::time::Duration;

#[test]
fn a_client_outlives_the_runtimes_that_it_is_used_in() {
    let path = file("runtimes.db");
    let (otp, tray) = client(&path);
    let mut answered = 0;
    for number in 0..50u64 {
        let runtime = runtime();
        let to = format!("user{number}@example.com");
        let id = runtime.block_on(otp.start(Start::to(to.as_str()))).unwrap().id;
        for other in 0..20 {
            let (otp, id) = (otp.clone(), id.as_str().to_owned());
            runtime.spawn(async move { check(&otp, &id, &format!("{other:06}")).await });
        }
        // Ends it in the middle of its work.
        std::thread::sleep(Duration::from_micros(number * 37 % 500));
        runtime.shutdown_background();
        let code = tray.code(&to);
        let answer = self::runtime().block_on(check(&otp, id.as_str(), &code));
        // A check that shared its commit with the work of the runtime that ended is not known to have happened; it says so,
        // and the next one is answered: some guesses may have been counted meanwhile.
        match answer {
            Ok(_) => answered += 1,
            Err(why) => assert_eq!(why.kind(), ErrorKind::StoreUnavailable, "{why:?}"),
        }
        let again = self::runtime().block_on(check(&otp, id.as_str(), &code));
        assert!(again.is_ok(), "{again:?}");
    }
    println!("{answered} of 50 checks answered although a runtime ended beside them");
    assert!(answered > 25);
}

#[test]
fn calls_that_are_dropped_hurt_nobody() {
    let path = file("dropped.db");
    let (runtime, (otp, tray)) = (runtime(), client(&path));
    runtime.block_on(async {
        let (mut dropped, mut done) = (0, 0);
        for round in 0..200u64 {
            let calls: Vec<_> = (0..8)
                .map(|number| {
                    let otp = otp.clone();
                    let to = format!("user{round}.{number}@example.com");
                    tokio::spawn(async move { otp.start(Start::to(to)).await })
                })
                .collect();
            tokio::time::sleep(Duration::from_micros(round * 13 % 400)).await;
            for (number, call) in calls.into_iter().enumerate() {
                if number % 2 == 0 {
                    call.abort();
                    dropped += usize::from(call.await.is_err());
                } else {
                    call.await.unwrap().unwrap();
                    done += 1;
                }
            }
        }
        println!("{dropped} calls dropped, {done} beside them done");
        assert_eq!(done, 800);
        let id = otp.start(Start::to(NL)).await.unwrap().id;
        assert!(check(&otp, id.as_str(), &tray.code(NL)).await.unwrap().approved);
    });
}

#[test]
fn without_a_runtime_there_is_a_sentence() {
    use std::task::{Context, Poll, Waker};
    let (otp, _) = client(&file("no-runtime.db"));
    let call = std::pin::pin!(otp.start(Start::to(NL)));
    match call.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Err(error)) => assert!(error.message().contains("no tokio runtime"), "{error}"),
        _ => panic!("there is nothing to wait in"),
    }
}
