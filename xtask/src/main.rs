//! otpkit.
fn main() {}
