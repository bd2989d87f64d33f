//! What a check found: the file, what is wrong in it, and what to do.

use std::fmt;

/// One thing that a check refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The file, relative to the repository's root, with a line where there is one.
    pub(crate) file: String,
    /// What is wrong.
    pub(crate) message: String,
    /// What to do about it.
    pub(crate) fix: String,
}

impl Problem {
    /// The problem with those parts.
    pub(crate) fn new(file: impl Into<String>, message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { file: file.into(), message: message.into(), fix: fix.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}\n    fix: {}", self.file, self.message, self.fix)
    }
}

/// A text file of the repository.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// Its path from the repository's root, with `/`.
    pub(crate) path: String,
    /// What it holds.
    pub(crate) text: String,
}

impl Source {
    /// Whether the whole file is for tests or measures.
    pub(crate) fn is_test(&self) -> bool {
        let path = self.path.as_str();
        path.starts_with("e2e/")
            || path.starts_with("bench/")
            || path.contains("/tests/")
            || path.ends_with("/tests.rs")
    }

    /// The text up to the module of tests that stands at the end of a file.
    pub(crate) fn without_tests(&self) -> &str {
        let marks = ["\n#[cfg(test)]\nmod tests {", "\n#[cfg(test)]\n#[expect"];
        let end = marks.iter().filter_map(|mark| self.text.find(mark)).min();
        let text = if self.text.starts_with("#[cfg(test)]\nmod tests {") { "" } else { self.text.as_str() };
        end.and_then(|end| text.get(..end)).unwrap_or(text)
    }
}

/// The lines between the markers `<!-- name:begin -->` and `<!-- name:end -->`, with their line numbers from 1.
pub(crate) fn between_markers<'a>(text: &'a str, name: &str) -> Option<Vec<(usize, &'a str)>> {
    let (begin, end) = (format!("<!-- {name}:begin -->"), format!("<!-- {name}:end -->"));
    let mut inside = text.lines().enumerate().map(|(n, line)| (n + 1, line));
    inside.find(|(_, line)| line.trim() == begin)?;
    let mut found = Vec::new();
    for (number, line) in inside {
        if line.trim() == end {
            return Some(found);
        }
        found.push((number, line));
    }
    None
}

/// The cells of a row of a Markdown table; `None` for its header rule and for lines that are no row.
pub(crate) fn cells(line: &str) -> Option<Vec<&str>> {
    let row = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    if row.chars().all(|c| matches!(c, '|' | '-' | ':' | ' ')) {
        return None;
    }
    Some(row.split('|').map(str::trim).collect())
}

/// The texts between backquotes, in order.
pub(crate) fn code_spans(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}
