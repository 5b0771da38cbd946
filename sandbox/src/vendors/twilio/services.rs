//! Services of Verify: the settings that verifications are made under.

use std::time::{Duration, SystemTime};

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::{Caller, Failure, State, reply};
use crate::server::App;
use crate::vendors::ids::{is_sid, sid};
use crate::vendors::params::Params;
use crate::vendors::{Call, dates};

/// How long a service that nobody deletes is remembered.
const REMEMBERED: Duration = Duration::from_secs(30 * 24 * 3600);
/// The service that never exists.
const UNKNOWN: &str = "VAffffffffffffffffffffffffffffffff";

/// A service. One that nobody created has these defaults: an application names it in its settings and just runs.
#[derive(Clone, Debug)]
pub(super) struct Service {
    account: String,
    pub(super) friendly_name: String,
    pub(super) code_length: usize,
    lookup: bool,
    psd2: bool,
    skip_landlines: bool,
    dtmf: bool,
    tts_name: Option<String>,
    pub(super) warns: bool,
    pub(super) takes_custom_codes: bool,
    default_template: Option<String>,
    created: SystemTime,
    updated: SystemTime,
}

impl Service {
    fn new(account: &str, now: SystemTime) -> Self {
        Self {
            account: account.to_owned(),
            friendly_name: "Sandbox".to_owned(),
            code_length: 6,
            lookup: false,
            psd2: false,
            skip_landlines: false,
            dtmf: false,
            tts_name: None,
            warns: false,
            takes_custom_codes: false,
            default_template: None,
            created: now,
            updated: now,
        }
    }

    /// The service of this SID as this caller sees it.
    pub(super) fn of(state: &State, caller: &Caller, sid: &str, now: SystemTime) -> Option<Self> {
        if let Some(service) = state.services.get(sid, now) {
            return (service.account == caller.account).then(|| service.clone());
        }
        // Nobody created it, so nobody could have said that it takes custom codes: it does.
        (is_sid(sid, "VA") && sid != UNKNOWN).then(|| Self {
            takes_custom_codes: true,
            ..Self::new(&caller.account, now)
        })
    }

    fn change(&mut self, form: &Params) -> Result<(), Failure> {
        if let Some(name) = form.short_text("FriendlyName", 32)? {
            self.friendly_name = name.to_owned();
        }
        if let Some(length) = form.whole("CodeLength", 4..=10)? {
            self.code_length = usize::try_from(length).expect("at most ten");
        }
        if let Some(name) = form.short_text("TtsName", 64)? {
            self.tts_name = Some(name.to_owned());
        }
        if let Some(template) = form.short_text("DefaultTemplateSid", 64)? {
            self.default_template = Some(template.to_owned());
        }
        for (name, setting) in [
            ("LookupEnabled", &mut self.lookup),
            ("Psd2Enabled", &mut self.psd2),
            ("SkipSmsToLandlines", &mut self.skip_landlines),
            ("DtmfInputRequired", &mut self.dtmf),
            ("DoNotShareWarningEnabled", &mut self.warns),
            ("CustomCodeEnabled", &mut self.takes_custom_codes),
        ] {
            *setting = form.truth(name)?.unwrap_or(*setting);
        }
        Ok(())
    }

    fn as_json(&self, sid: &str, call: &Call) -> Value {
        let url = call.link(&format!("/v2/Services/{sid}"));
        let links: serde_json::Map<String, Value> = [
            ("verification_checks", "VerificationCheck"),
            ("verifications", "Verifications"),
        ]
        .into_iter()
        .map(|(name, path)| (name.to_owned(), json!(format!("{url}/{path}"))))
        .collect();
        json!({
            "sid": sid,
            "account_sid": self.account,
            "friendly_name": self.friendly_name,
            "code_length": self.code_length,
            "lookup_enabled": self.lookup,
            "psd2_enabled": self.psd2,
            "skip_sms_to_landlines": self.skip_landlines,
            "dtmf_input_required": self.dtmf,
            "tts_name": self.tts_name,
            "do_not_share_warning_enabled": self.warns,
            "custom_code_enabled": self.takes_custom_codes,
            "push": { "include_date": false, "apn_credential_sid": null, "fcm_credential_sid": null },
            "totp": { "issuer": null, "time_step": null, "code_length": null, "skew": null },
            "default_template_sid": self.default_template,
            "whatsapp": { "msg_service_sid": null, "from": null },
            "passkeys": {},
            "verify_event_subscription_enabled": false,
            "date_created": dates::with_z(self.created),
            "date_updated": dates::with_z(self.updated),
            "url": url,
            "links": links,
        })
    }
}

pub(super) fn create(
    app: &App,
    call: &Call,
    caller: &Caller,
    form: &Params,
    now: SystemTime,
) -> Result<Response, Failure> {
    if form.text("FriendlyName")?.is_none() {
        return Err(Failure::bad(60200, "Invalid parameter: FriendlyName"));
    }
    let mut service = Service::new(&caller.account, now);
    service.change(form)?;
    let sid = sid("VA");
    let body = service.as_json(&sid, call);
    app.vendors
        .twilio
        .lock()
        .services
        .insert(sid, service, now + REMEMBERED, now);
    Ok(reply(StatusCode::CREATED, &body))
}

pub(super) fn fetch(app: &App, call: &Call, caller: &Caller, sid: &str, now: SystemTime) -> Result<Response, Failure> {
    let state = app.vendors.twilio.lock();
    let service = Service::of(&state, caller, sid, now).ok_or_else(|| Failure::not_found(call))?;
    Ok(reply(StatusCode::OK, &service.as_json(sid, call)))
}

pub(super) fn update(
    app: &App,
    call: &Call,
    caller: &Caller,
    sid: &str,
    form: &Params,
    now: SystemTime,
) -> Result<Response, Failure> {
    let mut state = app.vendors.twilio.lock();
    let mut service = Service::of(&state, caller, sid, now).ok_or_else(|| Failure::not_found(call))?;
    service.change(form)?;
    service.updated = now;
    let body = service.as_json(sid, call);
    state.services.insert(sid.to_owned(), service, now + REMEMBERED, now);
    Ok(reply(StatusCode::OK, &body))
}

pub(super) fn delete(app: &App, call: &Call, caller: &Caller, sid: &str, now: SystemTime) -> Result<Response, Failure> {
    let mut state = app.vendors.twilio.lock();
    Service::of(&state, caller, sid, now).ok_or_else(|| Failure::not_found(call))?;
    state.services.remove(sid);
    Ok(StatusCode::NO_CONTENT.into_response())
}
