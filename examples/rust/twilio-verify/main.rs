//! Twilio makes, sends and checks the code:
//! `cargo run --release -p otpkit --example twilio-verify -- +31612345678`, with `TWILIO_ACCOUNT_SID`, `TWILIO_AUTH_TOKEN` and `TWILIO_SERVICE_SID` in the environment.

use otpkit::{Check, Client, SecretText, Start, TwilioVerifySettings};
use std::env;
use std::io::{self, BufRead};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let to = env::args().nth(1).ok_or("name a phone number, such as +31612345678")?;
    let mut twilio = TwilioVerifySettings {
        account_sid: env::var("TWILIO_ACCOUNT_SID")?,
        auth_token: Some(SecretText::new(env::var("TWILIO_AUTH_TOKEN")?)),
        service_sid: env::var("TWILIO_SERVICE_SID")?,
        ..TwilioVerifySettings::default()
    };
    // The sandbox instead of Twilio: http://127.0.0.1:4680.
    if let Ok(sandbox) = env::var("TWILIO_BASE_URL") {
        twilio.base_url = Some(sandbox);
        twilio.allow_private = true;
    }
    let otp = Client::builder().provider_settings("twilio", twilio).build()?;

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
