//! One call of the client as data, so that there is one way for all verbs.

use crate::reply::Reply;
use otpkit::{Cancel, Check, Client, Deliver, Error, Resend, Start, Status, Unlock};

pub(crate) enum Request {
    Start(Start),
    Check(Check),
    Resend(Resend),
    Cancel(Cancel),
    Status(Status),
    Deliver(Deliver),
    Unlock(Unlock),
}

/// Performs the call.
pub(crate) async fn perform(client: &Client, request: Request) -> Result<Reply, Error> {
    #[cfg(feature = "testing")]
    crate::testing::Fault::Inline.strike();
    let reply = match request {
        Request::Start(call) => Reply::Started(client.start(call).await?),
        Request::Check(call) => Reply::Checked(client.check(call).await?),
        Request::Resend(call) => Reply::Started(client.resend(call).await?),
        Request::Cancel(call) => Reply::Canceled(client.cancel(call).await?),
        Request::Status(call) => Reply::Status(client.status(call).await?),
        Request::Deliver(call) => Reply::Delivered(client.deliver(call).await?),
        Request::Unlock(call) => Reply::Unlocked(client.unlock(call).await?),
    };
    Ok(reply)
}
