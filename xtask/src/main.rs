//! Checks of the workspace, and the files that are generated from the code.
//!
//! `cargo run --release -p xtask -- all` runs every check; a name runs that check; `generate` writes the files.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod generated;
mod lines;
mod manifests;
mod parity;
mod report;
mod rooms;
mod schema;
mod tables;
mod tls;
mod tokens;
mod tree;
mod versions;

use report::Finding;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

type Check = fn(&Path) -> Vec<Finding>;

/// Every check: its name, what it holds, and how.
const CHECKS: &[(&str, &str, Check)] = &[
    (
        "arrows",
        "modules of the core use only what lies below them",
        rooms::check,
    ),
    (
        "crates",
        "crates depend only on what lies below them, and on no test seam",
        manifests::check,
    ),
    ("lines", "no source file has more than 400 lines", lines::check),
    ("tls", "one TLS and crypto backend in the whole tree: ring", tls::check),
    ("versions", "every manifest carries one version", versions::check),
    (
        "schema",
        "every setting has a title and help in English and Chinese",
        schema::check,
    ),
    (
        "parity",
        "every language has every verb, setting and error",
        parity::check,
    ),
    ("check", "generated files are what the code gives", generated::check),
];

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map(PathBuf::from)
        .unwrap_or_default();
    let command = std::env::args().nth(1).unwrap_or_default();
    match command.as_str() {
        "all" => run(&root, CHECKS),
        "generate" => done(report::print("generate", &generated::write(&root))),
        name => match CHECKS.iter().position(|check| check.0 == name) {
            Some(at) => run(&root, &CHECKS[at..=at]),
            None => usage(),
        },
    }
}

fn run(root: &Path, checks: &[(&str, &str, Check)]) -> ExitCode {
    let passed = checks
        .iter()
        .filter(|(name, _, check)| report::print(name, &check(root)))
        .count();
    println!("xtask: {passed} passed, {} failed", checks.len() - passed);
    done(passed == checks.len())
}

fn done(well: bool) -> ExitCode {
    if well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn usage() -> ExitCode {
    eprintln!(
        "cargo run --release -p xtask -- <what>\n\n  all        every check\n  generate   write the generated files"
    );
    for (name, holds, _) in CHECKS {
        eprintln!("  {name:<10} {holds}");
    }
    ExitCode::from(2)
}
