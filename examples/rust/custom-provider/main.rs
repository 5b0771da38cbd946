//! A sender of one's own, with another behind it: `cargo run --release -p otpkit --example custom-provider`.

use async_trait::async_trait;
use otpkit::{Check, Client, Outgoing, SendResult, Sender, Start};
use std::sync::{Arc, Mutex};

/// A gateway that is down. It says so clearly, so the next provider of the route may try.
struct Down;

#[async_trait]
impl Sender for Down {
    async fn send(&self, _: Outgoing) -> SendResult {
        SendResult::NotSent("the gateway is closed for maintenance".into())
    }
}

/// A gateway that works; here it writes into a variable.
#[derive(Clone, Default)]
struct Gateway(Arc<Mutex<String>>);

#[async_trait]
impl Sender for Gateway {
    async fn send(&self, outgoing: Outgoing) -> SendResult {
        println!("gateway: to {}: {}", outgoing.message.to.as_str(), outgoing.text);
        *self.0.lock().expect("nothing panics while it holds this lock") = outgoing.code.expose().to_owned();
        SendResult::Sent {
            reference: Some("message-1".into()),
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> otpkit::Result<()> {
    let gateway = Gateway::default();
    let otp = Client::builder()
        .brand("Acme")
        .provider("first", Down)
        .provider("second", gateway.clone())
        .build()?;

    let started = otp.start(Start::to("+31612345678")).await?;
    println!("{} served, delivery {}", started.provider, started.delivery.as_str());

    let code = gateway
        .0
        .lock()
        .expect("nothing panics while it holds this lock")
        .clone();
    let checked = otp.check(Check::new(started.id.as_str(), code)).await?;
    println!("{}", checked.status.as_str());
    Ok(())
}
