//! Sends a code into an outbox and checks it: `cargo run --release -p otpkit --example quickstart`.

use otpkit::{Check, Client, OutboxSettings, Start};

#[tokio::main(flavor = "current_thread")]
async fn main() -> otpkit::Result<()> {
    // The outbox keeps messages in memory. In production this is a provider that reaches phones.
    let otp = Client::builder()
        .provider_settings("outbox", OutboxSettings::default())
        .build()?;

    let started = otp.start(Start::to("+31 6 1234 5678").purpose("login")).await?;
    println!("sent to {}, good until {:?}", started.to_masked, started.expires_at);

    let wrong = otp
        .check(Check::new(started.id.as_str(), "0000").purpose("login"))
        .await?;
    println!(
        "a wrong code: {}, {} attempts left",
        wrong.status.as_str(),
        wrong.attempts_left.unwrap_or(0)
    );

    let code = otp
        .outbox("outbox")
        .and_then(|outbox| outbox.last())
        .map(|message| message.code)
        .unwrap_or_default();
    let right = otp
        .check(Check::new(started.id.as_str(), code).purpose("login"))
        .await?;
    println!(
        "the right code: {}, it was {}",
        right.status.as_str(),
        right.to.as_deref().unwrap_or("nobody")
    );
    Ok(())
}
