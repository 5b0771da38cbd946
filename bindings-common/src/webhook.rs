//! A vendor's request as JSON: what a host that has no richer types hands over.

use otpkit::{Error, Result, WebhookRequest};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// The fields of a `webhook`; the first ones are required. The provider's name goes beside them.
pub const FIELDS: (&[&str], &[&str]) = (&["method", "url"], &["headers", "body"]);

/// The longest JSON that is read, in bytes. A body that is larger, or no UTF-8, is handed over as bytes.
pub const JSON_MAX: usize = 2 * 1024 * 1024;

#[derive(Deserialize)]
struct Request {
    method: String,
    url: String,
    #[serde(default)]
    headers: BTreeMap<String, Values>,
    body: Option<String>,
}

/// One value of a header, or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Values {
    One(String),
    Many(Vec<String>),
}

/// Reads a request from JSON, with the body in it or beside it.
///
/// # Errors
/// `invalid_input` naming the field.
pub fn from_json(json: &str, body: Option<&[u8]>) -> Result<WebhookRequest> {
    if json.len() > JSON_MAX {
        let sentence = format!("a request has at most {JSON_MAX} bytes of JSON; hand a large body over as bytes");
        return Err(Error::invalid_input("request", sentence));
    }
    let fields: serde_json::Map<String, Value> =
        serde_json::from_str(json).map_err(|_| Error::invalid_input("request", "a request is one JSON object"))?;
    let (required, optional) = FIELDS;
    if let Some(name) = fields
        .keys()
        .find(|name| !required.contains(&name.as_str()) && !optional.contains(&name.as_str()))
    {
        let known: Vec<_> = required.iter().chain(optional).copied().collect();
        let shown: String = name.chars().filter(|c| c.is_ascii_graphic()).take(40).collect();
        let sentence = format!("`webhook` has no such field; it takes {}", known.join(", "));
        return Err(Error::invalid_input(shown, sentence));
    }
    for name in required {
        if !fields.contains_key(*name) {
            return Err(Error::invalid_input(*name, "`webhook` needs this field, as a string"));
        }
    }
    let request: Request = serde_path_to_error::deserialize(Value::Object(fields)).map_err(|error| {
        let path = error.path().to_string();
        let field = path.split('.').next().unwrap_or_default().to_owned();
        let shape = match field.as_str() {
            "headers" => "an object of strings, or of lists of strings",
            _ => "a string",
        };
        Error::invalid_input(field, format!("this field is {shape}"))
    })?;
    let mut read = WebhookRequest::new(request.method, request.url);
    for (name, values) in request.headers {
        match values {
            Values::One(value) => read.headers.push((name, value)),
            Values::Many(values) => read
                .headers
                .extend(values.into_iter().map(|value| (name.clone(), value))),
        }
    }
    read.body = match (request.body, body) {
        (Some(_), Some(_)) => {
            return Err(Error::invalid_input(
                "body",
                "the body is given twice, in the JSON and as bytes",
            ));
        }
        (Some(text), None) => text.into_bytes(),
        (None, bytes) => bytes.unwrap_or_default().to_vec(),
    };
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_whole() {
        let json =
            r#"{"method": "POST", "url": "https://example.com/", "headers": {"a": "1", "b": ["2", "3"]}, "body": "x"}"#;
        let request = from_json(json, None).unwrap();
        assert_eq!(
            (request.method.as_str(), request.url.as_str()),
            ("POST", "https://example.com/")
        );
        let headers: Vec<_> = request
            .headers
            .iter()
            .map(|(name, value)| format!("{name}{value}"))
            .collect();
        assert_eq!(
            (headers.join(" ").as_str(), request.body.as_slice()),
            ("a1 b2 b3", b"x".as_slice())
        );
        let bytes = from_json(r#"{"method": "POST", "url": "u"}"#, Some(b"\xff\0")).unwrap();
        assert_eq!(bytes.body, b"\xff\0");
        assert_eq!(from_json(r#"{"method": "POST", "url": "u"}"#, None).unwrap().body, b"");
    }

    #[test]
    fn what_has_another_shape_is_refused_with_its_field() {
        let field = |json: &str, body| from_json(json, body).err().unwrap().field().unwrap().to_owned();
        for (json, expected) in [
            ("", "request"),
            ("[]", "request"),
            (r#"{"url": "u"}"#, "method"),
            (r#"{"method": "GET"}"#, "url"),
            (r#"{"method": 1, "url": "u"}"#, "method"),
            (r#"{"method": "GET", "url": null}"#, "url"),
            (r#"{"method": "GET", "url": "u", "headers": []}"#, "headers"),
            (r#"{"method": "GET", "url": "u", "headers": {"a": 1}}"#, "headers"),
            (
                r#"{"method": "GET", "url": "u", "headers": {"a": ["b", 1]}}"#,
                "headers",
            ),
            (r#"{"method": "GET", "url": "u", "body": {}}"#, "body"),
            (r#"{"method": "GET", "url": "u", "to": "x"}"#, "to"),
        ] {
            assert_eq!(field(json, None), expected, "{json}");
        }
        assert_eq!(field(r#"{"method": "GET", "url": "u", "body": ""}"#, Some(b"")), "body");
        assert_eq!(field(&" ".repeat(JSON_MAX + 1), None), "request");
    }
}
