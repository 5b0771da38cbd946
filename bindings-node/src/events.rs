//! Events on their way to `onEvent`: queued, so that a listener never runs in the middle of a call.

use otpkit::{Event, Observer};
use std::sync::Arc;

use crate::hub::{Shared, Work};
use crate::inline;

pub(crate) struct Events {
    pub(crate) shared: Arc<Shared>,
    pub(crate) client: f64,
}

impl Observer for Events {
    fn event(&self, event: &Event) {
        let Ok(json) = serde_json::to_string(event) else { return };
        // A script may end right after its last call; the event is still delivered. JavaScript releases the loop
        // when nothing is under way.
        if let Some(env) = inline::environment(&self.shared) {
            self.shared.hold(&env);
        }
        self.shared.push(Work::Event(self.client, json));
    }
}
