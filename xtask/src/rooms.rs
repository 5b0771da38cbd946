//! The arrows between the rooms of the core (the modules right under `core/src`): they point down only. Modules named
//! `tests` are passed by: a test may drive what it tests from above.

use crate::report::Finding;
use crate::tokens::{Token, tokens};
use crate::tree;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const SRC: &str = "core/src";
const TESTS: &str = "tests";

/// Each room, and the rooms that it may use. `client, builder -> flow -> provider, store -> engine, settings, message ->
/// types, error, secret, clock, random, guard, observe`; provider and store never use each other.
const ARROWS: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("clock", &[]),
    ("guard", &[]),
    ("observe", &[]),
    ("types", &["error"]),
    ("random", &["error"]),
    ("secret", &["error"]),
    ("message", &["types", "error"]),
    ("settings", &["types", "error"]),
    ("webhook", &["settings", "types", "error", "clock"]),
    ("engine", &["settings", "types", "error", "secret", "clock", "random"]),
    (
        "provider",
        &[
            "webhook", "engine", "settings", "types", "error", "secret", "clock", "random", "guard", "observe",
        ],
    ),
    (
        "store",
        &[
            "testing", "engine", "settings", "types", "error", "secret", "clock", "random", "guard", "observe",
        ],
    ),
    (
        "flow",
        &[
            "provider", "store", "webhook", "engine", "settings", "message", "types", "error", "secret", "clock",
            "random", "guard", "observe",
        ],
    ),
    ("client", &["builder", "flow", "provider", "types", "error"]),
    (
        "builder",
        &[
            "client", "testing", "flow", "provider", "store", "engine", "settings", "message", "types", "error",
            "secret", "clock", "random", "observe",
        ],
    ),
    ("testing", &["provider", "types", "error", "clock"]),
];

/// A name right under the crate's root that a file uses.
#[derive(Debug, PartialEq, Eq)]
struct Use<'t> {
    name: &'t str,
    line: usize,
}

pub(crate) fn check(root: &Path) -> Vec<Finding> {
    let prefix = format!("{SRC}/");
    let files: Vec<String> = tree::files(root)
        .into_iter()
        .filter(|file| file.starts_with(&prefix) && file.ends_with(".rs"))
        .collect();
    let rooms: BTreeSet<&str> = files.iter().filter_map(|file| room_of(&file[prefix.len()..])).collect();
    let reexports = match tree::read(root, &format!("{SRC}/lib.rs")) {
        Ok(text) => reexports(&text),
        Err(finding) => return vec![finding],
    };
    let mut findings: Vec<Finding> = rooms
        .iter()
        .filter(|room| may_use(room).is_none())
        .map(|room| {
            Finding::new(
                format!("{SRC}/{room}"),
                0,
                "this room is not in the table of xtask/src/rooms.rs",
            )
        })
        .collect();
    for file in &files {
        let module = module_of(&file[prefix.len()..]);
        let Some((room, may)) = room_of(&file[prefix.len()..]).and_then(|room| Some((room, may_use(room)?))) else {
            continue;
        };
        if module.contains(&TESTS) {
            continue;
        }
        let text = match tree::read(root, file) {
            Ok(text) => text,
            Err(finding) => {
                findings.push(finding);
                continue;
            }
        };
        for used in uses(&module, &tokens(&text)) {
            let target = match rooms.get(used.name) {
                Some(target) => target,
                None => reexports.get(used.name).map_or(used.name, String::as_str),
            };
            if target != room && !may.contains(&target) && target != "lib" {
                let allowed = if may.is_empty() {
                    "nothing".to_owned()
                } else {
                    may.join(", ")
                };
                findings.push(Finding::new(
                    file,
                    used.line,
                    format!("`{room}` uses `{target}`; it may use {allowed}"),
                ));
            }
        }
    }
    findings
}

fn may_use(room: &str) -> Option<&'static [&'static str]> {
    ARROWS.iter().find(|row| row.0 == room).map(|row| row.1)
}

/// The room of a file below `core/src`; none for `lib.rs`, which may show everything.
fn room_of(file: &str) -> Option<&str> {
    let first = file.split('/').next().unwrap_or_default().trim_end_matches(".rs");
    (first != "lib").then_some(first)
}

/// The path of the module that a file is: `store/memory/mod.rs` is `store::memory`.
fn module_of(file: &str) -> Vec<&str> {
    let mut path: Vec<&str> = file.trim_end_matches(".rs").split('/').collect();
    if path.last() == Some(&"mod") {
        path.pop();
    }
    path
}

/// What the crate's root shows under another name than its room's: `Error` is of `error`. What the root itself defines
/// is of `lib`.
fn reexports(lib: &str) -> BTreeMap<String, String> {
    let all = tokens(lib);
    let mut found = BTreeMap::new();
    for (at, token) in all.iter().enumerate() {
        let rest = &all[at + 1..];
        match (token.text, rest) {
            ("use", [room, colons, behind @ ..]) if colons.text == "::" => {
                let names = behind
                    .iter()
                    .take_while(|token| token.text != ";")
                    .filter(|token| token.text.starts_with(char::is_alphabetic));
                found.extend(names.map(|name| (name.text.to_owned(), room.text.to_owned())));
            }
            ("const" | "static" | "fn" | "struct" | "enum" | "type", [name, ..]) => {
                found.insert(name.text.to_owned(), "lib".to_owned());
            }
            _ => {}
        }
    }
    found
}

