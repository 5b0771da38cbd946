//! G20: send caps are exact under concurrency, and what is refused counts nowhere.

use crate::support::{Desk, NL, kind, mailbox, now, open_policy, storm};
use otpkit::{Deliver, ErrorKind, Start};
use serde_json::{Value, json};
use std::time::Duration;

const STARTS: usize = 1_000;

/// Makes 1,000 starts at once; returns how many were let through. Each reached the provider, and no other did.
fn let_through(desk: &Desk, start: impl Fn(usize) -> Start + Sync) -> usize {
    let before = desk.tray.sent();
    let answers = storm(16, STARTS, |number| now(desk.otp.start(start(number))));
    for error in answers.iter().filter_map(|answer| answer.as_ref().err()) {
        assert_eq!(error.kind(), ErrorKind::RateLimited);
        assert!(error.retry_after().unwrap() > Duration::ZERO, "{error}");
    }
    let through = answers.iter().filter(|answer| answer.is_ok()).count();
    assert_eq!(desk.tray.sent() - before, through);
    through
}

fn desk(changes: Value) -> Desk {
    let mut settings = json!({ "policy": open_policy(), "per_ip": [] });
    for (name, value) in changes.as_object().unwrap() {
        settings[name] = value.clone();
    }
    Desk::new(settings)
}

fn recipients(max: u32, seconds: u32) -> Value {
    json!({ "resend_after_seconds": [0], "per_recipient": [{ "max": max, "per_seconds": seconds }] })
}

#[test]
fn g20_one_of_1000_parallel_starts_passes_the_cooldown() {
    let desk = Desk::new(json!({ "per_ip": [] }));
    assert_eq!(let_through(&desk, |_| Start::to(NL)), 1);
    desk.advance(29);
    assert_eq!(let_through(&desk, |_| Start::to(NL)), 0);
    desk.advance(1);
    assert_eq!(let_through(&desk, |_| Start::to(NL)), 1);
}

#[test]
fn g20_the_window_of_a_recipient_lets_exactly_its_cap_through() {
    for cap in [1, 5, 19] {
        let desk = desk(json!({ "policy": recipients(cap, 3600) }));
        assert_eq!(let_through(&desk, |_| Start::to(NL)), cap as usize);
        desk.advance(3599);
        assert_eq!(let_through(&desk, |_| Start::to(NL)), 0);
        desk.advance(1);
        assert_eq!(let_through(&desk, |_| Start::to(NL)), cap as usize);
    }
}

#[test]
fn g20_by_default_a_recipient_gets_5_an_hour_and_10_a_day() {
    let desk = Desk::new(json!({}));
    let mut sent = Vec::new();
    for minute in 0..24 * 60 {
        if now(desk.otp.start(Start::to(NL))).is_ok() {
            sent.push(minute);
        }
        desk.advance(60);
    }
    assert_eq!(sent, [0, 1, 2, 3, 4, 60, 61, 62, 63, 64]);
    assert!(now(desk.otp.start(Start::to(NL))).is_ok());
}

#[test]
fn g20_the_window_of_a_recipient_holds_over_purposes_resends_and_delivery() {
    let desk = desk(json!({ "policy": recipients(10, 3600) }));
    let starts = (0..3).map(|number| now(desk.otp.start(Start::to(NL).purpose(format!("p{number}")))).unwrap());
    let started: Vec<_> = starts.collect();
    for (number, started) in started.iter().enumerate() {
        let resend = otpkit::Resend::new(started.id.as_str()).purpose(format!("p{number}"));
        now(desk.otp.resend(resend.clone())).unwrap();
        now(desk.otp.resend(resend)).unwrap();
    }
    now(desk.otp.deliver(Deliver::new(NL, "123456"))).unwrap();
    assert_eq!(desk.tray.sent(), 10);
    let refused = now(desk.otp.start(Start::to(NL).purpose("p9")));
    assert_eq!(kind(&refused), Some(ErrorKind::RateLimited));
    assert_eq!(
        kind(&now(desk.otp.deliver(Deliver::new(NL, "123456")))),
        Some(ErrorKind::RateLimited)
    );
    let resend = otpkit::Resend::new(started[0].id.as_str()).purpose("p0");
    assert_eq!(kind(&now(desk.otp.resend(resend))), Some(ErrorKind::RateLimited));
    assert_eq!(desk.tray.sent(), 10);
}

#[test]
fn g20_the_window_of_an_address_counts_all_its_spellings_as_one() {
    let spellings: [fn(usize) -> String; 4] = [
        |_| "192.0.2.7".into(),
        |number| ["192.0.2.7", "::ffff:192.0.2.7", "::FFFF:c000:207"][number % 3].into(),
        |number| format!("2001:db8:1:2::{number:x}"),
        |number| format!("2001:DB8:1:2:{:x}:0:{number:x}:1", number * 7),
    ];
    for spelling in spellings {
        let desk = Desk::new(json!({ "policy": open_policy() }));
        let through = let_through(&desk, |number| Start::to(mailbox(number)).ip(spelling(number)));
        assert_eq!(through, 10, "{}", spelling(1));
        // Its neighbours are somebody else, and so are those who name no address.
        for other in ["192.0.2.8", "2001:db8:1:3::1", "::192.0.2.7"] {
            now(desk.otp.start(Start::to(mailbox(1)).ip(other))).unwrap();
        }
        assert!(now(desk.otp.start(Start::to(mailbox(1)))).is_ok());
        desk.advance(600);
        assert_eq!(
            let_through(&desk, |number| Start::to(mailbox(number)).ip(spelling(number))),
            10
        );
    }
}

