//! libphonenumber's rules for reading a number, on tables instead of regular expressions.
//!
//! Everything here works on ASCII digits in arrays on the stack: no allocation, no lazily built state, no lock.

use super::plan::{AUTOMATON, CALLING, PROGRAMS, REGIONS};

/// What one region's numbering plan says about reading numbers that are dialled there.
pub(super) struct Region {
    pub(super) code: [u8; 2],
    pub(super) calling: u16,
    /// Root of the automaton that accepts what looks like a national number here, whatever its length.
    pub(super) general: u16,
    /// Bit n: a national number may have n digits.
    pub(super) possible: u32,
    /// Program that matches the trunk prefix, if any.
    pub(super) trunk: Option<u16>,
    /// Program that matches the international prefix.
    pub(super) international: u16,
    /// What replaces a trunk prefix that matched with its group `keep`: these digits, then the group. Otherwise it is dropped.
    pub(super) lead: &'static [u8],
    /// The group of the trunk program that is kept; 0 for none.
    pub(super) keep: u8,
}

/// A country calling code, the root of the automaton of its numbers, the row of its main region.
pub(super) struct Calling(pub(super) u16, pub(super) u16, pub(super) u8);

/// The row that stands for calling codes of no country.
pub(super) const NO_REGION: u8 = 255;

/// E.164 allows 15 digits, calling code included.
pub(super) const MAX_DIGITS: usize = 15;

/// A valid number, split.
pub(super) struct Number {
    pub(super) calling: u16,
    pub(super) national: Digits,
    /// Row in `REGIONS`, or `NO_REGION`.
    pub(super) region: u8,
    /// libphonenumber's type, 1 to 11, in the order of `generate.py`.
    pub(super) kind: u8,
}

/// A short run of ASCII digits.
#[derive(Clone, Copy)]
pub(super) struct Digits {
    len: usize,
    bytes: [u8; Digits::CAPACITY],
}

impl Digits {
    /// Room for an international prefix, a calling code, a trunk prefix with a carrier code and the longest number.
    pub(super) const CAPACITY: usize = 40;

    pub(super) const EMPTY: Digits = Digits {
        len: 0,
        bytes: [0; Self::CAPACITY],
    };

    /// Adds a digit; false when there is no room.
    pub(super) fn push(&mut self, digit: u8) -> bool {
        let Some(place) = self.bytes.get_mut(self.len) else {
            return false;
        };
        *place = digit;
        self.len += 1;
        true
    }

    fn of(bytes: &[u8]) -> Option<Digits> {
        let mut digits = Digits::EMPTY;
        bytes.iter().all(|byte| digits.push(*byte)).then_some(digits)
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// Reads digits that follow a `+`.
pub(super) fn international(digits: &[u8]) -> Option<Number> {
    let (plan, national) = split_calling(digits)?;
    finish(plan.0, plan.1, REGIONS.get(usize::from(plan.2)), national)
}

/// Reads digits as they are dialled in `home`: national, or international after that country's prefix.
pub(super) fn dialled(digits: &[u8], home: &Region) -> Option<Number> {
    if let Some(rest) = strip_international(digits, home) {
        return international(rest);
    }
    let mut buffer = [0; 3];
    let code = decimal(home.calling, &mut buffer);
    if let Some(rest) = digits.strip_prefix(code) {
        // The calling code without `+`: believed only if the digits make no sense as they stand.
        let rest = strip_trunk(rest, home)?;
        let sense = accepts(home.general, digits);
        if (!sense && accepts(home.general, rest.as_bytes())) || is_too_long(digits, home) {
            let plan = CALLING.get(plan_of(home.calling)?)?;
            return finish(plan.0, plan.1, REGIONS.get(usize::from(plan.2)), rest.as_bytes());
        }
    }
    let plan = CALLING.get(plan_of(home.calling)?)?;
    finish(plan.0, plan.1, Some(home), digits)
}

fn finish(calling: u16, root: u16, plan: Option<&Region>, national: &[u8]) -> Option<Number> {
    let mut number = Digits::of(national)?;
    if let Some(plan) = plan {
        let stripped = strip_trunk(national, plan)?;
        // What is left must still be long enough, otherwise the "prefix" was part of the number.
        if has_possible_length(stripped.as_bytes(), plan) {
            number = stripped;
        }
    }
    match walk(root, number.as_bytes()) {
        0 => None,
        value => Some(Number {
            calling,
            national: number,
            region: (value >> 4) as u8,
            kind: (value & 15) as u8,
        }),
    }
}

/// Splits off the calling code: codes are prefix-free, so the first that fits is the only one.
fn split_calling(digits: &[u8]) -> Option<(&'static Calling, &[u8])> {
    let mut code = 0;
    for (at, digit) in digits.iter().take(3).enumerate() {
        code = code * 10 + u16::from(digit - b'0');
        if code == 0 {
            return None;
        }
        if let Some(plan) = plan_of(code) {
            return Some((&CALLING[plan], &digits[at + 1..]));
        }
    }
    None
}

fn plan_of(calling: u16) -> Option<usize> {
    static PLAN_OF: [u8; 1000] = {
        let mut plans = [u8::MAX; 1000];
        let mut at = 0;
        while at < CALLING.len() {
            plans[CALLING[at].0 as usize] = at as u8;
            at += 1;
        }
        plans
    };
    PLAN_OF
        .get(usize::from(calling))
        .filter(|plan| **plan != u8::MAX)
        .map(|plan| usize::from(*plan))
}

fn strip_international<'a>(digits: &'a [u8], home: &Region) -> Option<&'a [u8]> {
    let rest = &digits[Prefix::matching(home.international, digits)?.end..];
    // No calling code begins with 0, so what was matched is no international prefix.
    (rest.first() != Some(&b'0')).then_some(rest)
}

