//! MessageBird makes, sends and checks the code:
//! `cargo run --release -p otpkit --example messagebird-verify -- +31612345678`, with `MESSAGEBIRD_ACCESS_KEY` in the environment.

use otpkit::{Check, Client, MessageBirdVerifySettings, SecretText, Start};
use std::env;
use std::io::{self, BufRead};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let to = env::args().nth(1).ok_or("name a phone number, such as +31612345678")?;
    let mut messagebird = MessageBirdVerifySettings {
        access_key: SecretText::new(env::var("MESSAGEBIRD_ACCESS_KEY")?),
        originator: Some("Acme".to_owned()),
        ..MessageBirdVerifySettings::default()
    };
    // The sandbox instead of MessageBird: http://127.0.0.1:4680.
    if let Ok(sandbox) = env::var("MESSAGEBIRD_BASE_URL") {
        messagebird.base_url = Some(sandbox);
        messagebird.allow_private = true;
    }
    let otp = Client::builder()
        .provider_settings("messagebird", messagebird)
        .build()?;

    let started = otp.start(Start::to(to).purpose("login")).await?;
    println!("a code is on its way to {}; type it here", started.to_masked);
    for line in io::stdin().lock().lines() {
        let checked = otp
            .check(Check::new(started.id.as_str(), line?.trim()).purpose("login"))
            .await?;
        if checked.approved {
            println!("welcome, {}", checked.to.as_deref().unwrap_or_default());
            break;
        }
        let left = checked.attempts_left.unwrap_or(0);
        println!("not approved ({}), {left} attempts left", checked.status.as_str());
        if left == 0 {
            break;
        }
    }
    Ok(())
}
