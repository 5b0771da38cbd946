//! Files of the repository.

use crate::report::Finding;
use std::path::{Path, PathBuf};

/// Folders that tools fill.
const BUILT: &[&str] = &["target", "node_modules", "dist", "out", "__pycache__", "venv"];

/// Every file below a folder, but for what tools build; as paths from the root, with `/`, sorted.
pub(crate) fn files(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(root.join(&folder)) else {
            continue;
        };
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = folder.join(&name);
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && !BUILT.contains(&name.as_str()) && !name.starts_with('.') => {
                    folders.push(path)
                }
                Ok(kind) if kind.is_file() => found.push(path.to_string_lossy().replace('\\', "/")),
                _ => {}
            }
        }
    }
    found.sort();
    found
}

/// A file as text; what cannot be read is found missing.
pub(crate) fn read(root: &Path, file: &str) -> Result<String, Finding> {
    std::fs::read_to_string(root.join(file)).map_err(|why| Finding::new(file, 0, format!("it cannot be read: {why}")))
}

/// A TOML file.
pub(crate) fn read_toml(root: &Path, file: &str) -> Result<toml::Table, Finding> {
    read(root, file)?
        .parse()
        .map_err(|why| Finding::new(file, 0, format!("it is no TOML: {why}")))
}

#[cfg(test)]
pub(crate) mod fake {
    use std::path::{Path, PathBuf};
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// A tree of files in a folder of its own, gone when dropped.
    pub(crate) struct Tree(PathBuf);

    impl Tree {
        pub(crate) fn new(files: &[(&str, &str)]) -> Tree {
            static NEXT: AtomicUsize = AtomicUsize::new(0);
            let name = format!(
                "otpkit-xtask-{}-{}",
                std::process::id(),
                NEXT.fetch_add(1, Ordering::Relaxed)
            );
            let tree = Tree(std::env::temp_dir().join(name));
            for (file, text) in files {
                tree.write(file, text);
            }
            tree
        }

        pub(crate) fn write(&self, file: &str, text: &str) {
            let path = self.0.join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }

        pub(crate) fn root(&self) -> &Path {
            &self.0
        }
    }

    impl Drop for Tree {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tools_build_is_passed_by() {
        let tree = fake::Tree::new(&[
            ("a/b.rs", ""),
            ("target/x.rs", ""),
            ("a/node_modules/y.js", ""),
            (".git/z.rs", ""),
            ("c.rs", ""),
        ]);
        assert_eq!(files(tree.root()), ["a/b.rs", "c.rs"]);
    }
}
