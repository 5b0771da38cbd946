//! What a reply says about time.

use reqwest::header::{DATE, HeaderMap, HeaderValue, RETRY_AFTER};
use std::time::{Duration, SystemTime};

const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(3600);

/// When to come again, between 1 second and 1 hour: seconds or a date. Of several the longest; what cannot be read says
/// nothing.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    // A date is judged by the server's own clock, where it shows one.
    let now = headers.get(DATE).and_then(date).unwrap_or_else(SystemTime::now);
    let waits = headers.get_all(RETRY_AFTER).iter().filter_map(|value| {
        seconds(value).or_else(|| date(value).map(|then| then.duration_since(now).unwrap_or_default()))
    });
    waits.max().map(|wait| wait.clamp(SHORTEST, LONGEST))
}

fn seconds(value: &HeaderValue) -> Option<Duration> {
    let text = value.to_str().ok()?.trim();
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // More digits than a number holds are a long time all the same.
    digits.then(|| Duration::from_secs(text.parse().unwrap_or(u64::MAX)))
}

fn date(value: &HeaderValue) -> Option<SystemTime> {
    httpdate::parse_http_date(value.to_str().ok()?.trim()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(retry_after: &[&str], date: Option<&str>) -> Option<u64> {
        let mut headers = HeaderMap::new();
        for value in retry_after {
            headers.append(RETRY_AFTER, HeaderValue::from_str(value).unwrap());
        }
        if let Some(date) = date {
            headers.insert(DATE, HeaderValue::from_str(date).unwrap());
        }
        super::retry_after(&headers).map(|wait| wait.as_secs())
    }

    #[test]
    fn seconds_dates_and_rubbish() {
        let noon = Some("Fri, 02 Jan 2026 12:00:00 GMT");
        assert_eq!(wait(&["17"], None), Some(17));
        assert_eq!(wait(&["0"], None), Some(1));
        assert_eq!(wait(&["1000000000000"], None), Some(3600));
        assert_eq!(wait(&["99999999999999999999999"], None), Some(3600));
        assert_eq!(wait(&["Fri, 02 Jan 2026 12:00:30 GMT"], noon), Some(30));
        assert_eq!(wait(&["Fri, 02 Jan 2026 11:00:00 GMT"], noon), Some(1));
        assert_eq!(wait(&["Sat, 03 Jan 2026 12:00:00 GMT"], noon), Some(3600));
        assert_eq!(wait(&["5", "120"], None), Some(120));
        assert_eq!(wait(&["soon", "9"], None), Some(9));
        for rubbish in ["-1", "", "soon", "1.5", "0x10", "12 s", "Fri, 99 Jan 2026 12:00:00 GMT"] {
            assert_eq!(wait(&[rubbish], None), None, "{rubbish}");
        }
        assert_eq!(wait(&[], None), None);
    }
}
