//! Messages to a server on this machine: otpkit's providers, and reqwest alone with the same requests.

use crate::flood::flood;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use otpkit::types::Delivery;
use otpkit::{Builder, Client, Deliver, Settings};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const SID: &str = "AC00000000000000000000000000000000";
const TOKEN: &str = "ffffffffffffffffffffffffffffffff";
const FROM: &str = "+15005550006";
const KEY: &str = "test_key_of_the_benchmark";
const ORIGINATOR: &str = "Acme";

/// No number is used twice, so that no window per recipient refuses it.
static NEXT: AtomicUsize = AtomicUsize::new(0);

/// Clients are kept from round to round, and with them their connections.
pub(crate) struct Sends {
    runtime: tokio::runtime::Runtime,
    otpkit: HashMap<String, Arc<Client>>,
    reqwest: Option<reqwest::Client>,
}

impl Sends {
    pub(crate) fn new() -> Sends {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        Sends {
            runtime: runtime.expect("a runtime starts"),
            otpkit: HashMap::new(),
            reqwest: None,
        }
    }

    pub(crate) fn run(&mut self, case: &str, count: usize, in_flight: usize, url: &str) -> Option<Value> {
        let vendor = case
            .strip_prefix("send-otpkit-")
            .or_else(|| case.strip_prefix("send-reqwest-"))?;
        let taken = if case.starts_with("send-otpkit-") {
            let client = match self.client(vendor, url) {
                Ok(client) => client,
                Err(why) => return Some(json!({ "error": why })),
            };
            self.runtime
                .block_on(flood(count, in_flight, move || through_otpkit(Arc::clone(&client))))
        } else {
            let (client, vendor, url) = (self.reqwest(), vendor.to_owned(), url.to_owned());
            let send = move || through_reqwest(client.clone(), Request::of(&vendor, &url));
            self.runtime.block_on(flood(count, in_flight, send))
        };
        Some(taken.json(count))
    }

    fn client(&mut self, vendor: &str, url: &str) -> Result<Arc<Client>, String> {
        if let Some(client) = self.otpkit.get(vendor) {
            return Ok(Arc::clone(client));
        }
        let provider = match vendor {
            "twilio" => json!({
                "type": "twilio-sms", "account_sid": SID, "auth_token": TOKEN, "from": FROM, "base_url": url, "allow_private": true,
            }),
            _ => json!({
                "type": "messagebird-sms", "access_key": KEY, "originator": ORIGINATOR, "base_url": url, "allow_private": true,
            }),
        };
        let settings = Settings::from_json(&json!({ "providers": { "it": provider } }).to_string());
        let client = settings.and_then(|settings| Builder::from_settings(settings).build());
        let client = Arc::new(client.map_err(|why| why.to_string())?);
        self.otpkit.insert(vendor.to_owned(), Arc::clone(&client));
        Ok(client)
    }

    /// Built as the core builds its own.
    fn reqwest(&mut self) -> reqwest::Client {
        let build = || {
            let provider = Arc::new(rustls::crypto::ring::default_provider());
            let tls = rustls::ClientConfig::builder_with_provider(provider)
                .with_safe_default_protocol_versions()
                .expect("ring speaks them")
                .with_root_certificates(rustls::RootCertStore::empty())
                .with_no_client_auth();
            let client = reqwest::Client::builder()
                .connect_timeout(std::time::Duration::from_secs(3))
                .redirect(reqwest::redirect::Policy::none())
                .retry(reqwest::retry::never())
                .no_proxy()
                .http1_only()
                .user_agent("otpkit-bench")
                .tls_backend_preconfigured(tls);
            client.build().expect("these options are good")
        };
        self.reqwest.get_or_insert_with(build).clone()
    }
}

fn number() -> String {
    format!("+3161{:07}", NEXT.fetch_add(1, Ordering::Relaxed) % 10_000_000)
}

async fn through_otpkit(client: Arc<Client>) {
    let delivered = client
        .deliver(Deliver::new(number(), "042424"))
        .await
        .expect("the server takes it");
    assert!(delivered.delivery == Delivery::Sent, "the server says so");
}

struct Request {
    url: String,
    authorization: String,
    content_type: &'static str,
    body: String,
    /// Where the reply holds the message's name.
    name: &'static str,
}

impl Request {
    fn of(vendor: &str, url: &str) -> Request {
        let text = "Your code is 042424. It is good for 5 minutes.";
        match vendor {
            "twilio" => Request {
                url: format!("{url}/2010-04-01/Accounts/{SID}/Messages.json"),
                authorization: format!("Basic {}", STANDARD.encode(format!("{SID}:{TOKEN}"))),
                content_type: "application/x-www-form-urlencoded",
                body: form_urlencoded::Serializer::new(String::new())
                    .append_pair("To", &number())
                    .append_pair("From", FROM)
                    .append_pair("Body", text)
                    .finish(),
                name: "sid",
            },
            _ => Request {
                url: format!("{url}/messages"),
                authorization: format!("AccessKey {KEY}"),
                content_type: "application/json",
                body: json!({ "originator": ORIGINATOR, "recipients": [&number()[1..]], "body": text }).to_string(),
                name: "id",
            },
        }
    }
}

async fn through_reqwest(client: reqwest::Client, request: Request) {
    let sent = client
        .post(request.url)
        .timeout(std::time::Duration::from_secs(15))
        .header("authorization", request.authorization)
        .header("content-type", request.content_type)
        .body(request.body)
        .send()
        .await
        .expect("the server takes it");
    assert_eq!(sent.status().as_u16(), 201);
    let body = sent.bytes().await.expect("the reply is whole");
    let reply: Value = serde_json::from_slice(&body).expect("the reply is JSON");
    assert!(reply[request.name].is_string(), "the reply names the message");
}
