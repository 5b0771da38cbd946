//! The arrows between crates, and the test seams, which no published crate may carry.

use crate::report::Finding;
use crate::tree;
use std::path::Path;
use toml::{Table, Value};

/// Each crate of the workspace, and the crates of the workspace that it may depend on. No binding knows another.
const ARROWS: &[(&str, &[&str])] = &[
    ("otpkit", &[]),
    ("otpkit-bindings-common", &["otpkit"]),
    ("otpkit-node", &["otpkit", "otpkit-bindings-common"]),
    ("otpkit-python", &["otpkit", "otpkit-bindings-common"]),
    ("otpkit-c", &["otpkit", "otpkit-bindings-common"]),
    ("otpkit-sandbox", &[]),
    ("xtask", &["otpkit", "otpkit-bindings-common"]),
    ("otpkit-bench", &["otpkit"]),
];

/// The feature that holds the seams of tests: a clock that is moved by hand, providers that follow a script.
const SEAM: &str = "testing";

pub(crate) fn check(root: &Path) -> Vec<Finding> {
    let mut findings = Vec::new();
    for manifest in members(root, &mut findings) {
        match tree::read_toml(root, &manifest) {
            Ok(table) => check_crate(&manifest, &table, &mut findings),
            Err(finding) => findings.push(finding),
        }
    }
    findings
}

/// The manifests of the workspace's members.
pub(crate) fn members(root: &Path, findings: &mut Vec<Finding>) -> Vec<String> {
    let workspace = tree::read_toml(root, "Cargo.toml");
    let members = workspace.map(|table| table.get("workspace").and_then(|it| it.get("members")).cloned());
    match members {
        Ok(Some(Value::Array(members))) => members
            .iter()
            .filter_map(Value::as_str)
            .map(|member| format!("{member}/Cargo.toml"))
            .collect(),
        Ok(_) => {
            findings.push(Finding::new("Cargo.toml", 0, "the workspace has no list of members"));
            Vec::new()
        }
        Err(finding) => {
            findings.push(finding);
            Vec::new()
        }
    }
}

fn check_crate(manifest: &str, table: &Table, findings: &mut Vec<Finding>) {
    let name = table
        .get("package")
        .and_then(|it| it.get("name"))
        .and_then(Value::as_str)
        .unwrap_or_default();
    let Some((_, may)) = ARROWS.iter().find(|row| row.0 == name) else {
        findings.push(Finding::new(
            manifest,
            0,
            format!("the crate `{name}` is not in the table of xtask/src/manifests.rs"),
        ));
        return;
    };
    let targets = table.get("target").and_then(Value::as_table).into_iter().flatten();
    let sections = std::iter::once(table).chain(targets.filter_map(|(_, target)| target.as_table()));
    for section in sections.flat_map(|section| ["dependencies", "build-dependencies"].map(|kind| section.get(kind))) {
        for (alias, wanted) in section.and_then(Value::as_table).into_iter().flatten() {
            let target = wanted.get("package").and_then(Value::as_str).unwrap_or(alias);
            if ARROWS.iter().any(|row| row.0 == target) && !may.contains(&target) {
                findings.push(Finding::new(
                    manifest,
                    0,
                    format!("`{name}` may not depend on `{target}`"),
                ));
            }
            if listed(wanted.get("features")).any(|feature| feature == SEAM) {
                let sentence =
                    format!("`{name}` turns the seams of tests in `{target}` on; only its own feature `{SEAM}` may");
                findings.push(Finding::new(manifest, 0, sentence));
            }
        }
    }
    for (feature, turns_on) in table.get("features").and_then(Value::as_table).into_iter().flatten() {
        let seam = |other: &str| other == SEAM || other.ends_with(&format!("/{SEAM}"));
        if feature != SEAM && listed(Some(turns_on)).any(seam) {
            findings.push(Finding::new(
                manifest,
                0,
                format!("the feature `{feature}` turns the seams of tests on; only `{SEAM}` may"),
            ));
        }
    }
}

fn listed(value: Option<&Value>) -> impl Iterator<Item = &str> {
    value
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::fake::Tree;

    fn found(name: &str, text: &str) -> Vec<String> {
        let tree = Tree::new(&[
            ("Cargo.toml", "[workspace]\nmembers = [\"a\"]"),
            ("a/Cargo.toml", &format!("[package]\nname = \"{name}\"\n{text}")),
        ]);
        check(tree.root()).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_binding_knows_the_core_and_what_bindings_share() {
        assert!(found("otpkit-node", "[dependencies]\notpkit.workspace = true\nnapi = \"3\"\n[features]\ntesting = [\"otpkit/testing\"]\n[dev-dependencies]\notpkit = { features = [\"testing\"] }").is_empty());
    }

    #[test]
    fn what_points_up_or_across_is_found() {
        for text in [
            "[dependencies]\notpkit-c.workspace = true",
            "[build-dependencies]\nx = { package = \"otpkit-c\" }",
            "[target.'cfg(unix)'.dependencies]\notpkit-c = \"1\"",
        ] {
            assert_eq!(
                found("otpkit-node", text),
                ["a/Cargo.toml: `otpkit-node` may not depend on `otpkit-c`"],
                "{text}"
            );
        }
        assert_eq!(
            found("otpkit", "[dependencies]\notpkit-bindings-common = \"1\"").len(),
            1
        );
        assert_eq!(found("otpkit-attic", "").len(), 1);
    }

    #[test]
    fn seams_of_tests_stay_behind_their_feature() {
        for text in [
            "[dependencies]\notpkit = { version = \"1\", features = [\"testing\"] }",
            "[features]\ndefault = [\"testing\"]",
            "[features]\nextra = [\"otpkit/testing\"]",
        ] {
            assert_eq!(found("otpkit-node", text).len(), 1, "{text}");
        }
    }
}
