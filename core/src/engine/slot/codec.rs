//! A slot as bytes: the one form in which stores keep it.

use super::{Slot, Subject};
use crate::engine::budget::Failures;
use crate::engine::bytes::{Reader, Writer};
use crate::engine::record::{Open, Record, State};
use crate::engine::verbs::{Binding, Kind, RequestToken};
use crate::engine::window::WindowLog;
use crate::types::ReportStatus;

const GENERATIONS_MAX: u32 = 1 << 24;

/// Bits of a record's byte of facts. The two lowest are its state.
const VERIFIER: u8 = 1 << 2;
const OPERATOR: u8 = 1 << 3;
const GENERATION: u8 = 1 << 4;
const OPEN: u8 = 1 << 5;
const LAST: u8 = 1 << 6;
const TRACKED: u8 = 1 << 7;

/// What was reported, by its number at rest: new ones go to the end. 0 is that nothing was.
const REPORTS: [ReportStatus; 9] = [
    ReportStatus::Unknown,
    ReportStatus::Queued,
    ReportStatus::Sent,
    ReportStatus::Canceled,
    ReportStatus::Expired,
    ReportStatus::Failed,
    ReportStatus::Undelivered,
    ReportStatus::Delivered,
    ReportStatus::Read,
];

const STATES: [State; 4] = [State::Pending, State::Approved, State::Canceled, State::Failed];

impl Slot {
    pub(crate) fn write(&self, to: &mut Writer) {
        // Records and subjects name few bindings, mostly one.
        let mut bindings: smallvec::SmallVec<[Binding; 2]> = Default::default();
        let records = self.records.iter().map(|record| record.binding);
        for binding in records.chain(self.subjects.iter().map(|subject| subject.binding)) {
            if !bindings.contains(&binding) {
                bindings.push(binding);
            }
        }
        let place = |binding: &Binding| bindings.iter().position(|known| known == binding).unwrap_or_default() as u64;

        self.sends.write(to);
        to.number(bindings.len() as u64);
        bindings.iter().for_each(|binding| to.raw(binding));
        to.number(self.records.len() as u64);
        for record in &self.records {
            write_record(record, place(&record.binding), to);
        }
        to.number(self.subjects.len() as u64);
        for subject in &self.subjects {
            to.number(place(&subject.binding));
            let (waits, failed) = (subject.cooldown_until > 0, subject.failures.last > 0);
            let facts = u64::from(waits) << 2 | u64::from(failed) << 1 | u64::from(subject.operator);
            to.number(u64::from(subject.failures.count) << 3 | facts);
            if waits {
                to.time(subject.cooldown_until);
            }
            if failed {
                to.time(subject.failures.last);
            }
        }
    }

    /// `None` for bytes that are no slot, or one that the rules cannot come to: they add and subtract without asking
    /// again.
    pub(crate) fn read(mut from: Reader<'_>) -> Option<Slot> {
        let mut slot = Slot {
            sends: WindowLog::read(&mut from)?,
            ..Slot::default()
        };
        let count = from.count()?;
        let (bindings, _) = from.raw(count.checked_mul(size_of::<Binding>())?)?.as_chunks();
        for _ in 0..from.count()? {
            slot.records.push(read_record(bindings, &mut from)?);
        }
        for _ in 0..from.count()? {
            let binding = *bindings.get(from.small::<usize>()?)?;
            let facts = from.number()?;
            let cooldown_until = if facts & 4 != 0 { from.time()? } else { 0 };
            let last = if facts & 2 != 0 { from.time()? } else { 0 };
            slot.subjects.push(Subject {
                binding,
                failures: Failures {
                    count: u32::try_from(facts >> 3).ok()?,
                    last,
                },
                cooldown_until,
                operator: facts & 1 == 1,
            });
        }
        from.end()?;
        Some(slot)
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        self.write(&mut writer);
        writer.done()
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Slot> {
        Slot::read(Reader::new(bytes))
    }
}

fn write_record(record: &Record, binding: u64, to: &mut Writer) {
    let has = |bit, is| if is { bit } else { 0 };
    let state = STATES
        .iter()
        .position(|state| *state == record.state)
        .unwrap_or_default() as u8;
    let (has_open, has_last) = (!record.open.is_empty(), record.last != RequestToken::default());
    let is_tracked = record.tracked > 0 || record.report.is_some();
    to.byte(
        state
            | has(VERIFIER, record.kind == Kind::Verifier)
            | has(OPERATOR, record.operator)
            | has(GENERATION, record.generation > 0)
            | has(OPEN, has_open)
            | has(LAST, has_last)
            | has(TRACKED, is_tracked),
    );
    to.number(binding);
    to.raw(&record.random);
    to.raw(&record.digest);
    to.number(u64::from(record.used) << 8 | u64::from(record.attempts));
    for at in [record.created_at, record.expires_at, record.resend_at] {
        to.time(at);
    }
    if record.generation > 0 {
        to.number(u64::from(record.generation));
    }
    if has_last {
        to.raw(&record.last);
    }
    if has_open {
        to.number(record.open.len() as u64);
        for open in &record.open {
            to.raw(&open.request);
            to.byte(u8::from(open.counted));
        }
    }
    if is_tracked {
        let number = REPORTS.iter().position(|report| Some(*report) == record.report);
        to.byte(number.map_or(0, |number| number as u8 + 1));
        to.number(u64::from(record.tracked));
    }
    to.counted(&record.sealed);
}

fn read_record(bindings: &[Binding], from: &mut Reader<'_>) -> Option<Record> {
    let facts = from.byte()?;
    let has = |bit| facts & bit != 0;
    let binding = *bindings.get(from.small::<usize>()?)?;
    let (random, digest) = (from.array()?, from.array()?);
    let attempts = from.number()?;
    let (used, attempts) = (u8::try_from(attempts >> 8).ok()?, attempts as u8);
    let (created_at, expires_at, resend_at) = (from.time()?, from.time()?, from.time()?);
    let generation = if has(GENERATION) { from.small()? } else { 0 };
    let last = if has(LAST) {
        from.array()?
    } else {
        RequestToken::default()
    };
    let mut open = Vec::new();
    if has(OPEN) {
        for _ in 0..from.count()? {
            let (request, counted) = (from.array()?, from.byte()?);
            open.push(Open {
                request,
                counted: counted == 1,
            });
        }
    }
    let (mut report, mut tracked) = (None, 0);
    if has(TRACKED) {
        let number = from.byte()?;
        report = match number.checked_sub(1) {
            None => None,
            Some(number) => Some(*REPORTS.get(usize::from(number))?),
        };
        tracked = from.small()?;
    }
    let fits = used <= attempts && open.len() <= usize::from(attempts) && generation <= GENERATIONS_MAX;
    fits.then_some(())?;
    Some(Record {
        random,
        binding,
        digest,
        kind: if has(VERIFIER) { Kind::Verifier } else { Kind::Ours },
        state: STATES[usize::from(facts & 3)],
        generation,
        used,
        attempts,
        operator: has(OPERATOR),
        created_at,
        expires_at,
        resend_at,
        sealed: from.counted()?.into(),
        open,
        last,
        report,
        tracked,
    })
}

#[cfg(test)]
mod tests;
