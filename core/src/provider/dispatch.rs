//! Asks the providers of a route, one after the other, until one has (perhaps) sent.

use super::detail::hide;
use super::{CreateResult, Entry, Message, Outgoing, Provider, SendResult};
use crate::error::{Error, ErrorKind};
use crate::guard::{NoAnswer, guarded};
use crate::settings::OnError;
use crate::types::{Code, Delivery};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// What is to be sent.
#[derive(Clone)]
pub(crate) struct Job {
    pub(crate) message: Message,
    pub(crate) code: Code,
    pub(crate) text: String,
    /// The verifier's reference, if this is a resend of a verifier's code.
    pub(crate) again: Option<String>,
}

/// Who served.
pub(crate) struct Served<'e> {
    pub(crate) entry: &'e Entry,
    pub(crate) delivery: Delivery,
    /// The provider's own name of the message or verification.
    pub(crate) reference: Option<String>,
    /// Whether the service has a code of its own.
    pub(crate) verifier: bool,
}

/// Why nobody did.
pub(crate) struct Failed {
    pub(crate) error: Error,
    /// Whether something may have been sent all the same.
    pub(crate) perhaps_sent: bool,
}

/// One try, for the observer.
pub(crate) struct Try<'a> {
    pub(crate) provider: &'a str,
    pub(crate) result: &'static str,
    pub(crate) detail: Option<String>,
    pub(crate) took: Duration,
}

/// How one try went.
enum Tried {
    Took {
        delivery: Delivery,
        reference: Option<String>,
    },
    NotSent,
    Refused(Failed),
}

const LIMITED_MIN: Duration = Duration::from_secs(1);
const LIMITED_MAX: Duration = Duration::from_secs(3600);
const LIMITED_UNSAID: Duration = Duration::from_secs(30);

/// Asks each provider in turn. Only a clear *not sent* lets the next one try: whatever may have been sent is never
/// sent a second time.
pub(crate) async fn dispatch<'e>(
    entries: &[&'e Entry],
    job: Job,
    deadline: Instant,
    note: &(dyn Fn(Try<'_>) + Sync),
) -> Result<Served<'e>, Failed> {
    let (to, code) = (job.message.to.clone(), job.code.clone());
    let mut job = Some(job);
    for (at, entry) in entries.iter().enumerate() {
        let began = Instant::now();
        let left = deadline.saturating_duration_since(began);
        if left.is_zero() {
            break;
        }
        let limit = entry.timeout.map_or(left, |timeout| timeout.min(left));
        let verifier = matches!(entry.provider, Provider::Verifier(_));
        // The last one gets the job itself.
        let its_job = if at + 1 == entries.len() {
            job.take()
        } else {
            job.clone()
        };
        let Some(its_job) = its_job else { break };
        let (tried, result, detail) = attempt(entry, its_job, limit).await;
        let detail = detail.map(|text| hide(&text, &to, &code));
        note(Try {
            provider: &entry.name,
            result,
            detail,
            took: began.elapsed(),
        });
        match tried {
            Tried::Took { delivery, reference } => {
                return Ok(Served {
                    entry,
                    delivery,
                    reference,
                    verifier,
                });
            }
            Tried::Refused(failed) => return Err(failed),
            Tried::NotSent => {}
        }
    }
    let sentence = "no provider of the route took the message; nothing was sent. The events tell the operator why";
    Err(Failed {
        error: Error::new(ErrorKind::ProviderUnavailable, sentence),
        perhaps_sent: false,
    })
}

async fn attempt(entry: &Entry, job: Job, limit: Duration) -> (Tried, &'static str, Option<String>) {
    let Job {
        mut message,
        code,
        text,
        again,
    } = job;
    message.deadline = limit;
    let answer = match &entry.provider {
        Provider::Sender(sender) => {
            let outgoing = Outgoing { message, code, text };
            guarded(|| sender.send(outgoing), limit)
                .await
                .unwrap_or_else(|why| no_answer(entry, why).into())
        }
        Provider::Verifier(verifier) => {
            // The host's code too: what panics there says nothing.
            let asked = catch_unwind(AssertUnwindSafe(|| verifier.checks_by_recipient()));
            let by_recipient = asked.unwrap_or(false);
            let created = match &again {
                Some(reference) => guarded(|| verifier.resend(message, reference.clone()), limit).await,
                None => guarded(|| verifier.create(message), limit).await,
            };
            let created = created.unwrap_or_else(|why| no_answer(entry, why));
            let created = match created {
                CreateResult::Created { reference } if reference.is_empty() && !by_recipient => {
                    CreateResult::Ambiguous("created, but without the reference that a check needs".into())
                }
                created => created,
            };
            match created {
                CreateResult::Ambiguous(why) if !by_recipient => {
                    let sentence = match again {
                        Some(_) => {
                            "the provider gave no clear answer to the resend; a code that arrived before may still be good"
                        }
                        None => {
                            "the provider gave no clear answer, so its code could not be checked; start again later"
                        }
                    };
                    let error = Error::new(ErrorKind::CannotTell, sentence);
                    return (
                        Tried::Refused(Failed {
                            error,
                            perhaps_sent: true,
                        }),
                        "ambiguous",
                        Some(why),
                    );
                }
                created => created.into(),
            }
        }
    };
    judge(answer)
}

/// A silence may have sent. What a panic means is the host's to say, as with an exception in other languages.
fn no_answer(entry: &Entry, why: NoAnswer) -> CreateResult {
    match (why, entry.on_error) {
        (NoAnswer::Panicked, OnError::NotSent) => CreateResult::NotSent(why.sentence().into()),
        _ => CreateResult::Ambiguous(why.sentence().into()),
    }
}

fn judge(answer: SendResult) -> (Tried, &'static str, Option<String>) {
    let refused = |error| {
        Tried::Refused(Failed {
            error,
            perhaps_sent: false,
        })
    };
    match answer {
        SendResult::Sent { reference } => (
            Tried::Took {
                delivery: Delivery::Sent,
                reference,
            },
            "sent",
            None,
        ),
        SendResult::Ambiguous(why) => (
            Tried::Took {
                delivery: Delivery::Unknown,
                reference: None,
            },
            "ambiguous",
            Some(why),
        ),
        SendResult::NotSent(why) => (Tried::NotSent, "not_sent", Some(why)),
        SendResult::Rejected(why) => {
            let sentence =
                "the provider refused this message for good; nothing was sent. The events tell the operator why";
            (
                refused(Error::new(ErrorKind::Rejected, sentence)),
                "rejected",
                Some(why),
            )
        }
        SendResult::Limited { retry_after } => {
            let wait = retry_after.unwrap_or(LIMITED_UNSAID).clamp(LIMITED_MIN, LIMITED_MAX);
            let sentence = "the provider takes no more messages for now; nothing was sent";
            (
                refused(Error::new(ErrorKind::ProviderLimited, sentence).with_retry_after(wait)),
                "limited",
                None,
            )
        }
    }
}

impl From<CreateResult> for SendResult {
    fn from(created: CreateResult) -> SendResult {
        match created {
            CreateResult::Created { reference } => SendResult::Sent {
                reference: Some(reference),
            },
            CreateResult::NotSent(why) => SendResult::NotSent(why),
            CreateResult::Rejected(why) => SendResult::Rejected(why),
            CreateResult::Limited { retry_after } => SendResult::Limited { retry_after },
            CreateResult::Ambiguous(why) => SendResult::Ambiguous(why),
        }
    }
}
