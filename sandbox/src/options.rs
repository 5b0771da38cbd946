//! How a sandbox is to run.

use std::net::SocketAddr;

use crate::error::BindError;

/// Who may reach the sandbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// Only this computer: a loopback address is required, and requests must name a loopback host.
    /// This is the default, because whoever reads the inbox can sign in as anybody.
    #[default]
    Loopback,
    /// Other computers or containers too: any address may be bound. Requests must still name an IP address or
    /// a host that public DNS cannot hold, so that a web page elsewhere cannot rebind its own name to the sandbox.
    Remote,
}

/// Options of a sandbox; [`Options::new`] gives the defaults of the command line.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    pub(crate) keep: usize,
    pub(crate) reach: Reach,
}

impl Options {
    /// How many messages are kept unless told otherwise.
    pub const DEFAULT_KEEP: usize = 1_000;
    /// The most messages that can be kept.
    pub const MAX_KEEP: usize = 100_000;

    /// The defaults: 1,000 messages, this computer only.
    pub fn new() -> Self {
        Self {
            keep: Self::DEFAULT_KEEP,
            reach: Reach::Loopback,
        }
    }

    /// Keeps the last `keep` messages, from 1 to [`Options::MAX_KEEP`]; older ones are dropped.
    pub fn with_keep(mut self, keep: usize) -> Self {
        self.keep = keep;
        self
    }

    /// Sets who may reach the sandbox.
    pub fn with_reach(mut self, reach: Reach) -> Self {
        self.reach = reach;
        self
    }

    /// Refuses what cannot run, or must not, before a port is opened.
    pub(crate) fn check(&self, addr: SocketAddr) -> Result<(), BindError> {
        if !(1..=Self::MAX_KEEP).contains(&self.keep) {
            return Err(BindError::Keep(self.keep));
        }
        if self.reach == Reach::Loopback && !addr.ip().to_canonical().is_loopback() {
            return Err(BindError::NotLoopback(addr));
        }
        Ok(())
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}
