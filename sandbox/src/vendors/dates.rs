//! Times as the vendors write them.

use std::time::{Duration, SystemTime};

/// MessageBird: `2016-05-03T14:26:57+00:00`.
pub(super) fn with_offset(time: SystemTime) -> String {
    with_z(time).replace('Z', "+00:00")
}

/// Twilio Verify: `2015-07-30T20:00:00Z`.
pub(super) fn with_z(time: SystemTime) -> String {
    humantime::format_rfc3339_seconds(time).to_string()
}

/// Twilio Messages, as in e-mail: `Thu, 24 Aug 2023 05:01:45 +0000`.
pub(super) fn as_in_mail(time: SystemTime) -> String {
    httpdate::fmt_http_date(time).replace("GMT", "+0000")
}

/// A moment that a client named in RFC 3339, with any offset.
pub(super) fn parse(text: &str) -> Option<SystemTime> {
    if let Ok(time) = humantime::parse_rfc3339(text) {
        return Some(time);
    }
    let at = text.len().checked_sub("+00:00".len())?;
    if !text.is_char_boundary(at) {
        return None;
    }
    let (local, offset) = text.split_at(at);
    let (hours, minutes) = offset.get(1..)?.split_once(':')?;
    let minutes = hours.parse::<u64>().ok()? * 60 + minutes.parse::<u64>().ok()?;
    let local = humantime::parse_rfc3339(&format!("{local}Z")).ok()?;
    let shift = Duration::from_secs(minutes * 60);
    match offset.get(..1)? {
        "+" => local.checked_sub(shift),
        "-" => local.checked_add(shift),
        _ => None,
    }
}

/// Whole seconds since 1970.
pub(super) fn epoch(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_692_853_305)
    }

    #[test]
    fn times_are_written_as_each_vendor_does() {
        assert_eq!(with_offset(time()), "2023-08-24T05:01:45+00:00");
        assert_eq!(with_z(time()), "2023-08-24T05:01:45Z");
        assert_eq!(as_in_mail(time()), "Thu, 24 Aug 2023 05:01:45 +0000");
        assert_eq!(epoch(time()), 1_692_853_305);
    }

    #[test]
    fn times_are_read_with_any_offset() {
        for text in [
            "2023-08-24T05:01:45Z",
            "2023-08-24T07:01:45+02:00",
            "2023-08-24T00:31:45-04:30",
        ] {
            assert_eq!(parse(text), Some(time()), "{text}");
        }
        for text in [
            "",
            "tomorrow",
            "2023-08-24",
            "é+02:00",
            "2023-08-24T07:01:45*02:00",
            "2023-08-24T07:01:45+0x:00",
            "ééé",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
