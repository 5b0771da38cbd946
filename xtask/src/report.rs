//! What a check found.

use std::fmt;

/// One thing that is wrong, where, and what mends it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    file: String,
    /// 0 where the file as a whole is meant.
    line: usize,
    what: String,
}

impl Finding {
    pub(crate) fn new(file: impl Into<String>, line: usize, what: impl Into<String>) -> Finding {
        let (file, what) = (file.into(), what.into());
        Finding { file, line, what }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.what),
            line => write!(f, "{}:{line}: {}", self.file, self.what),
        }
    }
}

/// Prints what a check found; true if it is nothing.
pub(crate) fn print(check: &str, findings: &[Finding]) -> bool {
    for finding in findings {
        println!("{finding}");
    }
    println!("{check}: {}", if findings.is_empty() { "ok" } else { "FAILED" });
    findings.is_empty()
}