#[test]
fn g20_the_window_of_all_sends_lets_exactly_its_cap_through() {
    // 64 and fewer are counted one by one, more in buckets.
    for cap in [1, 50, 64, 65, 500] {
        let desk = desk(json!({ "global": [{ "max": cap, "per_seconds": 60 }] }));
        assert_eq!(let_through(&desk, |number| Start::to(mailbox(number))), cap as usize);
        assert_eq!(let_through(&desk, |number| Start::to(mailbox(number))), 0);
        desk.advance(62);
        assert_eq!(let_through(&desk, |number| Start::to(mailbox(number))), cap as usize);
    }
}

#[test]
fn g20_what_one_window_refuses_counts_in_no_other() {
    let desk = desk(json!({
        "policy": recipients(3, 3600),
        "per_ip": [{ "max": 20, "per_seconds": 3600 }],
        "global": [{ "max": 100, "per_seconds": 3600 }],
    }));
    let ip = "192.0.2.1";
    // 3 are sent, 997 are refused by the recipient's window: the address and all have 17 and 97 left.
    assert_eq!(let_through(&desk, |_| Start::to(NL).ip(ip)), 3);
    assert_eq!(let_through(&desk, |number| Start::to(mailbox(number)).ip(ip)), 17);
    // 980 were refused by the address: neither those recipients nor all have been charged.
    assert_eq!(let_through(&desk, |number| Start::to(mailbox(number + 2_000))), 80);
    // Now all is full; it charged no address and no recipient.
    let free = desk_with_room_elsewhere();
    assert_eq!(
        let_through(&free, |number| Start::to(mailbox(number)).ip("192.0.2.9")),
        5
    );
    free.advance(61);
    assert_eq!(
        let_through(&free, |number| Start::to(mailbox(number)).ip("192.0.2.9")),
        5
    );
}

/// All sends are the narrow window; an address would be full if what was refused were counted.
fn desk_with_room_elsewhere() -> Desk {
    desk(json!({
        "policy": recipients(2, 3600),
        "per_ip": [{ "max": 10, "per_seconds": 3600 }],
        "global": [{ "max": 5, "per_seconds": 60 }],
    }))
}

#[test]
fn g20_a_locked_or_cooling_subject_charges_no_window() {
    let desk = Desk::new(json!({ "per_ip": [{ "max": 3, "per_seconds": 3600 }] }));
    assert_eq!(let_through(&desk, |_| Start::to(NL).ip("192.0.2.1")), 1);
    for number in 0..2 {
        assert!(now(desk.otp.start(Start::to(mailbox(number)).ip("192.0.2.1"))).is_ok());
    }
    assert!(now(desk.otp.start(Start::to(mailbox(3)).ip("192.0.2.1"))).is_err());
}

#[test]
fn two_windows_of_one_kind_hold_both() {
    let policy = json!({
        "resend_after_seconds": [0],
        "per_recipient": [{ "max": 2, "per_seconds": 10 }, { "max": 3, "per_seconds": 100 }],
    });
    let desk = desk(json!({ "policy": policy }));
    assert_eq!(let_through(&desk, |_| Start::to(NL)), 2);
    desk.advance(10);
    assert_eq!(let_through(&desk, |_| Start::to(NL)), 1);
    desk.advance(10);
    let refused = now(desk.otp.start(Start::to(NL))).unwrap_err();
    assert_eq!(refused.retry_after(), Some(Duration::from_secs(80)));
}

#[test]
fn the_sentence_of_a_refusal_names_the_window_that_refused() {
    let words = |desk: &Desk, start: Start| now(desk.otp.start(start)).unwrap_err().message().to_owned();
    let ip = desk(json!({ "per_ip": [{ "max": 1, "per_seconds": 60 }] }));
    ip.start(NL);
    now(ip.otp.start(Start::to(mailbox(1)).ip("192.0.2.1"))).unwrap();
    assert!(words(&ip, Start::to(mailbox(2)).ip("192.0.2.1")).contains("IP address"));
    let all = desk(json!({ "global": [{ "max": 1, "per_seconds": 60 }] }));
    all.start(NL);
    assert!(words(&all, Start::to(mailbox(1))).contains("in all"));
    // No window per address is set, so it is not the address that was refused.
    assert!(words(&all, Start::to(mailbox(1)).ip("192.0.2.1")).contains("in all"));
    let recipient = desk(json!({ "policy": recipients(1, 60) }));
    recipient.start(NL);
    assert!(words(&recipient, Start::to(NL).ip("192.0.2.1")).contains("recipient"));
}
