use super::*;
use crate::engine::keys::Keys;
use crate::secret::Secret;
use crate::types::{Channel, Code};
use std::collections::BTreeMap;

fn keys(bytes: &[u8; 32]) -> Keys {
    Keys::new(&[Secret::new(bytes.to_vec()).unwrap()]).unwrap()
}

fn contents() -> Contents {
    Contents {
        to: "+31612345678".into(),
        channel: Channel::SMS,
        locale: Some("nl".into()),
        values: BTreeMap::from([("amount".into(), "10 EUR".into())]),
        context: vec![7; 32],
        code: Some(Code::from_drawn(b"042424")),
        provider: "mine".into(),
        reference: "m-1".into(),
        sent: true,
    }
}

#[test]
fn a_box_opens_for_its_own_record_and_gives_everything_back() {
    let keys = keys(b"a-secret-of-32-bytes-or-more-123");
    let seal = Seal {
        ring: keys.current(),
        random: &[1; 16],
        binding: &[2; 16],
    };
    let opened = seal.open(&seal.close(&contents(), [3; 12]).unwrap()).ok().unwrap();
    let whole = contents();
    assert_eq!(
        (opened.to, opened.channel, opened.locale),
        (whole.to, whole.channel, whole.locale)
    );
    assert_eq!(
        (opened.values, opened.context, opened.code.as_ref().map(Code::expose)),
        (whole.values, whole.context, Some("042424"))
    );
    assert_eq!(
        (opened.provider, opened.reference, opened.sent),
        (whole.provider, whole.reference, whole.sent)
    );
}

#[test]
fn a_box_with_any_bit_changed_or_cut_short_cannot_tell() {
    let keys = keys(b"a-secret-of-32-bytes-or-more-123");
    let seal = Seal {
        ring: keys.current(),
        random: &[1; 16],
        binding: &[2; 16],
    };
    let sealed = seal.close(&contents(), [3; 12]).unwrap();
    let mut opened = 0;
    for bit in 0..sealed.len() * 8 {
        let mut changed = sealed.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        match seal.open(&changed) {
            Ok(_) => opened += 1,
            Err(error) => assert_eq!(error.kind(), ErrorKind::CannotTell),
        }
    }
    for length in 0..sealed.len() {
        opened += usize::from(seal.open(&sealed[..length]).is_ok());
    }
    opened += usize::from(seal.open(&[&sealed[..], &[0]].concat()).is_ok());
    println!("sealed box: {opened} of {} changed boxes open", sealed.len() * 9 + 1);
    assert_eq!(opened, 0);
}

#[test]
fn a_box_opens_for_no_other_record_purpose_or_secret() {
    let (ours, theirs) = (
        keys(b"a-secret-of-32-bytes-or-more-123"),
        keys(b"b-secret-of-32-bytes-or-more-123"),
    );
    let (random, binding) = ([1; 16], [2; 16]);
    let seal = Seal {
        ring: ours.current(),
        random: &random,
        binding: &binding,
    };
    let sealed = seal.close(&contents(), [3; 12]).unwrap();
    let other = |seal: Seal<'_>| seal.open(&sealed).is_err();
    assert!(other(Seal {
        random: &[9; 16],
        ..seal
    }));
    assert!(other(Seal {
        ring: ours.current(),
        random: &random,
        binding: &[9; 16]
    }));
    assert!(other(Seal {
        ring: theirs.current(),
        random: &random,
        binding: &binding
    }));
}

#[test]
fn equal_contents_under_two_nonces_look_different() {
    let keys = keys(b"a-secret-of-32-bytes-or-more-123");
    let seal = Seal {
        ring: keys.current(),
        random: &[1; 16],
        binding: &[2; 16],
    };
    let (one, two) = (
        seal.close(&contents(), [3; 12]).unwrap(),
        seal.close(&contents(), [4; 12]).unwrap(),
    );
    let same = one[13..].iter().zip(&two[13..]).filter(|(a, b)| a == b).count();
    assert!(same < one.len() / 8, "{same} of {} bytes are the same", one.len());
}
