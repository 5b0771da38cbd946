//! A source file over 400 lines is two files.

use crate::report::Finding;
use crate::tree;
use std::path::Path;

const MOST: usize = 400;

/// Source in every language of the repository. Data (JSON, TSV) and prose are not.
const ENDINGS: &[&str] = &[
    "rs", "ts", "mts", "cts", "js", "mjs", "cjs", "py", "pyi", "c", "h", "hpp", "cpp", "sh", "html", "css", "vue",
];

/// Written by a program (each is checked by `check`).
const GENERATED: &[&str] = &["bindings-c/include/otpkit.h", "bindings-node/ts/settings.ts"];

pub(crate) fn check(root: &Path) -> Vec<Finding> {
    let is_source = |file: &&String| {
        file.rsplit_once('.')
            .is_some_and(|(_, ending)| ENDINGS.contains(&ending))
    };
    let mut findings = Vec::new();
    for file in tree::files(root)
        .iter()
        .filter(is_source)
        .filter(|file| !GENERATED.contains(&file.as_str()))
    {
        match tree::read(root, file).map(|text| text.lines().count()) {
            Ok(lines) if lines > MOST => {
                findings.push(Finding::new(
                    file,
                    0,
                    format!("{lines} lines, and {MOST} are the most: make it two files"),
                ));
            }
            Ok(_) => {}
            Err(finding) => findings.push(finding),
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::fake::Tree;

    #[test]
    fn the_401st_line_is_one_too_many() {
        let tree = Tree::new(&[
            ("a/b.rs", &"x\n".repeat(400)),
            ("a/c.json", &"x\n".repeat(4000)),
            (GENERATED[0], &"x\n".repeat(4000)),
        ]);
        assert!(check(tree.root()).is_empty());
        tree.write("a/d.py", &"x\n".repeat(401));
        tree.write("core/tests/e.rs", &"x\n".repeat(900));
        let found: Vec<_> = check(tree.root()).iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "a/d.py: 401 lines, and 400 are the most: make it two files",
                "core/tests/e.rs: 900 lines, and 400 are the most: make it two files"
            ]
        );
    }
}
