use super::core::{Core, Located};
use crate::clock::Millis;
use crate::engine::keys::IndexKey;
use crate::engine::verbs::{NewReport, ReportKey, Tracked};
use crate::error::{Error, Result};
use crate::observe::Event;
use crate::provider::dispatch::Served;
use crate::types::{Report, Reported, VerificationId, WebhookRequest};
use crate::webhook::{Asks, Receiver, Said, messagebird_reference};
use std::time::Instant;

/// Checks the vendor's signature, then notes each report for operators. Nothing is approved, whatever a report says.
pub(crate) async fn webhook(core: &Core, provider: &str, request: WebhookRequest) -> Result<Reported> {
    let deadline = core.deadline();
    let receiver = receiver(core, provider)?;
    request.check()?;
    let now: Millis = core.clock.now();
    let mut reports = Vec::new();
    for said in receiver.read(&request, now)? {
        let report = note(core, deadline, provider, said).await?;
        core.tell(|| Event::Report {
            id: report.id.map(String::from),
            provider: report.provider.clone(),
            reference: report.reference.clone(),
            status: report.status.as_str(),
            changed: report.changed,
            error_code: report.error_code.clone(),
            to_masked: report.to_masked.clone(),
        });
        reports.push(report);
    }
    Ok(Reported { reports })
}

/// What reads the reports of a provider, or why there is nothing to read them.
fn receiver<'c>(core: &'c Core, provider: &str) -> Result<&'c Receiver> {
    let wrong = |sentence: String| Err(Error::invalid_input("provider", sentence));
    let Some(entry) = core.providers.get(provider) else {
        let known: Vec<_> = core.providers.names().map(String::as_str).collect();
        return wrong(format!("no provider has this name; there are {}", known.join(", ")));
    };
    match &entry.receiver {
        None => wrong("this provider has no delivery reports".into()),
        Some(receiver) if !receiver.has_key() => {
            let setting = receiver.key_setting();
            wrong(format!(
                "without `{setting}` in its settings nobody can tell a report of this provider from a forged one"
            ))
        }
        Some(receiver) => Ok(receiver),
    }
}

async fn note(core: &Core, deadline: Instant, provider: &str, said: Said) -> Result<Report> {
    let index_key = core.index_key(deadline).await?;
    let mut noted = None;
    for name in std::iter::once(&said.reference).chain(&said.ours) {
        let new = NewReport {
            key: index_key.report(&core.tenant, provider, name),
            status: said.status,
        };
        noted = core.ask(deadline, |store| store.report(&new)).await?;
        if noted.is_some() {
            break;
        }
    }
    let id = |of: &Tracked| -> Option<VerificationId> {
        let ring = core.keys.of(of.key_id)?;
        Some(ring.id(&of.key.index, of.key.random).0)
    };
    Ok(Report {
        id: noted.as_ref().and_then(|noted| id(&noted.of)),
        provider: provider.to_owned(),
        reference: said.reference,
        status: said.status,
        changed: noted.is_some_and(|noted| noted.changed),
        error_code: said.error_code,
        to_masked: said.to_masked,
        at: said.at,
    })
}

impl Core {
    /// The name under which reports about this message will come; `None` where its provider is not asked for any.
    pub(super) fn report_key(
        &self,
        index_key: &IndexKey,
        located: &Located<'_>,
        served: &Served<'_>,
        generation: u32,
    ) -> Option<ReportKey> {
        let name = match served.entry.receiver.as_ref()?.asks {
            Asks::No => return None,
            Asks::Theirs => served.reference.clone().filter(|reference| !reference.is_empty())?,
            Asks::Ours => messagebird_reference(&located.ring.send_key(&located.key.random, generation)),
        };
        Some(index_key.report(&self.tenant, &served.entry.name, &name))
    }
}
