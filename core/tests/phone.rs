//! Phone numbers: libphonenumber's answers, many spellings of one number, hostile input, masks.

#![allow(clippy::unwrap_used)]

#[path = "data/phone/hostile.rs"]
mod hostile;

use std::collections::HashSet;

use otpkit::types::{Country, Phone, PhoneIssue, PhoneKind, UnknownCountry};
use proptest::prelude::*;

use hostile::HOSTILE;

const EXAMPLES: &str = include_str!("data/phone/examples.tsv");
const VERDICTS: &str = include_str!("data/phone/verdicts.tsv");

fn rows(table: &str) -> impl Iterator<Item = Vec<&str>> {
    table
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split('\t').collect())
}

fn country(code: &str) -> Option<Country> {
    (code != "-" && code != "001").then(|| Country::parse(code).unwrap())
}

#[test]
fn the_example_of_every_region_and_kind_is_read_in_each_spelling() {
    let mut listed = HashSet::new();
    for row in rows(EXAMPLES) {
        let [lister, region, kind, e164, national, international] = row[..] else {
            panic!("{row:?}")
        };
        let phone = Phone::parse(e164, None).unwrap_or_else(|issue| panic!("{e164}: {issue}"));
        assert_eq!(phone.as_str(), e164);
        assert_eq!(phone.country(), country(region), "{e164}");
        assert_eq!(format!("{:?}", phone.kind()), kind, "{e164}");
        assert_eq!(Phone::parse(international, None), Ok(phone), "{international}");
        if let Some(home) = country(lister) {
            assert_eq!(Phone::parse(national, Some(home)), Ok(phone), "{national} in {lister}");
        }
        listed.insert(lister);
    }
    for code in Country::all() {
        assert!(listed.contains(code.as_str()), "no example for {code}");
    }
}

#[test]
fn mutated_numbers_are_judged_as_libphonenumber_judges_them() {
    let (mut accepted, mut refused) = (0, 0);
    for row in rows(VERDICTS) {
        let [home, input, expected] = row[..] else {
            panic!("{row:?}")
        };
        match Phone::parse(input, country(home)) {
            Ok(phone) => {
                assert_eq!(phone.as_str(), expected, "{input} in {home}");
                accepted += 1;
            }
            Err(issue) => {
                assert_eq!(expected, "-", "{input} in {home}: {issue:?}");
                refused += 1;
            }
        }
    }
    assert!(
        accepted > 1_500 && refused > 1_500,
        "{accepted} accepted, {refused} refused"
    );
}

/// Numbers with their national form, the trunk prefix apart, and the country they are dialled in.
const SPELT: &[(&str, &str, &str, &str, &str)] = &[
    ("+31612345678", "31", "0", "612345678", "NL"),
    ("+442079460018", "44", "0", "2079460018", "GB"),
    ("+493012345678", "49", "0", "3012345678", "DE"),
    ("+33612345678", "33", "0", "612345678", "FR"),
    ("+12125550123", "1", "1", "2125550123", "US"),
    ("+390612345678", "39", "", "0612345678", "IT"),
    ("+34612345678", "34", "", "612345678", "ES"),
    ("+79161234567", "7", "8", "9161234567", "RU"),
    ("+8613912345678", "86", "0", "13912345678", "CN"),
    ("+919876543210", "91", "0", "9876543210", "IN"),
];

/// Every way that this test knows to write one of them.
fn spellings(code: &str, trunk: &str, national: &str, home: &str) -> Vec<(String, Option<Country>)> {
    let exit = match home {
        "US" => "011",
        "RU" => "810",
        _ => "00",
    };
    let heads = [
        (format!("+{code}"), None),
        (format!("+({code})"), None),
        (format!("+{code}"), country("BR")),
        (format!("{exit}{code}"), country(home)),
        (format!("{exit} {code}"), country(home)),
        (trunk.to_owned(), country(home)),
    ];
    let mut spellings = Vec::new();
    for (head, default) in heads {
        for separator in ["", " ", "-", ".", "/", "  ", " - "] {
            for group in [1, 2, 3, 4, 20] {
                let body = grouped(national, group, separator);
                let between = if head.is_empty() { "" } else { separator };
                spellings.push((format!("{head}{between}{body}"), default));
                spellings.push((format!("  {head}{between}({}){}  ", &body[..1], &body[1..]), default));
                if !trunk.is_empty() && default.is_none() {
                    spellings.push((format!("{head}{between}({trunk}){body}"), default));
                    spellings.push((format!("{head} ({trunk}) {body}"), default));
                }
            }
        }
    }
    spellings
}

