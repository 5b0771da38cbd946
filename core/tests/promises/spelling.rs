//! G15: limits hold over all spellings of one number or mailbox.

use crate::support::{Desk, NL, kind, mailbox, now, open_policy, storm, wrong};
use otpkit::{Check, ErrorKind, Start, Unlock};
use serde_json::json;
use std::collections::BTreeSet;

/// Spellings of +31612345678: separators in all places, national and international forms.
fn spellings() -> Vec<String> {
    let separators = ["", " ", "-", ".", "/"];
    let mut all = BTreeSet::new();
    for first in separators {
        for second in separators {
            for third in separators {
                for fourth in separators {
                    all.insert(format!("+31{first}6{second}12{third}34{fourth}5678"));
                    all.insert(format!("06{first}12{second}34{third}56{fourth}78"));
                }
                all.insert(format!("+31 (0)6{first}12{second}345{third}678"));
                all.insert(format!("0031{first}6{second}1234{third}5678"));
                all.insert(format!(" 06{first}1234{second}56{third}78 "));
            }
        }
    }
    all.into_iter().collect()
}

fn dutch(policy: serde_json::Value) -> Desk {
    Desk::new(json!({ "policy": policy, "per_ip": [], "default_country": "NL" }))
}

#[test]
fn g15_a_cap_of_three_holds_over_a_thousand_spellings_of_one_number() {
    let spellings = spellings();
    let mut policy = open_policy();
    policy["per_recipient"] = json!([{ "max": 3, "per_seconds": 3600 }]);
    let desk = dutch(policy);
    let answers = storm(8, spellings.len(), |number| {
        now(desk.otp.start(Start::to(spellings[number].clone())))
    });
    for (number, answer) in answers.iter().enumerate() {
        assert!(
            matches!(kind(answer), None | Some(ErrorKind::RateLimited)),
            "{number}: {answer:?}"
        );
    }
    let through = answers.iter().filter(|answer| answer.is_ok()).count();
    println!(
        "G15: {through} of {} spellings of one number let through by a cap of 3",
        spellings.len()
    );
    assert!(spellings.len() >= 500);
    assert_eq!((through, desk.tray.sent()), (3, 3));
    assert_eq!(desk.tray.newest(NL).message.to.as_str(), NL);
}

#[test]
fn g15_the_budget_counts_over_spellings() {
    let desk = dutch(open_policy());
    let spellings = spellings();
    for spelling in &spellings[..4] {
        let started = now(desk.otp.start(Start::to(spelling.clone()))).unwrap();
        for number in 0..5 {
            let guess = Check::new(started.id.as_str(), wrong(&desk.tray.code(NL), number));
            now(desk.otp.check(guess.to(spellings[number + 7].clone()))).unwrap();
        }
    }
    for spelling in &spellings {
        assert_eq!(
            kind(&now(desk.otp.start(Start::to(spelling.clone())))),
            Some(ErrorKind::RateLimited)
        );
    }
    assert!(now(desk.otp.unlock(Unlock::to("(06) 1234-5678"))).unwrap().unlocked);
    assert!(now(desk.otp.start(Start::to(NL))).is_ok());
}

#[test]
fn g15_a_check_that_names_the_recipient_takes_any_spelling() {
    let desk = dutch(open_policy());
    for spelling in spellings().iter().step_by(17) {
        let started = desk.start(NL);
        let check = Check::new(started.id.as_str(), desk.tray.code(NL)).to(spelling.clone());
        let checked = now(desk.otp.check(check)).unwrap();
        assert_eq!(checked.to.as_deref(), Some(NL), "{spelling}");
    }
}

#[test]
fn g15_a_cap_holds_over_spellings_of_one_mailbox() {
    let mut policy = open_policy();
    policy["per_recipient"] = json!([{ "max": 3, "per_seconds": 3600 }]);
    let desk = dutch(policy);
    let name = "joanna.doe";
    // Each subset of the letters as capitals, with blanks around or not.
    let spelling = |number: usize| {
        let letter = |(at, letter): (usize, char)| match number >> at & 1 {
            1 => letter.to_ascii_uppercase(),
            _ => letter,
        };
        let local: String = name.chars().enumerate().map(letter).collect();
        let domain = ["example.com", "Example.COM", "EXAMPLE.com"][number % 3];
        let blank = ["", " ", "\t"][number / 3 % 3];
        format!("{blank}{local}@{domain}{blank}")
    };
    let answers = storm(8, 1_024, |number| now(desk.otp.start(Start::to(spelling(number)))));
    assert!(
        answers
            .iter()
            .all(|answer| matches!(kind(answer), None | Some(ErrorKind::RateLimited)))
    );
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 3);
    assert!(now(desk.otp.start(Start::to(mailbox(1)))).is_ok());
}

#[test]
fn g15_numbers_that_differ_are_counted_apart() {
    let desk = dutch(json!({ "per_recipient": [{ "max": 1, "per_seconds": 3600 }] }));
    for last in 0..1_000 {
        now(desk.otp.start(Start::to(format!("+316 1234 5{last:03}")))).unwrap();
    }
    assert_eq!(desk.tray.sent(), 1_000);
}
