//! Secrets rotate without a failed check and without a reset budget; stores and tenants that differ never meet.

use crate::support::{NL, SECRET_A, SECRET_B, Tray, builder, kind, now, open_policy, wrong};
use otpkit::{Cancel, Check, Client, ErrorKind, MemoryStore, Reason, Resend, Start, Started, Status, Unlock};
use serde_json::json;

/// A client of this store; all of them send to the same tray.
fn client(store: &MemoryStore, tray: &Tray, tenant: &str, secrets: &[&str]) -> Client {
    let settings = json!({ "policy": open_policy(), "per_ip": [], "secrets": secrets, "tenant": tenant });
    builder(settings)
        .store(store.clone())
        .provider("tray", tray.clone())
        .build()
        .unwrap()
}

fn fixture() -> (MemoryStore, Tray) {
    (MemoryStore::default(), Tray::default())
}

fn check(client: &Client, started: &Started, code: &str) -> otpkit::Result<otpkit::Checked> {
    now(client.check(Check::new(started.id.as_str(), code)))
}

#[test]
fn a_verification_of_the_older_secret_is_still_checked() {
    let (store, tray) = fixture();
    let before = client(&store, &tray, "", &[SECRET_A]);
    let started: Vec<_> = (0..100)
        .map(|number| {
            let to = format!("user{number}@example.com");
            (now(before.start(Start::to(to.clone()))).unwrap(), tray.code(&to))
        })
        .collect();
    let after = client(&store, &tray, "", &[SECRET_B, SECRET_A]);
    let approved = started
        .iter()
        .filter(|(started, code)| check(&after, started, code).unwrap().approved)
        .count();
    println!("rotation: {approved} of 100 verifications of the older secret approved");
    assert_eq!(approved, 100);
    // New ones are made under the new secret, and a client that has only that one checks them.
    let new = now(after.start(Start::to(NL))).unwrap();
    let only = client(&store, &tray, "", &[SECRET_B]);
    assert!(check(&only, &new, &tray.code(NL)).unwrap().approved);
}

#[test]
fn resend_status_and_cancel_work_across_the_rotation() {
    let (store, tray) = fixture();
    let before = client(&store, &tray, "", &[SECRET_A]);
    let after = client(&store, &tray, "", &[SECRET_B, SECRET_A]);
    let started = now(before.start(Start::to(NL))).unwrap();
    let id = started.id.as_str();
    let code = tray.code(NL);
    assert_eq!(now(after.resend(Resend::new(id))).unwrap().id, started.id);
    assert_eq!(tray.code(NL), code);
    assert_eq!(
        now(after.status(Status::new(id))).unwrap().to_masked.as_deref(),
        Some("+31*******78")
    );
    assert!(now(after.cancel(Cancel::new(id))).unwrap().canceled);
    assert_eq!(check(&before, &started, &code).unwrap().reason, Some(Reason::Canceled));
}

#[test]
fn an_unknown_key_id_cannot_tell_and_spends_nothing() {
    let (store, tray) = fixture();
    let ours = client(&store, &tray, "", &[SECRET_A]);
    let started = now(ours.start(Start::to(NL))).unwrap();
    let (id, code) = (started.id.as_str(), tray.code(NL));
    // Same store, the older secret retired: its ids are not lost answers, they are no answers.
    let retired = client(&store, &tray, "", &[SECRET_B, SECRET_A]);
    now(retired.start(Start::to("user@example.com"))).unwrap();
    let only = client(&store, &tray, "", &[SECRET_B]);
    let cannot_tell = Some(ErrorKind::CannotTell);
    for number in 0..10 {
        assert_eq!(kind(&check(&only, &started, &wrong(&code, number))), cannot_tell);
    }
    assert_eq!(kind(&now(only.resend(Resend::new(id)))), cannot_tell);
    assert_eq!(kind(&now(only.cancel(Cancel::new(id)))), cannot_tell);
    assert_eq!(kind(&now(only.status(Status::new(id)))), cannot_tell);
    assert_eq!(now(ours.status(Status::new(id))).unwrap().attempts_left, Some(5));
    assert!(check(&ours, &started, &code).unwrap().approved);
}

#[test]
fn the_budget_survives_a_rotation() {
    let (store, tray) = fixture();
    let fail = |client: &Client| {
        let started = now(client.start(Start::to(NL))).unwrap();
        for number in 0..5 {
            assert!(
                !check(client, &started, &wrong(&tray.code(NL), number))
                    .unwrap()
                    .approved
            );
        }
    };
    let before = client(&store, &tray, "", &[SECRET_A]);
    fail(&before);
    fail(&before);
    let after = client(&store, &tray, "", &[SECRET_B, SECRET_A]);
    fail(&after);
    fail(&client(&store, &tray, "", &[SECRET_B]));
    for client in [&before, &after] {
        let slowed = now(client.start(Start::to(NL))).unwrap_err();
        assert_eq!(slowed.kind(), ErrorKind::RateLimited);
        assert!(
            slowed.retry_after().unwrap().as_secs() > 20,
            "20 failures were counted over three clients"
        );
    }
    assert!(now(after.unlock(Unlock::to(NL))).unwrap().unlocked);
    fail(&before);
}

