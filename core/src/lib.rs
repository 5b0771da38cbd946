//! otpkit.
