//! Word of new messages, as server-sent events.

use std::convert::Infallible;
use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{StreamExt, stream};

use crate::inbox::Change;
use crate::server::{App, stopped};

const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How soon a browser tries again after the connection is lost.
const RETRY: Duration = Duration::from_secs(1);

pub(crate) async fn events(State(app): State<Arc<App>>) -> impl IntoResponse {
    // Listening starts before the answer does: whatever arrives after the client has seen the headers is told.
    let listening = (app.inbox.changes(), app.stopping.clone());
    let changes = stream::unfold(listening, |(mut changes, mut stopping)| async move {
        tokio::select! {
            // A listener that fell too far behind is sent away: it connects again and reads the list afresh.
            change = changes.recv() => change.ok().map(|change| (event(&change), (changes, stopping))),
            () = stopped(&mut stopping) => None,
        }
    });
    let hello = Event::default().comment("connected").retry(RETRY);
    let events = stream::once(ready(hello)).chain(changes).map(Ok::<_, Infallible>);
    Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE).text("keepalive"))
}

fn event(change: &Change) -> Event {
    match change {
        Change::Arrived(message) => {
            let data = serde_json::to_string(message).expect("a message holds only strings");
            Event::default().event("message").data(data)
        }
        Change::Cleared => Event::default().event("cleared").data("{}"),
    }
}
