//! One TLS and crypto backend in the whole tree: two of them are two sets of defects, and twice the size.

use crate::report::Finding;
use crate::tree;
use std::collections::BTreeMap;
use std::path::Path;
use toml::{Table, Value};

const LOCK: &str = "Cargo.lock";

/// What there is exactly one version of.
const ONE_OF: &[&str] = &["ring", "rustls"];

/// Backends that are not ours, by how their crates' names begin.
const OTHERS: &[&str] = &[
    "aws-lc",
    "openssl",
    "native-tls",
    "boring",
    "mbedtls",
    "wolfssl",
    "gnutls",
    "graviola",
    "rustls-openssl",
    "rustls-symcrypt",
    "rustls-rustcrypto",
    "rustls-graviola",
    "rustls-mbedcrypto",
    "tokio-native-tls",
    "hyper-tls",
    "s2n-tls",
    "symcrypt",
    "libressl",
];

/// Begins like a backend but is none: it only finds the folder of the system's certificates.
const NO_BACKEND: &[&str] = &["openssl-probe"];

pub(crate) fn check(root: &Path) -> Vec<Finding> {
    let lock = match tree::read_toml(root, LOCK) {
        Ok(lock) => lock,
        Err(finding) => return vec![finding],
    };
    // Who depends on whom, by name: the lock file holds every platform and every feature of the workspace.
    let packages: Vec<(&str, &Table)> = lock
        .get("package")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|package| Some((package.get("name")?.as_str()?, package.as_table()?)))
        .collect();
    let mut users: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, package) in &packages {
        for needed in package
            .get("dependencies")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let needed = needed
                .as_str()
                .and_then(|needed| needed.split(' ').next())
                .unwrap_or_default();
            users.entry(needed).or_default().push(name);
        }
    }
    let mut findings = Vec::new();
    for one in ONE_OF {
        match packages.iter().filter(|(name, _)| name == one).count() {
            1 => {}
            0 => findings.push(Finding::new(LOCK, 0, format!("`{one}` is not in the tree"))),
            count => findings.push(Finding::new(
                LOCK,
                0,
                format!("`{one}` is in the tree {count} times: {}", way_to(one, &users)),
            )),
        }
    }
    for (name, _) in &packages {
        let is_other = OTHERS.iter().any(|other| name.starts_with(other)) && !NO_BACKEND.contains(name);
        if is_other {
            findings.push(Finding::new(
                LOCK,
                0,
                format!("`{name}` is another TLS or crypto backend: {}", way_to(name, &users)),
            ));
        }
    }
    findings
}

/// Through whom a package came in: `aws-lc-rs <- rustls <- reqwest <- otpkit`.
fn way_to(name: &str, users: &BTreeMap<&str, Vec<&str>>) -> String {
    let mut way = vec![name];
    while let Some(next) = users
        .get(way[way.len() - 1])
        .and_then(|users| users.iter().find(|user| !way.contains(*user)))
    {
        way.push(next);
    }
    way.join(" <- ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::fake::Tree;

    fn found(packages: &[(&str, &str)]) -> Vec<String> {
        let lock: String = packages
            .iter()
            .map(|(name, needs)| {
                format!("[[package]]\nname = \"{name}\"\nversion = \"1.0.0\"\ndependencies = [{needs}]\n\n")
            })
            .collect();
        let tree = Tree::new(&[(LOCK, &lock)]);
        check(tree.root()).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn ring_alone_is_fine() {
        assert!(
            found(&[
                ("otpkit", "\"rustls\""),
                ("rustls", "\"ring\""),
                ("ring", ""),
                ("openssl-probe", "")
            ])
            .is_empty()
        );
    }

    #[test]
    fn another_backend_is_found_with_the_way_it_came() {
        let tree = [
            ("otpkit", "\"rustls\""),
            ("rustls", "\"ring\", \"aws-lc-rs 1.0.0\""),
            ("ring", ""),
            ("aws-lc-rs", ""),
        ];
        assert_eq!(
            found(&tree),
            ["Cargo.lock: `aws-lc-rs` is another TLS or crypto backend: aws-lc-rs <- rustls <- otpkit"]
        );
        assert_eq!(
            found(&[("rustls", ""), ("ring", ""), ("native-tls", ""), ("openssl-sys", "")]).len(),
            2
        );
    }

    #[test]
    fn two_rings_or_none_are_found() {
        assert_eq!(found(&[("rustls", ""), ("ring", ""), ("ring", "")]).len(), 1);
        assert_eq!(found(&[("rustls", "")]), ["Cargo.lock: `ring` is not in the tree"]);
    }
}
