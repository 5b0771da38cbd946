//! G14: what is no id, number, purpose, ... is `invalid_input` that names the field. Nothing is spent or sent.

use crate::hostile_code::refuses;
use crate::support::{Desk, NL, kind, now, timed};
use otpkit::{Cancel, Check, Deliver, Error, ErrorKind, Resend, Start, Status, Unlock};
use std::time::{Duration, Instant};

#[test]
fn g14_what_is_no_id_is_refused_by_every_verb_that_takes_one() {
    let desk = Desk::open();
    let good = desk.start(NL);
    let good = good.id.as_str();
    let mut hostile: Vec<String> = [
        "",
        " ",
        "null",
        "undefined",
        "true",
        "0",
        "[object Object]",
        "{}",
        "\0",
        "../../../etc/passwd",
        "' OR 1=1--",
    ]
    .map(String::from)
    .into();
    hostile.extend([
        good[..37].to_owned(),
        format!("{good}A"),
        format!(" {good}"),
        format!("{good}\n"),
        format!("{good}="),
        format!("{}\0", &good[..37]),
        format!("{}+", &good[..37]),
        format!("{}/", &good[..37]),
        format!("é{}", &good[..36]),
        format!("B{}", &good[1..]),
        format!("{}_", &good[..37]),
        "A".repeat(38),
        "_".repeat(38),
        "🔢".repeat(10),
    ]);
    for id in &hostile {
        refuses(now(desk.otp.check(Check::new(id.clone(), "123456"))), "id", id);
        refuses(now(desk.otp.resend(Resend::new(id.clone()))), "id", id);
        refuses(now(desk.otp.cancel(Cancel::new(id.clone()))), "id", id);
        refuses(now(desk.otp.status(Status::new(id.clone()))), "id", id);
    }
}

#[test]
fn g14_what_is_no_recipient_is_refused_and_nothing_is_sent() {
    let desk = Desk::open();
    let hostile = [
        "",
        " ",
        "+",
        "++31612345678",
        "31612345678",
        "0612345678",
        "+31",
        "+3161234567",
        "+316123456789",
        "+31612345678x",
        "+31612345678\0",
        "\0+31612345678",
        "+31612345678\n",
        "+31612345678;ext=9",
        "+31612345678,,5",
        "+31 6 1234 5678 ext. 9",
        "+３１６１２３４５６７８",
        "+٣١٦١٢٣٤٥٦٧٨",
        "\u{202e}+31612345678",
        "+1-800-FLOWERS",
        "tel:+31612345678",
        "null",
        "true",
        "+0612345678",
        "+99912345678",
        "a@",
        "@b.c",
        "a@b",
        "a@b@c.d",
        "a@b.c\r\nBcc: x@y.z",
        "a@b.c\0",
        "ä@b.c",
        "a b@c.d",
        "a@b.c,d@e.f",
        "\"a\"@b.c",
        "a@[127.0.0.1]",
        "+31612345678@",
        "<a@b.c>",
    ];
    let id = desk.start(NL).id;
    let sent = desk.tray.sent();
    for to in hostile {
        refuses(now(desk.otp.start(Start::to(to))), "to", to);
        refuses(now(desk.otp.deliver(Deliver::new(to, "123456"))), "to", to);
        refuses(now(desk.otp.unlock(Unlock::to(to))), "to", to);
        refuses(now(desk.otp.check(Check::new(id.as_str(), "123456").to(to))), "to", to);
        refuses(now(desk.otp.resend(Resend::new(id.as_str()).to(to))), "to", to);
        refuses(now(desk.otp.cancel(Cancel::new(id.as_str()).to(to))), "to", to);
        refuses(now(desk.otp.status(Status::new(id.as_str()).to(to))), "to", to);
    }
    assert_eq!(desk.tray.sent(), sent);
    assert!(
        now(desk.otp.check(Check::new(id.as_str(), desk.tray.code(NL))))
            .unwrap()
            .approved
    );
}

#[test]
fn g14_every_other_field_is_held_to_its_shape() {
    let desk = Desk::open();
    let start = || Start::to(NL);
    let id = desk.start(NL).id;
    let sent = desk.tray.sent();
    let long = |length: usize| "a".repeat(length);
    for purpose in [
        "",
        " ",
        "log in",
        "login\0",
        "lögin",
        "login\n",
        "a/b",
        "🔑",
        "ｌｏｇｉｎ",
        &long(65),
    ] {
        refuses(now(desk.otp.start(start().purpose(purpose))), "purpose", purpose);
        refuses(
            now(desk.otp.check(Check::new(id.as_str(), "123456").purpose(purpose))),
            "purpose",
            purpose,
        );
        refuses(
            now(desk.otp.resend(Resend::new(id.as_str()).purpose(purpose))),
            "purpose",
            purpose,
        );
        refuses(
            now(desk.otp.unlock(Unlock::to(NL).purpose(purpose))),
            "purpose",
            purpose,
        );
    }
    for channel in ["", "SMS", "sms ", "s m s", "sms\0", "ｓｍｓ", &long(33), "email"] {
        refuses(now(desk.otp.start(start().channel(channel))), "channel", channel);
    }
    refuses(
        now(desk.otp.start(Start::to("user@example.com").channel("sms"))),
        "channel",
        "sms",
    );
    for ip in [
        "",
        "1.2.3",
        "1.2.3.4.5",
        "256.1.1.1",
        "1.2.3.4:80",
        "[::1]",
        "::1%eth0",
        "01.2.3.4",
        "1.2.3.4 ",
        "0x7f.1",
        "localhost",
        "1.2.3.4/24",
        "١.٢.٣.٤",
    ] {
        refuses(now(desk.otp.start(start().ip(ip))), "ip", ip);
        refuses(now(desk.otp.deliver(Deliver::new(NL, "123456").ip(ip))), "ip", ip);
    }
    for locale in ["", "e", "en us", "en\0", "日本", "../en", &long(36)] {
        refuses(now(desk.otp.start(start().locale(locale))), "locale", locale);
    }
    refuses(now(desk.otp.start(start().context(vec![0; 4097]))), "context", "");
    refuses(
        now(desk.otp.check(Check::new(id.as_str(), "123456").context(vec![0; 4097]))),
        "context",
        "",
    );
    refuses(now(desk.otp.start(start().value("a", long(257)))), "values", "");
    refuses(now(desk.otp.start(start().value(long(65), "a"))), "values", "");
    let many = (0..17).fold(start(), |start, number| start.value(format!("v{number}"), "a"));
    refuses(now(desk.otp.start(many)), "values", "");
    for code in [
        "",
        "123",
        "12345678901",
        "12 34",
        "1234\0",
        "１２３４",
        "abcd é",
        " 123456",
        "123456\n",
    ] {
        refuses(now(desk.otp.deliver(Deliver::new(NL, code))), "code", code);
    }
    assert_eq!(desk.tray.sent(), sent);
    // The longest that fits passes.
    let widest = start()
        .purpose(long(64))
        .context(vec![7; 4096])
        .locale(long(35))
        .value(long(64), long(256));
    now(desk.otp.start(widest)).unwrap();
}