fn grouped(digits: &str, size: usize, separator: &str) -> String {
    let groups: Vec<_> = digits
        .as_bytes()
        .chunks(size)
        .map(|group| std::str::from_utf8(group).unwrap())
        .collect();
    groups.join(separator)
}

#[test]
fn every_spelling_of_a_number_is_one_key() {
    let mut tried = HashSet::new();
    for (e164, code, trunk, national, home) in SPELT {
        let mut keys = HashSet::new();
        for (spelling, default) in spellings(code, trunk, national, home) {
            if spelling.len() > 64 {
                continue;
            }
            let phone = Phone::parse(&spelling, default).unwrap_or_else(|issue| panic!("{spelling:?}: {issue}"));
            assert_eq!(phone.as_str(), *e164, "{spelling:?}");
            keys.insert(phone);
            tried.insert((spelling, default));
        }
        assert_eq!(keys.len(), 1);
    }
    assert!(tried.len() >= 500, "{} spellings", tried.len());
}

#[test]
fn what_is_no_number_is_refused_with_its_reason() {
    assert!(HOSTILE.len() >= 60);
    for (input, issue) in HOSTILE {
        assert_eq!(
            Phone::parse(input, None).map(|phone| phone.as_str().to_owned()),
            Err(*issue),
            "{input:?}"
        );
        // With a default country, what was only short of one may be a number; nothing else may.
        if *issue != PhoneIssue::NoCountry {
            assert!(Phone::parse(input, country("NL")).is_err(), "{input:?} in NL");
        }
        let advice = issue.to_string();
        assert!(
            advice.ends_with('.') && (input.len() < 3 || !advice.contains(input)),
            "{advice}"
        );
    }
}

#[test]
fn a_huge_input_costs_nothing() {
    let huge = "+31612345678".repeat(1 << 20);
    let begin = std::time::Instant::now();
    for _ in 0..1_000 {
        assert_eq!(Phone::parse(&huge, country("NL")), Err(PhoneIssue::TooLong));
    }
    // A thousand scans of 12 MB take many seconds; a thousand looks at the length take microseconds.
    assert!(begin.elapsed() < std::time::Duration::from_secs(1));
}

#[test]
fn numbers_longer_than_e164_allows_are_refused() {
    // The German plan has valid numbers of 15 digits after the 2 of its calling code.
    assert_eq!(Phone::parse("+4918500123456789", None), Err(PhoneIssue::InvalidNumber));
    assert_eq!(Phone::parse("+878101234567890", None).unwrap().as_str().len(), 16);
}

#[test]
fn a_form_that_would_read_as_something_else_is_refused() {
    // Belarus: the trunk prefix 8 off, 8100024729 is left, which begins with 8 again and then is no number.
    assert_eq!(Phone::parse("+37588100024729", None), Err(PhoneIssue::InvalidNumber));
    assert_eq!(Phone::parse("+3758100024729", None), Err(PhoneIssue::InvalidNumber));
}

#[test]
fn digits_that_only_look_like_a_prefix_are_kept() {
    // 012 and 00 are international prefixes there, but no calling code begins with 0.
    let read = |digits, home| Phone::parse(digits, country(home)).map(|phone| phone.as_str().to_owned());
    assert_eq!(read("01200657424", "IL").as_deref(), Ok("+9721200657424"));
    assert_eq!(read("017700062", "UY").as_deref(), Ok("+59817700062"));
    // Without its first 1 this would be a number that is dialled only inside Canada's own area: too short to be it.
    assert_eq!(read("+113101828", "-"), Err(PhoneIssue::InvalidNumber));
}

#[test]
fn masks_keep_the_calling_code_and_two_digits_or_nothing() {
    let mask = |number| Phone::parse(number, None).unwrap().masked();
    assert_eq!(mask("+31612345678"), "+31*******78");
    assert_eq!(mask("+12125550123"), "+1********23");
    assert_eq!(mask("+35312345678"), "+353******78");
    // Seven digits after the calling code leave five to hide, six do not.
    assert_eq!(mask("+3545551234"), "+354*****34");
    assert_eq!(mask("+376712345"), "+*********");
    for row in rows(EXAMPLES) {
        let phone = Phone::parse(row[3], None).unwrap();
        assert_mask(&phone);
        assert_eq!(format!("{phone:?}"), format!("Phone({})", phone.masked()));
        assert!(!format!("{phone:#?}").contains(&phone.as_str()[1..]));
    }
}