#[test]
fn a_store_that_no_secret_opens_is_refused_with_the_remedy() {
    let (store, tray) = fixture();
    let ours = client(&store, &tray, "", &[SECRET_A]);
    let started = now(ours.start(Start::to(NL))).unwrap();
    let (sent, entries) = (tray.sent(), store.entries());
    let stranger = client(&store, &tray, "", &[SECRET_B]);
    for error in [
        now(stranger.start(Start::to(NL))).unwrap_err(),
        now(stranger.unlock(Unlock::to(NL))).unwrap_err(),
        now(stranger.deliver(otpkit::Deliver::new(NL, "123456"))).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::StoreUnavailable);
        assert!(error.message().contains("add the older secret"), "{error}");
    }
    assert_eq!((tray.sent(), store.entries()), (sent, entries));
    assert!(check(&ours, &started, &tray.code(NL)).unwrap().approved);
}

#[test]
fn tenants_that_share_a_store_never_meet() {
    let (store, tray) = fixture();
    let (red, blue) = (
        client(&store, &tray, "red", &[SECRET_A]),
        client(&store, &tray, "blue", &[SECRET_A]),
    );
    let started = now(red.start(Start::to(NL))).unwrap();
    let (id, code) = (started.id.as_str(), tray.code(NL));
    for number in 0..20 {
        for guess in [code.clone(), wrong(&code, number)] {
            let foreign = check(&blue, &started, &guess).unwrap();
            assert_eq!((foreign.approved, foreign.reason), (false, Some(Reason::Unknown)));
        }
    }
    let named = Check::new(id, code.clone()).to(NL);
    assert_eq!(now(blue.check(named)).unwrap().reason, Some(Reason::Unknown));
    assert_eq!(
        kind(&now(blue.resend(Resend::new(id)))),
        Some(ErrorKind::VerificationEnded)
    );
    assert!(!now(blue.cancel(Cancel::new(id))).unwrap().canceled);
    assert_eq!(now(blue.status(Status::new(id))).unwrap().reason, Some(Reason::Unknown));
    assert_eq!(now(red.status(Status::new(id))).unwrap().attempts_left, Some(5));
    assert!(check(&red, &started, &code).unwrap().approved);
}

#[test]
fn windows_and_budgets_of_tenants_are_their_own() {
    let (store, tray) = fixture();
    let tenant = |name: &str| {
        let settings = json!({
            "secrets": [SECRET_A], "tenant": name,
            "policy": { "resend_after_seconds": [0], "per_recipient": [{ "max": 6, "per_seconds": 3600 }] },
            "per_ip": [{ "max": 7, "per_seconds": 3600 }], "global": [{ "max": 8, "per_seconds": 3600 }],
        });
        builder(settings)
            .store(store.clone())
            .provider("tray", tray.clone())
            .build()
            .unwrap()
    };
    for client in [tenant("red"), tenant("blue"), tenant("")] {
        let through = |call: Start| now(client.start(call)).is_ok();
        assert_eq!((0..20).filter(|_| through(Start::to(NL).ip("192.0.2.1"))).count(), 6);
        assert_eq!(
            (0..20)
                .filter(|n| through(Start::to(format!("u{n}@example.com")).ip("192.0.2.1")))
                .count(),
            1
        );
        assert_eq!(
            (0..20)
                .filter(|n| through(Start::to(format!("v{n}@example.com"))))
                .count(),
            1
        );
    }
    assert_eq!(tray.sent(), 24);
}

#[test]
fn without_secrets_each_client_draws_its_own() {
    let make = || {
        builder(json!({ "policy": open_policy() }))
            .provider("tray", Tray::default())
            .build()
            .unwrap()
    };
    // Key ids are one byte, so two of a few clients may share one; then the id is unknown rather than unreadable.
    let first = make();
    let started = now(first.start(Start::to(NL))).unwrap();
    for _ in 0..20 {
        let answer = now(make().check(Check::new(started.id.as_str(), "123456")));
        match answer {
            Ok(checked) => assert_eq!(checked.reason, Some(Reason::Unknown)),
            Err(error) => assert_eq!(error.kind(), ErrorKind::CannotTell),
        }
    }
}
