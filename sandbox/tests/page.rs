//! The inbox page as the server gives it, without scripts.

mod common;

use common::{message, sandbox};
use hyper::header;
use serde_json::json;

#[tokio::test]
async fn the_page_shows_messages_newest_first_without_scripts() {
    let fixture = sandbox().await;
    fixture.add(&message("+31612345678", "111111")).await;
    fixture.add(&message("ada@example.com", "222222")).await;
    let page = fixture.get("/").await.text().await;
    let first = page.find(">222222<").expect("the newer code");
    let second = page.find(">111111<").expect("the older code");
    assert!(first < second);
    assert!(page.contains("2 messages"));
    assert!(page.contains(r#"data-testid="empty" hidden"#));
    for hook in ["message", "code", "copy", "clear", "filter"] {
        assert!(page.contains(&format!(r#"data-testid="{hook}""#)), "{hook}");
    }
}

#[tokio::test]
async fn an_empty_inbox_tells_how_to_send() {
    let fixture = sandbox().await;
    let page = fixture.get("/").await.text().await;
    assert!(page.contains(r#"data-testid="empty" >"#));
    assert!(page.contains(&format!("curl {}/api/messages", fixture.sandbox.url())));
}

#[tokio::test]
async fn the_page_filters_without_scripts() {
    let fixture = sandbox().await;
    fixture.add(&message("+31612345678", "111111")).await;
    fixture.add(&message("ada@example.com", "222222")).await;
    let page = fixture.get("/?to=%2B31+6").await.text().await;
    assert!(page.contains(">111111<") && !page.contains(">222222<"));
    assert!(page.contains("1 of 2 messages") && page.contains(r#"value="+31 6""#));
    let page = fixture.get("/?to=+316").await.text().await;
    assert!(page.contains(">111111<") && page.contains(r#"value="+316""#));
    let page = fixture.get("/?to=nobody").await.text().await;
    assert!(page.contains(r#"data-testid="nothing-found" >"#));
}

#[tokio::test]
async fn markup_in_any_field_stays_text() {
    let fixture = sandbox().await;
    let evil = r#""'><script>alert(1)</script><img src=x onerror=alert(2)>{{row}}&amp;"#;
    let fields = [
        "to", "channel", "text", "code", "purpose", "tenant", "provider", "locale", "subject",
    ];
    let evil_message: serde_json::Map<_, _> = fields.iter().map(|field| ((*field).to_owned(), json!(evil))).collect();
    fixture.add(&evil_message.into()).await;
    for path in ["/", "/?to=%22%27%3E%3Cscript%3Ealert(1)%3C/script%3E"] {
        let page = fixture.get(path).await.text().await;
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "{path}");
        assert!(
            !page.contains("<script>alert") && !page.contains("<img src=x"),
            "{path}"
        );
        assert!(!page.contains(r#"value=""'"#), "{path}");
    }
    // As JSON it is what was sent.
    assert_eq!(fixture.messages("").await[0]["text"], evil);
}

#[tokio::test]
async fn every_answer_is_locked_down() {
    let fixture = sandbox().await;
    for path in [
        "/",
        "/inbox.js",
        "/inbox.css",
        "/icon.svg",
        "/api/messages",
        "/healthz",
        "/nowhere",
    ] {
        let answer = fixture.get(path).await;
        let headers = answer.headers;
        let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().expect("text");
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self';"),
            "{path}: {policy}"
        );
        assert!(
            policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"),
            "{path}: {policy}"
        );
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff", "{path}");
        assert_eq!(headers[header::CACHE_CONTROL], "no-store", "{path}");
        assert_eq!(headers["cross-origin-resource-policy"], "same-origin", "{path}");
        assert!(!headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN), "{path}");
    }
}

#[tokio::test]
async fn the_page_obeys_its_own_policy() {
    let fixture = sandbox().await;
    fixture.add(&message("+31612345678", "111111")).await;
    let page = fixture.get("/").await.text().await;
    assert_eq!(page.matches("<script").count(), 1);
    assert!(page.contains(r#"<script type="module" src="/inbox.js"></script>"#));
    for forbidden in [
        "<style",
        " style=",
        " onclick=",
        " onload=",
        "javascript:",
        "src=\"http",
        "href=\"http",
        "src=\"//",
    ] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    let script = fixture.get("/inbox.js").await;
    assert_eq!(script.headers[header::CONTENT_TYPE], "text/javascript; charset=utf-8");
    let script = script.text().await;
    for forbidden in [
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "http:",
        "https:",
    ] {
        assert!(!script.contains(forbidden), "{forbidden}");
    }
    let style = fixture.get("/inbox.css").await;
    assert_eq!(style.headers[header::CONTENT_TYPE], "text/css; charset=utf-8");
    let style = style.text().await;
    assert!(!style.contains("url(") && !style.contains("@import"));
    assert_eq!(
        fixture.get("/icon.svg").await.headers[header::CONTENT_TYPE],
        "image/svg+xml"
    );
}

#[tokio::test]
async fn a_long_inbox_is_cut_on_the_page_and_says_so() {
    let fixture = sandbox().await;
    for number in 0..103 {
        fixture.add(&message("+31612345678", &format!("{number:06}"))).await;
    }
    let page = fixture.get("/").await.text().await;
    // A hundred rows, and the one that the script copies.
    assert_eq!(page.matches(r#"data-testid="message""#).count(), 101);
    assert!(page.contains("The 3 older ones"));
}
