//! The verb that takes a vendor's request, with the name of a provider beside it.

use super::check::{CLIENT, Checker, HEADER, NODE_CLIENT, NODE_TYPES, PYTHON_CLIENT, WEBHOOKS};
use super::{C_WEBHOOK, surface};
use otpkit_bindings_common::webhook;
use std::collections::BTreeSet;

impl Checker<'_> {
    pub(super) fn webhook(&mut self) {
        let (client, requests) = (self.read(CLIENT), self.read(WEBHOOKS));
        let (node, types) = (self.read(NODE_CLIENT), self.read(NODE_TYPES));
        let (python, header) = (self.read(PYTHON_CLIENT), self.read(HEADER));
        let fields: BTreeSet<String> = (webhook::FIELDS.0.iter().chain(webhook::FIELDS.1))
            .map(|name| (*name).to_owned())
            .collect();
        let rust = "pub async fn webhook(&self, provider: &str, request: WebhookRequest)";
        self.holds(CLIENT, "`webhook`", client.contains(rust));
        let found = surface::rust_fields(&requests, "WebhookRequest").map(BTreeSet::from_iter);
        self.same(WEBHOOKS, "struct WebhookRequest", fields.clone(), found);
        let typescript = "  async webhook(provider: string, request: WebhookRequest, ";
        self.holds(NODE_CLIENT, "`webhook`", node.contains(typescript));
        let found = surface::ts_members(&types, "WebhookRequest");
        self.same(NODE_TYPES, "interface WebhookRequest", fields.clone(), found);
        let named: BTreeSet<String> = fields.into_iter().chain(["provider".to_owned()]).collect();
        for class in ["Otpkit", "AsyncOtpkit"] {
            let found = surface::py_arguments(&python, class, "webhook");
            self.same(PYTHON_CLIENT, &format!("{class}.webhook"), named.clone(), found);
        }
        for function in C_WEBHOOK {
            self.holds(HEADER, &format!("`{function}`"), surface::c_function(&header, function));
        }
    }
}