fn assert_mask(phone: &Phone) {
    let (number, mask) = (phone.as_str(), phone.masked());
    assert_eq!(mask.len(), number.len());
    assert!(mask.starts_with('+') && mask[1..].bytes().all(|byte| byte == b'*' || byte.is_ascii_digit()));
    let hidden = mask.bytes().filter(|byte| *byte == b'*').count();
    assert!(hidden >= 5 || hidden == number.len() - 1, "{mask}");
    assert!(
        mask.bytes()
            .zip(number.bytes())
            .all(|(shown, digit)| shown == b'*' || shown == digit)
    );
}

#[test]
fn countries_are_two_capitals_that_have_a_plan() {
    for code in ["NL", "US", "XK", "VA", "CN"] {
        assert_eq!(Country::parse(code).unwrap().as_str(), code);
    }
    for code in [
        "",
        "N",
        "nl",
        "Nl",
        "NLD",
        "ZZ",
        "XX",
        "001",
        "31",
        " NL",
        "N\0",
        "\u{ff2e}\u{ff2c}",
        "É",
    ] {
        assert_eq!(Country::parse(code), Err(UnknownCountry), "{code:?}");
    }
    let home = Country::parse("NL").unwrap();
    assert_eq!(serde_json::to_string(&home).unwrap(), "\"NL\"");
    assert_eq!(serde_json::from_str::<Country>("\"NL\"").unwrap(), home);
    for json in ["\"nl\"", "\"ZZ\"", "31", "null", "[78,76]", "{}"] {
        assert!(serde_json::from_str::<Country>(json).is_err(), "{json}");
    }
}

#[test]
fn kinds_that_cost_money_are_told_apart() {
    for (number, kind, home) in [
        ("+12125550123", PhoneKind::FixedOrMobile, Some("US")),
        ("+31612345678", PhoneKind::Mobile, Some("NL")),
        ("+31909123456", PhoneKind::Premium, Some("NL")),
        ("+448001234567", PhoneKind::TollFree, Some("GB")),
        ("+881612345678", PhoneKind::NonGeographic, None),
        ("+979123456789", PhoneKind::NonGeographic, None),
    ] {
        let phone = Phone::parse(number, None).unwrap();
        assert_eq!(
            (phone.kind(), phone.country()),
            (kind, home.and_then(country)),
            "{number}"
        );
    }
}

fn any_country() -> impl Strategy<Value = Option<Country>> {
    proptest::option::of(proptest::sample::select(Country::all().collect::<Vec<_>>()))
}

/// A published example, some of its digits replaced, in one of three forms.
fn near_number() -> impl Strategy<Value = String> {
    let examples: Vec<_> = rows(EXAMPLES)
        .flat_map(|row| [row[3].to_owned(), row[4].to_owned(), row[5].to_owned()])
        .collect();
    let changes = proptest::collection::vec((any::<prop::sample::Index>(), b'0'..=b'9'), 0..5);
    (proptest::sample::select(examples), changes).prop_map(|(example, changes)| {
        let mut bytes = example.into_bytes();
        for (at, digit) in changes {
            let place = at.index(bytes.len());
            if bytes[place].is_ascii_digit() {
                bytes[place] = digit;
            }
        }
        String::from_utf8(bytes).unwrap()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_canonical_form_is_a_fixpoint(input in near_number(), home in any_country(), other in any_country()) {
        if let Ok(phone) = Phone::parse(&input, home) {
            prop_assert_eq!(Phone::parse(phone.as_str(), None), Ok(phone));
            prop_assert_eq!(Phone::parse(phone.as_str(), other), Ok(phone));
            prop_assert!(phone.as_str().len() <= 16);
            assert_mask(&phone);
        }
    }

    #[test]
    fn no_string_panics_and_only_the_accepted_signs_pass(input in "\\PC{0,70}|[0-9+() ./\u{a0}-]{0,40}|.{0,70}", home in any_country()) {
        if Phone::parse(&input, home).is_ok() {
            prop_assert!(input.bytes().all(|byte| b"0123456789+ -./()".contains(&byte)));
        }
    }
}
