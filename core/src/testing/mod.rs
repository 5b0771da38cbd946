//! For tests of otpkit and of its bindings: a clock that moves when told, and providers that follow a script. Feature
//! `testing`; absent from release builds.

mod clock;
mod names;
mod provider;
mod trace;

pub use clock::TestClock;
pub use names::TestNames;
pub use provider::{ScriptedSender, ScriptedVerifier};
pub use trace::Trace;
