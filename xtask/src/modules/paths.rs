//! Reads the paths of a Rust text: those of its `use` declarations, and those that begin with `crate`, `super` or `self`.

/// One path to something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path {
    /// Its parts; `*` at the end names everything.
    pub(super) parts: Vec<String>,
    /// The name under which a `use` makes it known; `None` for a path in an expression.
    pub(super) name: Option<String>,
    /// Whether a `use` only makes it known to others.
    pub(super) is_re_export: bool,
}

/// Every path of a text.
pub(super) fn paths(text: &str) -> Vec<Path> {
    let words = words(text);
    let mut paths = Vec::new();
    let (mut at, mut public) = (0, false);
    while let Some(word) = words.get(at) {
        let after_colons = at > 0 && words.get(at - 1).is_some_and(|word| word == "::");
        match word.as_str() {
            "pub" => public = true,
            "use" => {
                at = tree(&words, at + 1, &[], &mut |parts, name| {
                    paths.push(Path { parts, name: Some(name), is_re_export: public });
                });
                public = false;
                continue;
            }
            "crate" | "super" | "self" if !after_colons && words.get(at + 1).is_some_and(|word| word == "::") => {
                at = tree(&words, at, &[], &mut |parts, _| paths.push(Path { parts, name: None, is_re_export: false }));
                continue;
            }
            // What stands between `pub` and its item: `pub(crate)`, `pub(in crate::a)`.
            "(" | ")" | "crate" | "super" | "in" | "self" | "::" => {}
            _ => public = false,
        }
        at += 1;
    }
    paths
}

/// Reads a tree of paths and returns where it ends.
fn tree(words: &[String], mut at: usize, before: &[String], found: &mut dyn FnMut(Vec<String>, String)) -> usize {
    let mut parts = before.to_vec();
    while let Some(word) = words.get(at) {
        match word.as_str() {
            "::" => at += 1,
            "{" => {
                at += 1;
                while let Some(word) = words.get(at) {
                    match word.as_str() {
                        "}" => return at + 1,
                        "," => at += 1,
                        _ => {
                            at = tree(words, at, &parts, found).max(at + 1);
                        }
                    }
                }
                return at;
            }
            _ => {
                parts.push(word.clone());
                at += 1;
                if words.get(at).is_none_or(|next| next != "::") {
                    break;
                }
            }
        }
    }
    let mut name = parts.last().cloned().unwrap_or_default();
    if words.get(at).is_some_and(|word| word == "as") {
        name = words.get(at + 1).cloned().unwrap_or_default();
        at += 2;
    }
    found(parts, name);
    at
}

/// The words and signs of a text without its comments and strings.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if first == '"' {
            string(rest)
        } else if first.is_alphanumeric() || first == '_' {
            let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            words.extend(rest.get(..length).map(str::to_owned));
            length
        } else if rest.starts_with("::") {
            words.push("::".to_owned());
            2
        } else if rest.starts_with("'\"'") {
            3
        } else {
            if !first.is_whitespace() {
                words.push(first.to_string());
            }
            first.len_utf8()
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    words
}

/// The length of a string literal that begins here.
fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}
