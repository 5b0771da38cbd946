//! Every language shows what the core has, and nothing that it does not have.

use super::{
    OBJECTS, REPLIES, VERBS, c_functions, camel, constant, fields, is_tag, properties, python, python_error,
    reply_fields, surface,
};
use crate::report::Finding;
use crate::{schema, tree};
use otpkit::ErrorKind;
use otpkit_bindings_common::wire::Call;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

const REQUESTS: &str = "core/src/types/request.rs";
pub(super) const WEBHOOKS: &str = "core/src/types/webhook.rs";
pub(super) const CLIENT: &str = "core/src/client.rs";
const SETTINGS: &str = "core/src/settings";
pub(super) const NODE_CLIENT: &str = "bindings-node/ts/client.ts";
pub(super) const NODE_TYPES: &str = "bindings-node/ts/types.ts";
const NODE_SETTINGS: &str = "bindings-node/ts/settings.ts";
const NODE_ERRORS: &str = "bindings-node/ts/error.ts";
pub(super) const PYTHON_CLIENT: &str = "bindings-python/python/otpkit/_client.pyi";
const PYTHON_REPLIES: &str = "bindings-python/python/otpkit/_otpkit.pyi";
const PYTHON_SETTINGS: &str = "bindings-python/python/otpkit/settings.py";
const PYTHON_ERRORS: &str = "bindings-python/python/otpkit/errors.py";
pub(super) const HEADER: &str = "bindings-c/include/otpkit.h";

/// What a host gives beside the document, in the one place where its language has it.
const LIVE: &str = "on_event";

pub(crate) fn check(root: &Path) -> Vec<Finding> {
    let mut checker = Checker {
        root,
        findings: Vec::new(),
    };
    checker.verbs();
    checker.webhook();
    checker.replies();
    checker.settings(&otpkit::settings_schema());
    checker.errors();
    checker.findings
}

pub(super) struct Checker<'r> {
    root: &'r Path,
    findings: Vec<Finding>,
}

