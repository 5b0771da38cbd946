//! A loopback server with a web inbox of the messages an application would have sent.
//!
//! An application under development, or a test, posts each message here instead of to a telephone company.
//! A person reads it in a browser; a test reads it as JSON. `docs/sandbox.md` in the repository has the HTTP contract.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), otpkit_sandbox::BindError> {
//! use otpkit_sandbox::{Options, Sandbox};
//!
//! // Port 0 asks the system for a free port, so that tests can run side by side.
//! let sandbox = Sandbox::bind(([127, 0, 0, 1], 0).into(), Options::new()).await?;
//! println!("open {}", sandbox.url());
//! sandbox.shutdown().await;
//! # Ok(())
//! # }
//! ```
#![forbid(unsafe_code)]

mod api;
mod body;
mod cut;
mod error;
mod events;
mod faults;
mod guard;
mod inbox;
mod message;
mod options;
mod page;
mod recipient;
mod refusal;
mod server;
mod vendors;

pub use error::BindError;
pub use options::{Options, Reach};
pub use server::Sandbox;
