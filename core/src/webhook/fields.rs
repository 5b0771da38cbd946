//! Names and values as reports carry them: in a query, in a form, in JSON.

use crate::types::WebhookRequest;

/// The query of a URL, still encoded.
pub(super) fn query(url: &str) -> &str {
    let url = url.split('#').next().unwrap_or_default();
    url.split_once('?').map_or("", |(_, query)| query)
}

/// The pairs of a query or a form, decoded to bytes: what is signed may be no UTF-8, and every byte of it counts.
pub(super) fn pairs(encoded: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    encoded
        .split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
            (decoded(&pair[..at]), decoded(pair.get(at + 1..).unwrap_or_default()))
        })
        .collect()
}

fn decoded(text: &[u8]) -> Vec<u8> {
    let digit = |at: usize| text.get(at).and_then(|byte| (*byte as char).to_digit(16));
    let mut bytes = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        match (text[at], digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push((high * 16 + low) as u8);
                at += 2;
            }
            (b'+', ..) => bytes.push(b' '),
            (byte, ..) => bytes.push(byte),
        }
        at += 1;
    }
    bytes
}

/// Writes with every byte as `%XX` but letters, digits, `-_.~` and those of `also`.
pub(super) fn encoded(bytes: &[u8], also: &[u8], into: &mut String) {
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(byte) || also.contains(byte) {
            into.push(*byte as char);
        } else {
            into.push_str(&format!("%{byte:02X}"));
        }
    }
}

/// What a request says, by name. Where a name stands twice, its first value is the one.
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// The body (a form, or an object of JSON), and behind it the query, which may be the host's own.
    pub(super) fn of(request: &WebhookRequest) -> Fields {
        let mut fields = match serde_json::from_slice(&request.body) {
            Ok(serde_json::Value::Object(object)) => Fields::of_json(&object),
            _ => Fields::of_pairs(&pairs(&request.body)),
        };
        fields
            .0
            .extend(Fields::of_pairs(&pairs(query(&request.url).as_bytes())).0);
        fields
    }

    fn of_pairs(pairs: &[(Vec<u8>, Vec<u8>)]) -> Fields {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Fields(pairs.iter().map(|(name, value)| (text(name), text(value))).collect())
    }

    /// The texts and numbers of an object.
    pub(super) fn of_json(object: &serde_json::Map<String, serde_json::Value>) -> Fields {
        let text = |value: &serde_json::Value| match value {
            serde_json::Value::String(text) => Some(text.clone()),
            serde_json::Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let fields = object
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), text(value)?)));
        Fields(fields.collect())
    }

    /// The value of the first of these names that has one.
    pub(super) fn get(&self, names: &[&str]) -> Option<&str> {
        let value = |name: &&str| {
            self.0
                .iter()
                .find(|field| field.0 == **name)
                .map(|field| field.1.as_str())
        };
        names.iter().filter_map(value).find(|value| !value.is_empty())
    }
}
