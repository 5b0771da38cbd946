//! Every manifest carries the version of the workspace.

use crate::report::Finding;
use crate::{manifests, tree};
use serde_json::Value as Json;
use std::path::Path;
use toml::Value;

const HEADER: &str = "bindings-c/include/otpkit.h";

pub(crate) fn check(root: &Path) -> Vec<Finding> {
    let mut findings = Vec::new();
    let workspace = tree::read_toml(root, "Cargo.toml");
    let version = workspace
        .as_ref()
        .ok()
        .and_then(|table| table.get("workspace")?.get("package")?.get("version")?.as_str());
    let Some(version) = version else {
        return vec![Finding::new("Cargo.toml", 0, "`workspace.package.version` is missing")];
    };
    let mut same = |file: &str, what: &str, found: &str| {
        if found != version {
            let sentence = format!("{what} is {found}, the workspace is {version}: make them one");
            findings.push(Finding::new(file, 0, sentence));
        }
    };

    let shared = workspace
        .as_ref()
        .ok()
        .and_then(|table| table.get("workspace")?.get("dependencies")?.as_table());
    for (name, wanted) in shared
        .into_iter()
        .flatten()
        .filter(|(_, wanted)| wanted.get("path").is_some())
    {
        let found = wanted.get("version").and_then(Value::as_str).unwrap_or("missing");
        same(
            "Cargo.toml",
            &format!("the version of `{name}`"),
            found.trim_start_matches('='),
        );
    }
    let mut unreadable = Vec::new();
    for manifest in manifests::members(root, &mut unreadable) {
        match tree::read_toml(root, &manifest) {
            Ok(table) => match table.get("package").and_then(|package| package.get("version")) {
                Some(Value::String(found)) => same(&manifest, "the version", found),
                Some(inherited) if inherited.get("workspace").and_then(Value::as_bool) == Some(true) => {}
                _ => same(&manifest, "the version", "missing"),
            },
            Err(finding) => unreadable.push(finding),
        }
    }
    for file in tree::files(root) {
        let name = file.rsplit('/').next().unwrap_or_default();
        if !matches!(name, "package.json" | "package-lock.json" | "pyproject.toml")
            && !name.ends_with(".pc")
            && file != HEADER
        {
            continue;
        }
        let text = match tree::read(root, &file) {
            Ok(text) => text,
            Err(finding) => {
                unreadable.push(finding);
                continue;
            }
        };
        match name {
            "package.json" | "package-lock.json" => {
                let beside = file.replace("package-lock.json", "package.json");
                let private = tree::read(root, &beside).is_ok_and(|text| of_package(&text).is_none());
                if let (Some(found), false) = (of_package(&text), private) {
                    same(&file, "the version", &found);
                }
            }
            "pyproject.toml" => same(
                &file,
                "`project.version`",
                &of_project(&text).unwrap_or_else(|| version.to_owned()),
            ),
            "otpkit.h" => same(&file, "OTPKIT_VERSION_MAJOR, _MINOR and _PATCH", &of_header(&text)),
            _ => {
                let found = text.lines().find_map(|line| line.strip_prefix("Version:"));
                same(&file, "`Version`", found.map_or("missing", str::trim));
            }
        }
    }
    findings.extend(unreadable);
    findings
}

/// The version of a package of ours that is published; a private one (an example, a test) has none to keep.
fn of_package(text: &str) -> Option<String> {
    let package: Json = serde_json::from_str(text).unwrap_or_default();
    let name = package["name"].as_str().unwrap_or_default();
    let published = name == "otpkit" || name.starts_with("otpkit-") || name.starts_with("@otpkit/");
    (published && package["private"] != true && !name.starts_with("otpkit-example"))
        .then(|| package["version"].as_str().unwrap_or("missing").to_owned())
}

/// `None` where the build takes the version from Cargo.toml.
fn of_project(text: &str) -> Option<String> {
    let table: toml::Table = text.parse().unwrap_or_default();
    let project = table.get("project")?;
    let dynamic = project.get("dynamic").and_then(Value::as_array).into_iter().flatten();
    match dynamic.filter_map(Value::as_str).any(|name| name == "version") {
        true => None,
        false => Some(
            project
                .get("version")
                .and_then(Value::as_str)
                .unwrap_or("missing")
                .to_owned(),
        ),
    }
}

fn of_header(text: &str) -> String {
    let part = |name: &str| {
        let prefix = format!("#define OTPKIT_VERSION_{name} ");
        text.lines()
            .find_map(|line| line.strip_prefix(&prefix))
            .unwrap_or("?")
            .trim()
    };
    format!("{}.{}.{}", part("MAJOR"), part("MINOR"), part("PATCH"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::fake::Tree;

    const ROOT: &str = "[workspace]\nmembers = [\"a\"]\n[workspace.package]\nversion = \"1.2.3\"\n[workspace.dependencies]\na = { path = \"a\", version = \"=1.2.3\" }\nserde = \"1\"";
    const GOOD: &[(&str, &str)] = &[
        ("Cargo.toml", ROOT),
        ("a/Cargo.toml", "[package]\nname = \"a\"\nversion.workspace = true"),
        ("n/package.json", "{\"name\":\"otpkit\",\"version\":\"1.2.3\"}"),
        (
            "e/package.json",
            "{\"name\":\"otpkit-example-x\",\"version\":\"0.0.0\"}",
        ),
        (
            "p/pyproject.toml",
            "[project]\nname = \"otpkit\"\ndynamic = [\"version\"]",
        ),
        (
            HEADER,
            "#define OTPKIT_VERSION_MAJOR 1\n#define OTPKIT_VERSION_MINOR 2\n#define OTPKIT_VERSION_PATCH 3\n",
        ),
        ("c/otpkit.pc", "Name: otpkit\nVersion: 1.2.3\n"),
    ];

    #[test]
    fn one_version_everywhere_is_fine() {
        assert_eq!(check(Tree::new(GOOD).root()), []);
    }

    #[test]
    fn every_manifest_that_differs_is_found() {
        let wrong = [
            ("Cargo.toml", ROOT.replace("=1.2.3", "=1.2.4")),
            ("a/Cargo.toml", "[package]\nname = \"a\"\nversion = \"1.2.4\"".into()),
            ("a/Cargo.toml", "[package]\nname = \"a\"".into()),
            ("n/package.json", "{\"name\":\"otpkit\",\"version\":\"1.2.4\"}".into()),
            (
                "n/package-lock.json",
                "{\"name\":\"otpkit\",\"version\":\"1.2.4\"}".into(),
            ),
            (
                "p/pyproject.toml",
                "[project]\nname = \"otpkit\"\nversion = \"1.2.4\"".into(),
            ),
            (
                HEADER,
                "#define OTPKIT_VERSION_MAJOR 1\n#define OTPKIT_VERSION_MINOR 2\n".into(),
            ),
            ("c/otpkit.pc", "Version: 1.2.4".into()),
        ];
        for (file, text) in wrong {
            let tree = Tree::new(GOOD);
            tree.write(file, &text);
            let found = check(tree.root());
            assert_eq!(found.len(), 1, "{file}: {found:?}");
            assert!(found[0].to_string().starts_with(file), "{}", found[0]);
        }
    }
}
