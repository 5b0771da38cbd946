//! Why a sandbox did not start.

use std::io;
use std::net::SocketAddr;

/// Why a sandbox did not start. Each message says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BindError {
    /// The address can be reached from other computers, and nobody asked for that.
    #[error(
        "{0} can be reached from other computers, and whoever reads the inbox can sign in as anybody. \
         Listen on 127.0.0.1 or [::1], or say --allow-remote (in Rust: Reach::Remote) if that is what you want"
    )]
    NotLoopback(SocketAddr),
    /// Another program listens there.
    #[error(
        "port {port} on {ip} is in use, perhaps by another otpkit-sandbox. \
         Stop that program, or choose another port with --listen (port 0 takes a free one)",
        port = .0.port(), ip = .0.ip()
    )]
    PortInUse(SocketAddr),
    /// The number of messages to keep is out of range.
    #[error("{0} messages cannot be kept: choose a number from 1 to {max}", max = crate::Options::MAX_KEEP)]
    Keep(usize),
    /// The system refused for another reason, such as a port that needs more rights.
    #[error("cannot listen on {addr}: {source}. Choose another address with --listen")]
    Listen {
        /// The address that was asked for.
        addr: SocketAddr,
        /// What the system answered.
        source: io::Error,
    },
}

impl BindError {
    pub(crate) fn listen(addr: SocketAddr, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::AddrInUse => Self::PortInUse(addr),
            _ => Self::Listen { addr, source },
        }
    }
}
