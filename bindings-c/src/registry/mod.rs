//! Handles. What C holds as a pointer is never an address: it is a kind, a generation and an index, looked up here.
//! So a handle that was freed, is of another kind or never was one is *noticed*, whatever was freed or made since.
//!
//! Nothing here locks. A process that forks while its threads are in here has a registry that works.

mod free_list;
mod slab;

pub(crate) use slab::{Guard, Slab};

/// What a handle stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    Client = 1,
    Builder = 2,
    Reply = 3,
    Error = 4,
    Request = 5,
    Outbox = 6,
    Call = 7,
    #[cfg(feature = "testing")]
    Clock = 8,
}

/// The bits of a handle. From the top: 4 that no address has, 4 of kind, 32 of generation, 24 of index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Handle(usize);

// On x86-64 and AArch64 an address of a program has equal bits at the top, so that using a handle as an address
// faults, and no address is taken for a handle.
const TAG: usize = 0xA;
const INDEX_BITS: u32 = 24;
const GENERATION_BITS: u32 = 32;

/// How many handles of one kind can be open.
pub(crate) const CAPACITY: u32 = 1 << INDEX_BITS;

impl Handle {
    fn new(kind: Kind, generation: u32, index: u32) -> Handle {
        let top = TAG << 4 | kind as usize;
        Handle((top << GENERATION_BITS | generation as usize) << INDEX_BITS | index as usize)
    }

    /// A pointer that nobody may follow.
    pub(crate) fn into_pointer<T>(self) -> *mut T {
        std::ptr::without_provenance_mut(self.0)
    }

    /// What C gave back; it may be anything.
    pub(crate) fn from_pointer<T>(pointer: *const T) -> Handle {
        Handle(pointer.addr())
    }

    /// As a number, for handles that C holds as one.
    pub(crate) fn into_number(self) -> u64 {
        self.0 as u64
    }

    pub(crate) fn from_number(number: u64) -> Handle {
        Handle(number as usize)
    }

    /// The generation and index, if this is a handle of the kind.
    fn parts(self, kind: Kind) -> Option<(u32, u32)> {
        let top = self.0 >> (GENERATION_BITS + INDEX_BITS);
        if top != (TAG << 4 | kind as usize) {
            return None;
        }
        let generation = (self.0 >> INDEX_BITS) as u32;
        Some((generation, (self.0 as u32) & (CAPACITY - 1)))
    }

    /// The name of the C type, if this looks like a handle at all.
    pub(crate) fn type_name(self) -> Option<&'static str> {
        if self.0 >> (GENERATION_BITS + INDEX_BITS + 4) != TAG {
            return None;
        }
        Some(match (self.0 >> (GENERATION_BITS + INDEX_BITS)) & 0xF {
            1 => "otpkit_client",
            2 => "otpkit_builder",
            3 => "otpkit_reply",
            4 => "otpkit_error",
            5 => "otpkit_request",
            6 => "otpkit_outbox",
            7 => "call id",
            _ => return None,
        })
    }
}