#[test]
fn g14_ten_megabytes_in_any_field_are_refused_at_once() {
    let desk = Desk::open();
    let id = desk.start(NL).id;
    let id = id.as_str();
    for unit in ["0", "+", " ", "a", "\0", "é", "1 ", "@"] {
        let big = unit.repeat(10_000_000 / unit.len());
        let mut slowest = (Duration::ZERO, "");
        let mut refused = |field: &'static str, call: &mut dyn FnMut() -> Option<Error>| {
            let began = Instant::now();
            let error = call().expect(field);
            slowest = slowest.max((began.elapsed(), field));
            assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidInput, Some(field)));
            assert!(error.to_string().len() < 300);
        };
        refused("code", &mut || now(desk.otp.check(Check::new(id, big.as_str()))).err());
        refused("id", &mut || {
            now(desk.otp.check(Check::new(big.as_str(), "123456"))).err()
        });
        refused("to", &mut || now(desk.otp.start(Start::to(big.as_str()))).err());
        refused("to", &mut || {
            now(desk.otp.check(Check::new(id, "123456").to(big.as_str()))).err()
        });
        refused("purpose", &mut || {
            now(desk.otp.start(Start::to(NL).purpose(big.as_str()))).err()
        });
        refused("channel", &mut || {
            now(desk.otp.start(Start::to(NL).channel(big.as_str()))).err()
        });
        refused("ip", &mut || now(desk.otp.start(Start::to(NL).ip(&big))).err());
        refused("locale", &mut || {
            now(desk.otp.start(Start::to(NL).locale(big.as_str()))).err()
        });
        refused("context", &mut || {
            now(desk.otp.start(Start::to(NL).context(big.as_str()))).err()
        });
        refused("values", &mut || {
            now(desk.otp.start(Start::to(NL).value("a", big.as_str()))).err()
        });
        refused("values", &mut || {
            now(desk.otp.start(Start::to(NL).value(big.as_str(), "a"))).err()
        });
        refused("code", &mut || {
            now(desk.otp.deliver(Deliver::new(NL, big.as_str()))).err()
        });
        println!("G14: 10 MB of {unit:?}: slowest {:?}, in `{}`", slowest.0, slowest.1);
        assert!(slowest.0 < Duration::from_secs(1), "{slowest:?}");
    }
    assert_eq!(desk.tray.sent(), 1);
    assert!(
        now(desk.otp.check(Check::new(id, desk.tray.code(NL))))
            .unwrap()
            .approved
    );
}

#[test]
fn g14_random_strings_are_no_code_no_id_and_no_recipient() {
    use proptest::prelude::*;
    let desk = Desk::open();
    let started = desk.start(NL);
    let right = desk.tray.code(NL);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 20_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    timed("G14: 20,000 random strings as code, id and recipient", || {
        runner.run(
            &prop_oneof!["\\PC{0,12}", "(?s).{0,80}", "[+0-9 ()./-]{0,24}", "[ \\t0-9０-９]{0,8}"],
            |text| {
                let shaped = text.trim_matches([' ', '\t', '\r', '\n']);
                let is_code = (4..=10).contains(&shaped.len()) && shaped.bytes().all(|byte| byte.is_ascii_digit());
                if !is_code {
                    let answer = now(desk.otp.check(Check::new(started.id.as_str(), text.clone())));
                    let error = answer.unwrap_err();
                    prop_assert_eq!(error.field(), Some("code"));
                }
                prop_assert_eq!(
                    kind(&now(desk.otp.status(Status::new(text.clone())))),
                    Some(ErrorKind::InvalidInput)
                );
                if let Err(error) = now(desk.otp.start(Start::to(text.clone()))) {
                    prop_assert_eq!(error.field(), Some("to"));
                } else {
                    prop_assert!(text.trim().starts_with('+') || text.contains('@'));
                }
                Ok(())
            },
        )
    })
    .unwrap();
    assert_eq!(desk.left(&started), 5);
    assert!(desk.check(&started, &right).approved);
}
