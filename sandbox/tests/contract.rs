//! What the API promises to applications and tests.

mod common;

use common::{message, sandbox, sandbox_with};
use hyper::{Method, StatusCode, header};
use otpkit_sandbox::{BindError, Options, Reach, Sandbox};
use serde_json::{Value, json};

#[tokio::test]
async fn a_posted_message_is_listed_with_every_field() {
    let fixture = sandbox().await;
    let mut sent = json!({
        "to": "+31 6 1234 5678", "channel": "email", "text": "Use 042424.\nBye", "code": "042424", "purpose": "login",
        "tenant": "acme", "provider": "mine", "locale": "nl", "subject": "Your code",
    });
    assert_eq!(fixture.add(&sent).await, "msg_1");
    let messages = fixture.messages("").await;
    let received_at = messages[0]["received_at"].as_str().expect("a time").to_owned();
    assert_eq!(received_at.len(), "2026-01-01T00:00:00.000Z".len(), "{received_at}");
    let arrival = humantime::parse_rfc3339(&received_at).expect("RFC 3339 in UTC");
    assert!(arrival.elapsed().is_ok_and(|age| age.as_secs() < 60), "{received_at}");
    sent["id"] = json!("msg_1");
    sent["received_at"] = json!(received_at);
    assert_eq!(messages, [sent]);
}

#[tokio::test]
async fn what_was_not_said_is_null() {
    let fixture = sandbox().await;
    fixture
        .add(&json!({"to": "ada@example.com", "channel": "email", "text": "", "code": null}))
        .await;
    let message = &fixture.messages("").await[0];
    for field in ["code", "purpose", "tenant", "provider", "locale", "subject"] {
        assert_eq!(message.get(field), Some(&Value::Null), "{field}");
    }
}

#[tokio::test]
async fn newest_come_first_up_to_the_limit() {
    let fixture = sandbox().await;
    for code in ["111111", "222222", "333333"] {
        fixture.add(&message("+31612345678", code)).await;
    }
    assert_eq!(fixture.codes("").await, ["333333", "222222", "111111"]);
    assert_eq!(fixture.codes("?limit=2").await, ["333333", "222222"]);
    assert_eq!(fixture.codes("?limit=99999").await.len(), 3);
}

#[tokio::test]
async fn a_recipient_is_found_however_it_is_written() {
    let fixture = sandbox().await;
    fixture.add(&message("+31 (6) 1234-5678", "111111")).await;
    fixture.add(&message("+32470123456", "222222")).await;
    fixture.add(&message("ada+test@example.com", "333333")).await;
    let phone = [
        "%2B31612345678",
        "+31612345678",
        "%2B31+6+1234+5678",
        "+31+6+12345678",
        "%2B31%20(6)%201234-5678",
    ];
    for to in phone {
        assert_eq!(fixture.codes(&format!("?to={to}")).await, ["111111"], "{to}");
    }
    for to in ["ada%2Btest@example.com", "ada+test@example.com"] {
        assert_eq!(fixture.codes(&format!("?to={to}")).await, ["333333"], "{to}");
    }
    for to in [
        "31612345678",
        "%2B3161234567",
        "%2B316123456789",
        "adatest@example.com",
        "+33612345678",
    ] {
        assert!(fixture.codes(&format!("?to={to}")).await.is_empty(), "{to}");
    }
}

#[tokio::test]
async fn delete_empties_and_ids_go_on() {
    let fixture = sandbox().await;
    fixture.add(&message("+31612345678", "111111")).await;
    let answer = fixture.delete().await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert_eq!(answer.text().await, "");
    assert!(fixture.messages("").await.is_empty());
    assert_eq!(fixture.add(&message("+31612345678", "222222")).await, "msg_2");
}

#[tokio::test]
async fn only_the_last_messages_are_kept() {
    let fixture = sandbox_with(Options::new().with_keep(3)).await;
    for number in 0..10 {
        fixture.add(&message("+31612345678", &format!("00000{number}"))).await;
    }
    assert_eq!(fixture.codes("").await, ["000009", "000008", "000007"]);
}

#[tokio::test]
async fn many_at_once_each_get_their_own_id() {
    let fixture = sandbox().await;
    let adding = (0..200).map(|number| {
        let message = message(&format!("+1202555{number:04}"), "123456");
        let request = fixture.request(Method::POST, "/api/messages").json(&message);
        tokio::spawn(async move { request.send().await.json().await })
    });
    let mut ids = Vec::new();
    for task in adding.collect::<Vec<_>>() {
        ids.push(task.await.expect("no panic")["id"].as_str().expect("an id").to_owned());
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 200);
    assert_eq!(fixture.messages("").await.len(), 200);
}

#[tokio::test]
async fn healthz_says_ok() {
    let fixture = sandbox().await;
    let answer = fixture.get("/healthz").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.headers[header::CONTENT_TYPE], "application/json");
    assert_eq!(answer.text().await, r#"{"ok":true}"#);
}

#[tokio::test]
async fn remote_addresses_are_bound_only_when_said() {
    let anywhere = ([0, 0, 0, 0], 0).into();
    let refused = Sandbox::bind(anywhere, Options::new()).await.expect_err("not loopback");
    assert!(matches!(refused, BindError::NotLoopback(_)));
    assert!(refused.to_string().contains("--allow-remote"), "{refused}");
    let sandbox = Sandbox::bind(anywhere, Options::new().with_reach(Reach::Remote))
        .await
        .expect("said so");
    assert_ne!(sandbox.local_addr().port(), 0);
    sandbox.shutdown().await;
}

#[tokio::test]
async fn a_keep_out_of_range_is_refused() {
    for keep in [0, Options::MAX_KEEP + 1] {
        let refused = Sandbox::bind(([127, 0, 0, 1], 0).into(), Options::new().with_keep(keep)).await;
        assert!(matches!(refused, Err(BindError::Keep(said)) if said == keep));
    }
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let fixture = sandbox().await;
    let addr = fixture.sandbox.local_addr();
    let refused = Sandbox::bind(addr, Options::new()).await.expect_err("in use");
    assert!(matches!(refused, BindError::PortInUse(_)));
    let text = refused.to_string();
    assert!(
        text.contains(&format!("port {} ", addr.port())) && text.contains("--listen"),
        "{text}"
    );
}