impl Checker<'_> {
    /// A file's text; a file that is missing is found, and then everything that it should show.
    pub(super) fn read(&mut self, file: &str) -> String {
        tree::read(self.root, file).unwrap_or_else(|missing| {
            if !self.findings.contains(&missing) {
                self.findings.push(missing);
            }
            String::new()
        })
    }

    pub(super) fn same(&mut self, file: &str, what: &str, expected: BTreeSet<String>, found: Option<BTreeSet<String>>) {
        let Some(found) = found else {
            return self.findings.push(Finding::new(file, 0, format!("there is no {what}")));
        };
        let list = |names: Vec<&String>| names.into_iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        let missing = list(expected.difference(&found).collect());
        let strange = list(found.difference(&expected).collect());
        if !missing.is_empty() {
            self.findings
                .push(Finding::new(file, 0, format!("{what} lacks {missing}")));
        }
        if !strange.is_empty() {
            self.findings.push(Finding::new(
                file,
                0,
                format!("{what} has {strange}, which the core does not know"),
            ));
        }
    }

    pub(super) fn holds(&mut self, file: &str, what: &str, well: bool) {
        if !well {
            self.findings.push(Finding::new(file, 0, format!("there is no {what}")));
        }
    }

    fn verbs(&mut self) {
        let (client, requests) = (self.read(CLIENT), self.read(REQUESTS));
        let (node, types) = (self.read(NODE_CLIENT), self.read(NODE_TYPES));
        let (python, header) = (self.read(PYTHON_CLIENT), self.read(HEADER));
        let known: BTreeSet<&str> = VERBS.iter().map(|verb| verb.0).collect();
        let wired: BTreeSet<&str> = Call::FIELDS.iter().map(|row| row.0).collect();
        self.holds(
            "xtask/src/parity/mod.rs",
            &format!("row for each of {wired:?}"),
            known == wired,
        );
        for (verb, rust, typescript, _, json) in VERBS {
            self.holds(
                CLIENT,
                &format!("`{verb}`"),
                client.contains(&format!("pub async fn {verb}(&self, {verb}: {rust})")),
            );
            self.same(
                REQUESTS,
                &format!("struct {rust}"),
                fields(verb),
                surface::rust_fields(&requests, rust).map(BTreeSet::from_iter),
            );
            self.holds(
                NODE_CLIENT,
                &format!("`{verb}`"),
                node.contains(&format!("  async {verb}(request: {typescript}, ")),
            );
            let camels = fields(verb).iter().map(|name| camel(name)).collect();
            self.same(
                NODE_TYPES,
                &format!("interface {typescript}"),
                camels,
                surface::ts_members(&types, typescript),
            );
            for class in ["Otpkit", "AsyncOtpkit"] {
                let found = surface::py_arguments(&python, class, verb);
                self.same(PYTHON_CLIENT, &format!("{class}.{verb}"), fields(verb), found);
            }
            for function in c_functions(verb, *json) {
                self.holds(
                    HEADER,
                    &format!("`{function}`"),
                    surface::c_function(&header, &function),
                );
            }
        }
    }

    fn replies(&mut self) {
        let (types, python, header) = (self.read(NODE_TYPES), self.read(PYTHON_REPLIES), self.read(HEADER));
        for reply in REPLIES {
            let expected = BTreeSet::from_iter(reply_fields(reply));
            self.holds(
                "core/src/types/reply.rs",
                &format!("struct {reply}"),
                !expected.is_empty(),
            );
            let camels = expected.iter().map(|name| camel(name)).collect();
            self.same(
                NODE_TYPES,
                &format!("type {reply}"),
                camels,
                surface::ts_members(&types, reply),
            );
            self.same(
                PYTHON_REPLIES,
                &format!("class {reply}"),
                expected,
                surface::py_members(&python, reply),
            );
        }
        self.holds(
            HEADER,
            "`otpkit_reply_get`",
            surface::c_function(&header, "otpkit_reply_get"),
        );
    }

    fn settings(&mut self, settings: &Value) {
        let (node, python_settings, python_client) = (
            self.read(NODE_SETTINGS),
            self.read(PYTHON_SETTINGS),
            self.read(PYTHON_CLIENT),
        );
        let rust: String = tree::files(self.root)
            .iter()
            .filter(|file| file.starts_with(SETTINGS))
            .map(|file| self.read(file))
            .collect();
        let described = schema::objects(settings)
            .filter(|(_, object)| object.get("properties").is_some())
            .map(|(name, _)| name.to_owned());
        let known = OBJECTS.iter().map(|row| row.0.to_owned()).collect();
        self.same("xtask/src/parity/mod.rs", "OBJECTS", described.collect(), Some(known));
        for (object, typescript, class) in OBJECTS {
            let all = properties(settings, object);
            let live: &[&str] = if *object == "Settings" { &[LIVE] } else { &[] };
            let names = || all.iter().map(|(name, _)| *name);
            let fields = names()
                .filter(|name| !is_tag(object, name))
                .map(str::to_owned)
                .collect();
            let found = surface::rust_fields(&rust, object).map(BTreeSet::from_iter);
            self.same(SETTINGS, &format!("struct {object}"), fields, found);
            let camels = names().chain(live.iter().copied()).map(camel).collect();
            self.same(
                NODE_SETTINGS,
                &format!("interface {typescript}"),
                camels,
                surface::ts_members(&node, typescript),
            );
            let Some(class) = class else { continue };
            let mut expected: BTreeSet<String> = names().chain(live.iter().copied()).map(python).collect();
            // A class of Python cannot have a field of this name; a base that is made by a call gives it.
            if expected.remove("from") {
                let given = python_settings.contains("{\"from\": str | None}");
                self.holds(PYTHON_SETTINGS, &format!("`from` of {class}"), given);
            }
            self.same(
                PYTHON_SETTINGS,
                &format!("class {class}"),
                expected.clone(),
                surface::py_members(&python_settings, class),
            );
            if *object == "Settings" {
                for client in ["Otpkit", "AsyncOtpkit"] {
                    let found = surface::py_arguments(&python_client, client, "__init__");
                    self.same(PYTHON_CLIENT, &format!("{client}.__init__"), expected.clone(), found);
                }
            }
        }
    }

    fn errors(&mut self) {
        let (node, python, header) = (self.read(NODE_ERRORS), self.read(PYTHON_ERRORS), self.read(HEADER));
        let codes = ErrorKind::ALL.iter().map(|kind| kind.code().to_owned()).collect();
        self.same(NODE_ERRORS, "errorCodes", codes, surface::ts_list(&node, "errorCodes"));
        for kind in ErrorKind::ALL {
            let class = python_error(*kind);
            let attribute = |name| surface::py_attribute(&python, &class, name);
            let well = attribute("code") == Some(kind.code()) && attribute("group") == Some(kind.group().as_str());
            self.holds(
                PYTHON_ERRORS,
                &format!(
                    "class {class} with code {} and group {}",
                    kind.code(),
                    kind.group().as_str()
                ),
                well,
            );
            let number = surface::c_number(&header, &constant(*kind));
            self.holds(
                HEADER,
                &format!("{} with number {}", constant(*kind), kind.number()),
                number == Some(kind.number()),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::fake::Tree;

    fn repository() -> &'static Path {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
    }

    fn copy() -> Tree {
        let tree = Tree::new(&[]);
        let files = [
            CLIENT,
            REQUESTS,
            WEBHOOKS,
            NODE_CLIENT,
            NODE_TYPES,
            NODE_SETTINGS,
            NODE_ERRORS,
            PYTHON_CLIENT,
            PYTHON_REPLIES,
            PYTHON_SETTINGS,
            PYTHON_ERRORS,
            HEADER,
        ];
        let settings = tree::files(repository())
            .into_iter()
            .filter(|file| file.starts_with(SETTINGS));
        for file in files.into_iter().map(str::to_owned).chain(settings) {
            tree.write(&file, &tree::read(repository(), &file).unwrap());
        }
        tree
    }

    #[test]
    fn whatever_a_language_lacks_or_adds_is_found() {
        let tree = copy();
        let before: Vec<_> = check(tree.root()).iter().map(ToString::to_string).collect();
        let breaks = [
            (
                CLIENT,
                "pub async fn resend(",
                "pub async fn send_again(",
                "there is no `resend`",
            ),
            (REQUESTS, "    pub locale: ", "    pub language: ", "lacks locale"),
            (NODE_CLIENT, "  async unlock(", "  async free(", "there is no `unlock`"),
            (NODE_TYPES, "  toMasked: string", "  masked: string", "lacks toMasked"),
            (
                NODE_TYPES,
                "  ip?: string",
                "  ip?: string\n  port?: string",
                "has port, which the core does not know",
            ),
            (NODE_SETTINGS, "  ttlSeconds?: ", "  ttl?: ", "lacks ttlSeconds"),
            (NODE_ERRORS, "'store_full',", "", "lacks store_full"),
            (PYTHON_CLIENT, "        ip: str", "        address: str", "lacks ip"),
            (PYTHON_CLIENT, "global_: ", "everything: ", "lacks global_"),
            (PYTHON_REPLIES, "def attempts_left(", "def left(", "lacks attempts_left"),
            (
                PYTHON_SETTINGS,
                "    lock_release: ",
                "    release: ",
                "lacks lock_release",
            ),
            (
                PYTHON_ERRORS,
                "code = \"locked\"",
                "code = \"lock\"",
                "there is no class LockedError",
            ),
            (
                HEADER,
                "#define OTPKIT_CLOSED 106",
                "#define OTPKIT_CLOSED 107",
                "there is no OTPKIT_CLOSED",
            ),
            (
                WEBHOOKS,
                "    pub headers: ",
                "    pub header_list: ",
                "struct WebhookRequest lacks headers",
            ),
            (
                NODE_CLIENT,
                "  async webhook(",
                "  async report(",
                "there is no `webhook`",
            ),
            (
                NODE_TYPES,
                "  errorCode?: ",
                "  error?: ",
                "type Report lacks errorCode",
            ),
            (
                PYTHON_CLIENT,
                "        provider: str,",
                "        name: str,",
                "Otpkit.webhook lacks provider",
            ),
            (
                HEADER,
                " otpkit_webhook_async(",
                " otpkit_webhook_later(",
                "there is no `otpkit_webhook_async`",
            ),
            (
                HEADER,
                " otpkit_deliver_async(",
                " otpkit_deliver_later(",
                "there is no `otpkit_deliver_async`",
            ),
        ];
        for (file, whole, broken, sentence) in breaks {
            let tree = copy();
            let text = tree::read(tree.root(), file).unwrap();
            assert!(text.contains(whole), "{file} has no {whole}");
            tree.write(file, &text.replace(whole, broken));
            let found = check(tree.root());
            let news: Vec<_> = found
                .iter()
                .map(ToString::to_string)
                .filter(|found| !before.contains(found))
                .collect();
            assert!(
                news.iter().any(|found| found.contains(sentence)),
                "{file}: {sentence}: {news:?}"
            );
        }
    }

    #[test]
    fn a_language_that_is_missing_is_found() {
        let found: Vec<_> = check(Tree::new(&[]).root()).iter().map(ToString::to_string).collect();
        for file in [NODE_TYPES, PYTHON_CLIENT, HEADER] {
            assert!(
                found
                    .iter()
                    .any(|found| found.starts_with(&format!("{file}: it cannot be read"))),
                "{file}"
            );
        }
    }
}
