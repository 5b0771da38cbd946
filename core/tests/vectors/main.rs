//! Runs `tests/vectors/*.json`, the behaviour suite that every language runs, through the public API of this crate.
//!
//! `cargo test --test vectors` runs all of it; arguments after `--` pick the cases whose `file/name` contains one.

mod calls;
mod case;
mod compare;
mod providers;
mod variables;

use serde_json::Value;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    // Scripted providers panic on purpose; only what else panics is worth a line.
    let default_hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if info.payload().downcast_ref::<&str>() != Some(&providers::PANIC) {
            default_hook(info);
        }
    }));

    let (mut passed, mut failed) = (0, 0);
    for (file, cases) in files() {
        if cases.is_empty() {
            println!("FAIL {file}: the file has no case");
            failed += 1;
        }
        for case in &cases {
            let name = format!("{file}/{}", case["name"].as_str().unwrap_or("(no name)"));
            if !wanted.is_empty() && !wanted.iter().any(|part| name.contains(part.as_str())) {
                continue;
            }
            match case::run(case) {
                Ok(()) => passed += 1,
                Err(why) => {
                    println!("FAIL {name}: {why}");
                    failed += 1;
                }
            }
        }
    }
    let wired = calls::through_wire();
    println!(
        "{wired} calls have shapes that Rust's types cannot express; they went through the wire form of the bindings"
    );
    println!("vectors: {passed} passed, {failed} failed");
    match failed == 0 && passed > 0 {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// Every file with its cases, by name.
fn files() -> Vec<(String, Vec<Value>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors");
    let mut paths: Vec<_> = std::fs::read_dir(&folder)
        .expect("tests/vectors is part of the repository")
        .map(|entry| entry.expect("the folder is readable").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .collect();
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(path).expect("a vector file is readable text");
        let mut file: Value = serde_json::from_str(&text).unwrap_or_else(|why| panic!("{name}.json: {why}"));
        let cases = file["cases"].take();
        let cases = cases
            .as_array()
            .unwrap_or_else(|| panic!("{name}.json has no list of cases"));
        (name, cases.clone())
    };
    paths.iter().map(read).collect()
}
