//! What the sources of the languages show, read by their own plain shape: names only.

use std::collections::BTreeSet;

/// Names of the members of an exported interface, or of the variants of an exported type, in TypeScript.
pub(super) fn ts_members(text: &str, name: &str) -> Option<BTreeSet<String>> {
    let (at, end) = match text.find(&format!("export interface {name} {{")) {
        Some(at) => (at, "\n}"),
        None => (text.find(&format!("export type {name} ="))?, "\n\n"),
    };
    let body = &text[at..];
    let body = &body[..body.find(end).unwrap_or(body.len())];
    let body = without_comments(&body[body.find(['{', '|', '=']).unwrap_or(0)..]);
    Some(body.split(['{', '}', ';', '\n']).filter_map(declared).collect())
}

/// The words of a list of texts: `export const errorCodes = ['a', 'b']`.
pub(super) fn ts_list(text: &str, name: &str) -> Option<BTreeSet<String>> {
    let body = &text[text.find(&format!("export const {name} = ["))?..];
    let body = &body[..body.find(']')?];
    Some(body.split('\'').skip(1).step_by(2).map(str::to_owned).collect())
}

/// Names of the attributes and properties of a class in Python.
pub(super) fn py_members(text: &str, class: &str) -> Option<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for line in py_class(text, class)?.lines() {
        let Some(line) = line
            .strip_prefix("    ")
            .filter(|line| !line.starts_with([' ', '"', '#']))
        else {
            continue;
        };
        let property = line
            .strip_prefix("def ")
            .and_then(|line| line.split('(').next())
            .filter(|name| !name.starts_with('_'));
        found.extend(property.map(str::to_owned).or_else(|| declared(line)));
    }
    Some(found)
}

/// Names of the keyword arguments of a method in Python.
pub(super) fn py_arguments(text: &str, class: &str, method: &str) -> Option<BTreeSet<String>> {
    let body = py_class(text, class)?;
    let body = &body[body.find(&format!("def {method}("))?..];
    let body = &body[body.find('(')? + 1..body.find(") ->")?];
    Some(body.split([',', '\n']).filter_map(declared).collect())
}

/// The value of a class attribute: `code = "rate_limited"`.
pub(super) fn py_attribute<'t>(text: &'t str, class: &str, name: &str) -> Option<&'t str> {
    let prefix = format!("    {name} = \"");
    py_class(text, class)?
        .lines()
        .find_map(|line| line.strip_prefix(&prefix)?.strip_suffix('"'))
}

/// Names of the public fields of a struct in Rust, in their order.
pub(super) fn rust_fields(text: &str, name: &str) -> Option<Vec<String>> {
    let body = &text[text.find(&format!("pub struct {name} {{"))?..];
    if body.lines().next().is_some_and(|first| first.ends_with("{}")) {
        return Some(Vec::new());
    }
    let body = &body[..body.find("\n}")?];
    let fields = body
        .lines()
        .filter_map(|line| declared(line.trim().strip_prefix("pub ")?));
    Some(fields.collect())
}

/// The number that a macro of a C header stands for.
pub(super) fn c_number(text: &str, name: &str) -> Option<u32> {
    let prefix = format!("#define {name} ");
    text.lines()
        .find_map(|line| line.strip_prefix(&prefix))?
        .trim()
        .parse()
        .ok()
}

/// Whether a C header declares a function.
pub(super) fn c_function(text: &str, name: &str) -> bool {
    text.lines().any(|line| {
        !line.starts_with([' ', '*', '/', '#']) && line.contains(&format!("{name}(")) && is_whole(line, name)
    })
}

fn is_whole(line: &str, name: &str) -> bool {
    line.find(&format!("{name}("))
        .is_some_and(|at| line[..at].ends_with([' ', '*']))
}

fn py_class<'t>(text: &'t str, class: &str) -> Option<&'t str> {
    let at = [format!("class {class}:"), format!("class {class}(")]
        .iter()
        .find_map(|head| text.find(head))?;
    let body = &text[at..];
    let first = body.find('\n')? + 1;
    let inside = |line: &&str| line.trim().is_empty() || line.starts_with([' ', '\t']);
    let length: usize = body[first..]
        .split_inclusive('\n')
        .take_while(inside)
        .map(str::len)
        .sum();
    Some(&body[first..first + length])
}

/// The name of `name: type`, `name?: type` or `readonly name: type`; nothing of any other line.
fn declared(line: &str) -> Option<String> {
    let line = line.trim().trim_start_matches("r#").trim_start_matches("readonly ");
    let name: String = line
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
        .collect();
    let behind = line[name.len()..].trim_start_matches('?');
    (!name.is_empty() && behind.starts_with(": ") || behind == ":").then_some(name)
}

fn without_comments(text: &str) -> String {
    let mut left = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("/*") {
        left.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    left.push_str(rest);
    left.lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(found: Option<impl IntoIterator<Item = String>>) -> String {
        found.map_or("none".into(), |names| names.into_iter().collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn typescript() {
        let text = "export interface A {\n  /** of: x */\n  readonly to: string\n  toMasked?: string | undefined // y: z\n}\n\nexport type B =\n  | { event: 'a'; id?: string }\n  | {\n      approved: true\n    }\n\nexport const c = ['x', 'y'] as const\n";
        assert_eq!(names(ts_members(text, "A")), "to toMasked");
        assert_eq!(names(ts_members(text, "B")), "approved event id");
        assert_eq!(names(ts_list(text, "c")), "x y");
        assert_eq!(names(ts_members(text, "C")), "none");
    }

    #[test]
    fn python() {
        let text = "class A(TypedDict, total=False):\n    \"\"\"Of: x.\"\"\"\n\n    ttl_seconds: int | None\n    use: Required[list[str]]\n\n\n@final\nclass B:\n    @property\n    def to(self) -> str: ...\n    def start(\n        self,\n        *,\n        to: str,\n        values: dict[str, str] | None = None,\n    ) -> A: ...\n    def end(self, *, id: str, to: str | None = None) -> A: ...\n    code = \"x\"\n\nc: int\n";
        assert_eq!(names(py_members(text, "A")), "ttl_seconds use");
        assert_eq!(names(py_members(text, "B")), "end start to");
        assert_eq!(names(py_arguments(text, "B", "start")), "to values");
        assert_eq!(names(py_arguments(text, "B", "end")), "id to");
        assert_eq!(py_attribute(text, "B", "code"), Some("x"));
        assert_eq!(names(py_arguments(text, "B", "stop")), "none");
    }

    #[test]
    fn rust_and_c() {
        assert_eq!(
            names(rust_fields(
                "pub struct A {\n    /// B: c.\n    pub r#use: Vec<String>,\n    pub to: X,\n    hidden: Y,\n}\n",
                "A"
            )),
            "use to"
        );
        assert_eq!(
            names(rust_fields("pub struct B {}\npub struct A {\n    pub to: X,\n}\n", "B")),
            ""
        );
        let header = "#define OTPKIT_LOCKED 201\nuint32_t otpkit_start(const otpkit_client *client,\nconst char *otpkit_reply_id(x);\n/* otpkit_gone( */\n";
        assert_eq!(c_number(header, "OTPKIT_LOCKED"), Some(201));
        assert_eq!(c_number(header, "OTPKIT_LOCK"), None);
        assert!(c_function(header, "otpkit_start") && c_function(header, "otpkit_reply_id"));
        assert!(!c_function(header, "otpkit_gone") && !c_function(header, "start"));
    }
}