/// Takes a trunk prefix and a carrier code off, unless that turns a plausible number into an implausible one.
fn strip_trunk(digits: &[u8], plan: &Region) -> Option<Digits> {
    let Some(prefix) = plan.trunk.and_then(|program| Prefix::matching(program, digits)) else {
        return Digits::of(digits);
    };
    let (lead, kept) = match prefix.group(plan.keep, digits) {
        Some(kept) => (plan.lead, kept),
        None => (&[][..], &[][..]),
    };
    let mut stripped = Digits::EMPTY;
    for piece in [lead, kept, &digits[prefix.end..]] {
        if !piece.iter().all(|digit| stripped.push(*digit)) {
            return None;
        }
    }
    if accepts(plan.general, digits) && !accepts(plan.general, stripped.as_bytes()) {
        return Digits::of(digits);
    }
    Some(stripped)
}

fn has_possible_length(digits: &[u8], plan: &Region) -> bool {
    plan.possible & length_bit(digits) != 0
}

fn is_too_long(digits: &[u8], plan: &Region) -> bool {
    length_bit(digits) > plan.possible
}

/// The bit of a length in the sets of a [`Region`]; beyond them, the highest.
fn length_bit(digits: &[u8]) -> u32 {
    1 << digits.len().min(31)
}

fn accepts(root: u16, digits: &[u8]) -> bool {
    walk(root, digits) != 0
}

/// Follows the digits through the automaton and gives the value of the last node; 0 is "no".
///
/// A node is `value << 4 | edges`, then for each edge the set of its digits and the address of the next node.
fn walk(root: u16, digits: &[u8]) -> u16 {
    let mut node = usize::from(root);
    for digit in digits {
        let bit = 1u16 << (digit - b'0');
        let edges = usize::from(word(AUTOMATON, node) & 15);
        let found = (0..edges)
            .map(|edge| node + 1 + 2 * edge)
            .find(|edge| word(AUTOMATON, *edge) & bit != 0);
        let Some(edge) = found else { return 0 };
        node = usize::from(word(AUTOMATON, edge + 1));
    }
    word(AUTOMATON, node) >> 4
}

fn word(table: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([table[2 * at], table[2 * at + 1]])
}

pub(super) fn decimal(mut value: u16, buffer: &mut [u8; 3]) -> &[u8] {
    let mut at = buffer.len();
    while value > 0 && at > 0 {
        at -= 1;
        buffer[at] = b'0' + (value % 10) as u8;
        value /= 10;
    }
    &buffer[at..]
}

/// How a prefix program matched at the start of some digits.
struct Prefix {
    end: usize,
    /// Start and end of the first group, start and end of the second.
    groups: [Option<usize>; 4],
}

impl Prefix {
    const JUMP: u16 = 0x4000;
    const SPLIT: u16 = 0x8000;
    const SAVE: u16 = 0xC000;
    const END: u16 = 0xE000;
    const MATCH: u16 = 0xF000;

    /// Runs a program as a backtracking matcher does, so that the first alternative that fits wins.
    fn matching(program: u16, digits: &[u8]) -> Option<Prefix> {
        let mut prefix = Prefix {
            end: 0,
            groups: [None; 4],
        };
        prefix.run(usize::from(program), digits, 0).then_some(prefix)
    }

    fn group<'a>(&self, number: u8, digits: &'a [u8]) -> Option<&'a [u8]> {
        let start = usize::from(number.checked_sub(1)?) * 2;
        digits.get((*self.groups.get(start)?)?..(*self.groups.get(start + 1)?)?)
    }

    /// Programs only jump forward (`max` holds them to it), so a run ends and its depth is bounded.
    fn run(&mut self, mut at: usize, digits: &[u8], mut position: usize) -> bool {
        loop {
            let word = word(PROGRAMS, at);
            let operand = usize::from(word & 0x3FFF);
            at += 1;
            match word {
                Self::MATCH => {
                    self.end = position;
                    return true;
                }
                Self::END if position != digits.len() => return false,
                Self::END => {}
                _ if word >= Self::SAVE => {
                    let before = self.groups[operand].replace(position);
                    if self.run(at, digits, position) {
                        return true;
                    }
                    self.groups[operand] = before;
                    return false;
                }
                _ if word >= Self::SPLIT => {
                    if self.run(at, digits, position) {
                        return true;
                    }
                    at = operand.max(at);
                }
                _ if word >= Self::JUMP => at = operand.max(at),
                _ => {
                    let Some(digit) = digits.get(position) else {
                        return false;
                    };
                    if word >> (digit - b'0') & 1 == 0 {
                        return false;
                    }
                    position += 1;
                }
            }
        }
    }
}
