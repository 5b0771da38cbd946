use crate::provider::http::verdict::{Code, ErrorTable, Kind};

const fn row(code: u32, about: &'static [&'static str], kind: Kind, means: &'static str) -> Code {
    Code {
        code,
        about,
        kind,
        means,
    }
}

/// The numbers are those of <https://www.twilio.com/docs/api/errors>; `about` is a word of the error's message.
pub(crate) static ERRORS: ErrorTable = ErrorTable {
    vendor: "Twilio",
    codes: &[
        row(10001, &[], Kind::AuthFailed, "The account is not active"),
        row(14107, &[], Kind::RateLimited, "Too many messages at once"),
        row(20003, &[], Kind::AuthFailed, "The credentials are wrong"),
        row(20005, &[], Kind::AuthFailed, "The account is not active"),
        row(
            20404,
            &[],
            Kind::NotFound,
            "There is no such thing, or the verification is over",
        ),
        row(20429, &[], Kind::RateLimited, "Too many requests"),
        row(20500, &[], Kind::Transient, "An internal error of Twilio"),
        row(21211, &[], Kind::InvalidNumber, "The recipient's number is not valid"),
        row(
            21217,
            &[],
            Kind::InvalidNumber,
            "The recipient's number does not look valid",
        ),
        row(21408, &[], Kind::Blocked, "The account may not send to this region"),
        row(21603, &[], Kind::BadRequest, "There is no number to send from"),
        row(
            21606,
            &[],
            Kind::BadRequest,
            "The number to send from is not this account's, or cannot send",
        ),
        row(
            21608,
            &[],
            Kind::BadRequest,
            "A trial account sends to verified numbers only",
        ),
        row(21610, &[], Kind::Blocked, "The recipient has unsubscribed"),
        row(
            21612,
            &[],
            Kind::Blocked,
            "There is no way from this sender to this recipient",
        ),
        row(
            21614,
            &[],
            Kind::InvalidNumber,
            "The recipient's number is no mobile number",
        ),
        row(
            30002,
            &[],
            Kind::AuthFailed,
            "The account is suspended, often for lack of funds",
        ),
        row(30004, &[], Kind::Blocked, "The message was blocked"),
        row(30007, &[], Kind::Blocked, "A carrier filtered the message"),
        row(60200, &["To"], Kind::InvalidNumber, "The recipient is not valid"),
        row(
            60200,
            &["Code"],
            Kind::WrongCode,
            "The code does not have the form of this service's codes",
        ),
        row(60200, &[], Kind::BadRequest, "A parameter is not valid"),
        row(
            60202,
            &[],
            Kind::TooManyAttempts,
            "The codes that may be tried are used up",
        ),
        row(
            60203,
            &[],
            Kind::RateLimited,
            "The sends of this verification are used up; wait until it expires",
        ),
        row(60204, &[], Kind::BadRequest, "The service does not do this"),
        row(
            60205,
            &[],
            Kind::InvalidNumber,
            "The recipient's number is a landline, which takes no text messages",
        ),
        row(60207, &[], Kind::RateLimited, "The service's own rate limit is reached"),
        row(
            60212,
            &[],
            Kind::RateLimited,
            "Too many requests for this recipient at once",
        ),
        row(
            60223,
            &[],
            Kind::BadRequest,
            "The channel is switched off in this service",
        ),
        row(60238, &[], Kind::Blocked, "Twilio has blocked this verification"),
        row(
            60410,
            &[],
            Kind::Blocked,
            "The fraud guard has blocked this destination",
        ),
        row(
            60605,
            &[],
            Kind::Blocked,
            "The geographic permissions do not allow this destination",
        ),
    ],
};