/// Every path of a file that begins at the crate's root, by `crate::` or by enough `super::`.
fn uses<'t>(module: &[&str], all: &[Token<'t>]) -> Vec<Use<'t>> {
    let mut found = Vec::new();
    // Modules within the file, by the depth of their braces and their names.
    let (mut depth, mut inside) = (0usize, Vec::new());
    let mut at = 0;
    while at < all.len() {
        let behind = |by: usize| all.get(at + by).map_or("", |token| token.text);
        match all[at].text {
            "mod" if behind(2) == "{" => inside.push((depth, behind(1))),
            "{" => depth += 1,
            "}" => {
                depth = depth.saturating_sub(1);
                if inside.last().is_some_and(|last| last.0 == depth) {
                    inside.pop();
                }
            }
            "crate" | "super" if inside.iter().any(|(_, name)| *name == TESTS) => {}
            // A macro is exported at the root, wherever it is written.
            "crate" if behind(1) == "::" && behind(3) == "!" => {}
            "crate" if behind(1) == "::" => names(&all[at + 2..], &mut found),
            "super" if at == 0 || all[at - 1].text != "::" => {
                let mut ups = 1;
                while behind(2 * ups - 1) == "::" && behind(2 * ups) == "super" {
                    ups += 1;
                }
                if ups == module.len() + inside.len() && behind(2 * ups - 1) == "::" {
                    names(&all[at + 2 * ups..], &mut found);
                }
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// The first names behind `crate::`: one, or one for each item in braces.
fn names<'t>(behind: &[Token<'t>], found: &mut Vec<Use<'t>>) {
    let mut add = |token: &Token<'t>| {
        found.push(Use {
            name: token.text,
            line: token.line,
        })
    };
    match behind.first() {
        Some(open) if open.text == "{" => {
            let (mut depth, mut first) = (0, true);
            for token in behind {
                match token.text {
                    "{" => depth += 1,
                    "}" => depth -= 1,
                    "," if depth == 1 => {
                        first = true;
                        continue;
                    }
                    _ if depth == 1 && first => add(token),
                    _ => {}
                }
                first = first && token.text == "{" && depth == 1;
                if depth == 0 {
                    break;
                }
            }
        }
        Some(name) => add(name),
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::fake::Tree;

    const LIB: &str =
        "mod error; mod types; pub use error::{Error, Result}; pub use types::Code; pub const VERSION: &str = \"1\";";

    fn found(file: &str, text: &str) -> Vec<String> {
        let tree = Tree::new(&[
            ("core/src/lib.rs", LIB),
            ("core/src/error.rs", ""),
            ("core/src/types/mod.rs", ""),
            ("core/src/flow/mod.rs", ""),
            ("core/src/provider/mod.rs", ""),
        ]);
        tree.write(file, text);
        check(tree.root()).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_macro_is_at_the_root_wherever_it_is_written() {
        assert!(found("core/src/error.rs", "fn f() { $crate::unheard_of! { x } }").is_empty());
    }

    #[test]
    fn arrows_down_are_fine() {
        assert!(found("core/src/provider/mod.rs", "use crate::error::Error;\nuse crate::{types::Code, Result, VERSION};\n// crate::store\nfn f() { crate::provider::x() }").is_empty());
    }

    #[test]
    fn arrows_up_and_across_are_found_with_their_line() {
        let across = [
            "core/src/provider/http/a.rs:2: `provider` uses `store`; it may use webhook, engine, settings, types, error, secret, clock, random, guard, observe",
        ];
        for text in [
            "\nuse crate::store::Store;",
            "\nuse crate::{error::Error, store::{Store, X}};",
            "\nuse super::super::super::store::Store;",
            "\nfn f() -> crate::store::X {}",
            "\npub(in crate::store) fn f() {}",
        ] {
            assert_eq!(found("core/src/provider/http/a.rs", text), across, "{text}");
        }
        assert_eq!(
            found("core/src/types/mod.rs", "\n\nmod inner { use super::super::flow::x; }").len(),
            1
        );
        assert_eq!(
            found("core/src/error.rs", "use crate::Code;"),
            ["core/src/error.rs:1: `error` uses `types`; it may use nothing"]
        );
        assert_eq!(found("core/src/error.rs", "use crate::*;").len(), 1);
        assert_eq!(found("core/src/error.rs", "use crate::unheard_of;").len(), 1);
    }

    #[test]
    fn a_path_within_the_room_is_no_arrow() {
        assert!(
            found(
                "core/src/provider/http/a.rs",
                "use super::store::Store; use super::super::store; mod tests { use super::super::store; }"
            )
            .is_empty()
        );
    }

    #[test]
    fn tests_may_drive_from_above() {
        assert!(
            found(
                "core/src/types/mod.rs",
                "mod tests { use super::super::flow::x; use crate::flow::y; }"
            )
            .is_empty()
        );
        assert!(found("core/src/types/id/tests.rs", "use crate::flow::y;").is_empty());
        assert_eq!(
            found("core/src/types/mod.rs", "mod tests { fn f() {} } use crate::flow::y;").len(),
            1
        );
    }

    #[test]
    fn a_new_room_needs_a_row() {
        assert_eq!(
            found("core/src/attic.rs", ""),
            ["core/src/attic: this room is not in the table of xtask/src/rooms.rs"]
        );
    }
}
