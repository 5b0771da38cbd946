//! The messages that are kept, and word of each new one.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::SystemTime;

use tokio::sync::broadcast;

use crate::message::{Content, Message};

/// The most bytes of messages that are kept, however many messages that is.
const MAX_BYTES: usize = 64 << 20;
/// How far a listener may fall behind before it is told so.
const BACKLOG: usize = 1_024;

/// What happened to the inbox.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Arrived(Arc<Message>),
    Cleared,
}

#[derive(Debug)]
pub(crate) struct Inbox {
    keep: usize,
    kept: Mutex<Kept>,
    changes: broadcast::Sender<Change>,
}

#[derive(Debug, Default)]
struct Kept {
    /// Oldest first.
    messages: VecDeque<Arc<Message>>,
    bytes: usize,
    /// Never goes back, not even when the inbox is emptied: an id names one message for the life of the server.
    last_number: u64,
}

impl Inbox {
    pub(crate) fn new(keep: usize) -> Self {
        Self {
            keep,
            kept: Mutex::default(),
            changes: broadcast::Sender::new(BACKLOG),
        }
    }

    pub(crate) fn keep(&self) -> usize {
        self.keep
    }

    pub(crate) fn add(&self, content: Content) -> Arc<Message> {
        let mut kept = self.lock();
        kept.last_number += 1;
        let message = Arc::new(Message::new(kept.last_number, content, SystemTime::now()));
        kept.bytes += message.size();
        kept.messages.push_back(Arc::clone(&message));
        while kept.messages.len() > self.keep || kept.bytes > MAX_BYTES {
            let dropped = kept
                .messages
                .pop_front()
                .expect("an inbox over its bounds is not empty");
            kept.bytes -= dropped.size();
        }
        // Sent under the lock, so that listeners hear changes in the order they happened. Nobody listening is fine.
        let _ = self.changes.send(Change::Arrived(Arc::clone(&message)));
        message
    }

    pub(crate) fn clear(&self) {
        let mut kept = self.lock();
        kept.messages.clear();
        kept.bytes = 0;
        let _ = self.changes.send(Change::Cleared);
    }

    /// The messages that pass the test, newest first.
    pub(crate) fn newest(&self, limit: usize, test: impl Fn(&Message) -> bool) -> Vec<Arc<Message>> {
        self.lock()
            .messages
            .iter()
            .rev()
            .filter(|message| test(message))
            .take(limit)
            .cloned()
            .collect()
    }

    /// Every change from now on.
    pub(crate) fn changes(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        // Nothing under the lock can panic half-way through a change, so a poisoned lock still guards sound messages.
        self.kept.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_bounded_besides_the_number() {
        let inbox = Inbox::new(crate::Options::MAX_KEEP);
        for _ in 0..80 {
            let mut content = Content::parse(br#"{"to":"+31612345678","channel":"sms","text":""}"#).expect("a message");
            content.text = "x".repeat(1 << 20);
            inbox.add(content);
        }
        let kept = inbox.newest(usize::MAX, |_| true);
        assert!(kept.len() < 64 && kept.len() > 60, "{}", kept.len());
        assert_eq!(kept[0].id, "msg_80");
        inbox.clear();
        assert_eq!(inbox.lock().bytes, 0);
    }
}
