//! What a message belongs to, as a document: a provider's report names the message, and no recipient.

use crate::clock::Millis;
use crate::engine::bytes::{Reader, Writer};
use crate::engine::verbs::{Key, Tracked};

#[derive(Debug, Clone, Copy)]
pub(crate) struct Reference {
    pub(crate) of: Tracked,
    /// Until when its record is kept.
    pub(crate) until: Millis,
}

impl Reference {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let Tracked {
            key: Key { index, random, binding },
            key_id,
            generation,
        } = &self.of;
        let mut writer = Writer::default();
        writer.raw(index);
        writer.raw(random);
        writer.raw(binding);
        writer.byte(*key_id);
        writer.number(u64::from(*generation));
        writer.time(self.until);
        writer.done()
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Reference> {
        let mut from = Reader::new(bytes);
        let reference = Reference {
            of: Tracked {
                key: Key {
                    index: from.array()?,
                    random: from.array()?,
                    binding: from.array()?,
                },
                key_id: from.byte()?,
                generation: from.small()?,
            },
            until: from.time()?,
        };
        from.end()?;
        Some(reference)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_what_is_cut_is_nothing() {
        let reference = Reference {
            of: Tracked {
                key: Key {
                    index: [1; 10],
                    random: [2; 16],
                    binding: [3; 16],
                },
                key_id: 200,
                generation: 300,
            },
            until: 1_800_000_000_000,
        };
        let bytes = reference.encode();
        assert_eq!(
            format!("{:?}", Reference::decode(&bytes).unwrap()),
            format!("{reference:?}")
        );
        for end in 0..bytes.len() {
            assert!(Reference::decode(&bytes[..end]).is_none(), "{end}");
        }
        assert!(Reference::decode(&[&bytes[..], &[0]].concat()).is_none());
    }
}
