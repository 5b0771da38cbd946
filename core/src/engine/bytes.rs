//! What a store keeps, as bytes: small numbers are short, and a time is told by its distance to the one before it.

use crate::clock::LATEST;

/// Writes a document.
#[derive(Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
    time: u64,
}

/// Reads what [`Writer`] wrote. Every `None` means that the bytes are no document.
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    time: u64,
}

impl Writer {
    /// Goes on after these bytes.
    pub(crate) fn after(bytes: Vec<u8>) -> Writer {
        Writer { bytes, time: 0 }
    }

    pub(crate) fn done(self) -> Vec<u8> {
        self.bytes
    }

    pub(crate) fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Seven bits a byte, the lowest first; the eighth says that more follow (LEB128).
    pub(crate) fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.bytes.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.bytes.push(number as u8);
    }

    pub(crate) fn time(&mut self, time: u64) {
        let distance = time.wrapping_sub(self.time).cast_signed();
        self.number(((distance << 1) ^ (distance >> 63)).cast_unsigned());
        self.time = time;
    }

    pub(crate) fn counted(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.raw(bytes);
    }
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { bytes, time: 0 }
    }

    /// Nothing must be left at the end.
    pub(crate) fn end(&self) -> Option<()> {
        self.bytes.is_empty().then_some(())
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(*byte)
    }

    pub(crate) fn raw(&mut self, length: usize) -> Option<&'a [u8]> {
        let (raw, rest) = self.bytes.split_at_checked(length)?;
        self.bytes = rest;
        Some(raw)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.raw(N)?.try_into().ok()
    }

    pub(crate) fn number(&mut self) -> Option<u64> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let part = u64::from(byte & 0x7f);
            if shift == 63 && part > 1 {
                return None;
            }
            number |= part << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    /// A number that fits where it is to go.
    pub(crate) fn small<T: TryFrom<u64>>(&mut self) -> Option<T> {
        self.number()?.try_into().ok()
    }

    pub(crate) fn time(&mut self) -> Option<u64> {
        let coded = self.number()?;
        let distance = (coded >> 1).cast_signed() ^ -((coded & 1).cast_signed());
        self.time = self.time.wrapping_add(distance.cast_unsigned());
        (self.time <= LATEST).then_some(self.time)
    }

    pub(crate) fn counted(&mut self) -> Option<&'a [u8]> {
        let length = self.small()?;
        self.raw(length)
    }

    /// How many things follow. Each takes at least one byte, so a number that lies costs no memory.
    pub(crate) fn count(&mut self) -> Option<usize> {
        self.small().filter(|count| *count <= self.bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_written_is_read(numbers: Vec<u64>, times in prop::collection::vec(0..=LATEST, 0..9), text: Vec<u8>) {
            let mut writer = Writer::after(vec![7]);
            numbers.iter().for_each(|number| writer.number(*number));
            times.iter().for_each(|time| writer.time(*time));
            writer.counted(&text);
            let bytes = writer.done();
            let mut reader = Reader::new(&bytes[1..]);
            for number in &numbers { prop_assert_eq!(reader.number(), Some(*number)); }
            for time in &times { prop_assert_eq!(reader.time(), Some(*time)); }
            prop_assert_eq!(reader.counted(), Some(&text[..]));
            prop_assert!(reader.end().is_some());
        }

        #[test]
        fn no_bytes_are_a_fault(bytes: Vec<u8>) {
            let mut reader = Reader::new(&bytes);
            let _ = (reader.number(), reader.time(), reader.counted(), reader.count(), reader.small::<u8>(), reader.array::<3>());
        }
    }
}
