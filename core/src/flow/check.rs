use super::core::{Core, Located, context_hash};
use crate::engine::sealed::Contents;
use crate::engine::verbs::{Attempt, Attempted, RequestToken, Settled, Settlement};
use crate::error::{Error, ErrorKind, Result};
use crate::guard::guarded;
use crate::observe::Event;
use crate::provider::{CheckResult, Provider, VerifierCheck, hide};
use crate::types::{Alphabet, Check, Checked, Code, Parsed, Purpose, Reason, Recipient, VerificationId};
use std::time::{Duration, Instant};

/// One step of the store answers everything, unless a verifier has to be asked.
pub(crate) async fn check(core: &Core, call: Check) -> Result<Checked> {
    let deadline = core.deadline();
    let purpose = Parsed::purpose(call.purpose.as_deref())?;
    let id = Parsed::id(&call.id)?;
    let code = parse_code(core, &call.code, &purpose)?;
    let context = context_hash(Parsed::context(call.context.as_deref())?);

    let checked = match core.locate(deadline, &id, &purpose, call.to.as_deref()).await? {
        None => Checked::ended(Reason::Unknown),
        Some(located) => {
            let attempt = Attempt {
                key: located.key,
                ours: located.ring.code_digest(&located.key.random, &context, code.expose()),
                context: located.ring.context_digest(&located.key.random, &context),
                request: core.attempt_token()?,
            };
            match core.ask(deadline, |store| store.attempt(&attempt)).await? {
                Attempted::Approved { sealed } => Checked::approved(located.seal().open_recipient(&sealed)?),
                Attempted::Wrong { left } => Checked::wrong(left),
                Attempted::Ended(reason) => Checked::ended(reason),
                Attempted::Ask { sealed, .. } => {
                    let contents = located.seal().open(&sealed)?;
                    let asked = Asked {
                        id: &id,
                        purpose: &purpose,
                        located,
                        contents,
                        request: attempt.request,
                    };
                    asked.ask(core, code, deadline).await?
                }
            }
        }
    };
    core.tell(|| Event::Check {
        id: id.as_str().to_owned(),
        purpose: purpose.as_str().to_owned(),
        status: checked.status.as_str(),
        reason: checked.reason.map(Reason::as_str),
    });
    Ok(checked)
}

/// A code of ours has the policy's alphabet; a service's code is made of digits, whatever ours is.
fn parse_code(core: &Core, text: &str, purpose: &Purpose) -> Result<Code> {
    match Parsed::code(text, core.policy(purpose).alphabet) {
        Err(_) if core.providers.has_verifier() => Parsed::code(text, Alphabet::Digits),
        parsed => parsed,
    }
}

/// A check that a verifier's service decides. Its attempt is spent, whatever comes.
struct Asked<'a> {
    id: &'a VerificationId,
    purpose: &'a Purpose,
    located: Located<'a>,
    contents: Contents,
    request: RequestToken,
}

impl Asked<'_> {
    async fn ask(&self, core: &Core, code: Code, deadline: Instant) -> Result<Checked> {
        let request = self.request;
        match self.answer(core, code.clone(), deadline).await? {
            CheckResult::Approved => match self.settle(core, Settlement::Approved { request }, deadline).await? {
                Settled::Done { .. } => Ok(Checked::approved(self.contents.to.clone())),
                Settled::Ended(reason) => Ok(Checked::ended(reason)),
            },
            CheckResult::Wrong => match self.settle(core, Settlement::Wrong { request }, deadline).await? {
                Settled::Done { left, .. } => Ok(Checked::wrong(left)),
                Settled::Ended(reason) => Ok(Checked::ended(reason)),
            },
            // The service has forgotten it: perhaps because another check of ours was approved meanwhile.
            CheckResult::Ended => match self.settle(core, Settlement::NotCompared { request }, deadline).await? {
                Settled::Ended(reason) => Ok(Checked::ended(reason)),
                Settled::Done { .. } => Ok(Checked::ended(Reason::Expired)),
            },
            CheckResult::CannotTell(detail) => {
                let detail = match Recipient::parse(&self.contents.to, None) {
                    Ok(to) => hide(&detail, &to, &code),
                    Err(_) => String::new(),
                };
                core.tell(|| Event::CannotTell {
                    id: self.id.as_str().to_owned(),
                    provider: self.contents.provider.clone(),
                    detail,
                });
                let sentence = "the provider did not say whether the code is right; the attempt is spent, try again";
                Err(Error::new(ErrorKind::CannotTell, sentence))
            }
        }
    }

    /// The service's answer. Whatever is not one is *cannot tell*.
    async fn answer(&self, core: &Core, code: Code, deadline: Instant) -> Result<CheckResult> {
        let gone = || CheckResult::CannotTell("the settings have no verifier of this name any more".into());
        let Some(entry) = core.providers.get(&self.contents.provider) else {
            return Ok(gone());
        };
        let Provider::Verifier(verifier) = &entry.provider else {
            return Ok(gone());
        };
        let damaged = || {
            Error::new(
                ErrorKind::CannotTell,
                "the stored verification is damaged; start a new one",
            )
        };
        let to = Recipient::parse(&self.contents.to, None).map_err(|_| damaged())?;
        let left = core.send_by(deadline).saturating_duration_since(Instant::now());
        let limit = entry.timeout.map_or(left, |timeout| timeout.min(left));
        let mut message = core.message(
            to,
            self.contents.channel.clone(),
            self.purpose,
            Duration::ZERO,
            String::new(),
        );
        message.locale.clone_from(&self.contents.locale);
        message.deadline = limit;
        let check = VerifierCheck {
            message,
            reference: self.contents.reference.clone(),
            code,
        };
        let answer = guarded(|| verifier.check(check), limit).await;
        Ok(answer.unwrap_or_else(|why| CheckResult::CannotTell(why.sentence().into())))
    }

    async fn settle(&self, core: &Core, what: Settlement, deadline: Instant) -> Result<Settled> {
        core.settle(deadline, self.located.key, what).await
    }
}
