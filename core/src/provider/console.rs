use super::{Outgoing, SendResult, Sender};
use async_trait::async_trait;
use std::io::Write;

/// Prints messages on standard error, for development.
pub(super) struct Console;

#[async_trait]
impl Sender for Console {
    async fn send(&self, outgoing: Outgoing) -> SendResult {
        let Outgoing { message, text, .. } = outgoing;
        let line = format!(
            "otpkit console: {} to {}: {text}\n",
            message.channel,
            message.to.as_str()
        );
        match std::io::stderr().lock().write_all(line.as_bytes()) {
            Ok(()) => SendResult::SENT,
            Err(_) => SendResult::NotSent("standard error is closed".into()),
        }
    }
}
