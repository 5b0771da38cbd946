use crate::provider::http::verdict::{Code, ErrorTable, Kind};

const fn row(code: u32, about: &'static [&'static str], kind: Kind, means: &'static str) -> Code {
    Code {
        code,
        about,
        kind,
        means,
    }
}

/// The numbers are those of MessageBird's own PHP and C# libraries; `about` is the error's `parameter`.
pub(crate) static ERRORS: ErrorTable = ErrorTable {
    vendor: "MessageBird",
    codes: &[
        row(2, &[], Kind::AuthFailed, "Request not allowed: the access key is wrong"),
        row(
            9,
            &["recipient", "recipients"],
            Kind::InvalidNumber,
            "No correct recipient",
        ),
        row(9, &[], Kind::BadRequest, "A parameter is missing"),
        row(
            10,
            &["token"],
            Kind::WrongCode,
            "The code is wrong, or nothing is left to check it by",
        ),
        row(
            10,
            &["recipient", "recipients"],
            Kind::InvalidNumber,
            "The recipient is not valid",
        ),
        row(
            10,
            &[],
            Kind::BadRequest,
            "A parameter is not valid, for example the originator",
        ),
        row(20, &[], Kind::NotFound, "There is no such object"),
        row(25, &[], Kind::InsufficientFunds, "The balance is too low"),
        row(98, &[], Kind::BadRequest, "There is no such API"),
        row(99, &[], Kind::Transient, "An internal error of MessageBird"),
    ],
};
