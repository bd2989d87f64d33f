//! The length of functions: at most 70 lines of code, tests aside.
//!
//! rustfmt aligns the closing brace of a function with its first line, so a function ends at the next line that is only a brace with
//! the same indentation. Blank lines and lines that hold only a comment do not count.

use std::collections::BTreeMap;

use crate::exceptions::Exceptions;
use crate::problem::{Problem, Source};

/// The most lines of code between the braces of a function.
const MOST: usize = 70;
/// The list of files with longer functions.
pub(crate) const LIST: &str = "xtask/src/functions/exceptions.txt";

/// The functions that are too long and not allowed, and what the list of exceptions allows too much.
pub(crate) fn check(sources: &[Source], exceptions: &str) -> Vec<Problem> {
    list(exceptions).judge(found(sources))
}

/// The list of exceptions without what is no longer needed.
pub(crate) fn shortened(sources: &[Source], exceptions: &str) -> String {
    list(exceptions).shortened(&found(sources))
}

fn list(text: &str) -> Exceptions<'_> {
    Exceptions { path: LIST, text, command: "cargo xtask functions --write" }
}

fn found(sources: &[Source]) -> BTreeMap<String, Vec<Problem>> {
    let sources = sources.iter().filter(|source| !source.is_test());
    let found = sources.map(|source| (source.path.clone(), too_long(source)));
    found.filter(|(_, problems)| !problems.is_empty()).collect()
}

fn too_long(source: &Source) -> Vec<Problem> {
    let lines: Vec<&str> = source.without_tests().lines().collect();
    let mut problems = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(name) = function(line) else { continue };
        let indentation = line.len() - line.trim_start().len();
        let ends = |line: &&str| line.trim() == "}" && line.len() == indentation + 1;
        let rest = lines.get(at..).unwrap_or_default();
        // A declaration without a body ends with a semicolon, and has no brace of its own.
        let Some(end) = rest.iter().position(ends) else { continue };
        let body = rest.iter().take(end).skip_while(|line| !line.ends_with('{')).skip(1);
        let length = body.filter(|line| !line.trim().is_empty() && !line.trim().starts_with("//")).count();
        if length > MOST {
            let message = format!("`{name}` has {length} lines");
            let fix = format!("split it: a function has at most {MOST}");
            problems.push(Problem::new(format!("{}:{}", source.path, at + 1), message, fix));
        }
    }
    problems
}

/// The name of the function that begins on a line and does not end on it.
fn function(line: &str) -> Option<&str> {
    let mut words = line.trim_start().split(' ');
    let is_before = |word: &&str| !matches!(*word, "const" | "async" | "extern" | "unsafe") && !word.starts_with("pub");
    if words.by_ref().find(is_before)? != "fn" || line.ends_with(';') || line.ends_with('}') {
        return None;
    }
    words.next()?.split(['(', '<']).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        let source = Source { path: "crates/a/src/lib.rs".to_owned(), text: text.to_owned() };
        check(&[source], "").into_iter().map(|problem| problem.message).collect()
    }

    fn with(lines: usize, line: &str) -> String {
        format!(
            "impl A {{\n    pub(crate) async fn long(\n        &self,\n    ) {{\n{}    }}\n}}\n",
            line.repeat(lines)
        )
    }

    #[test]
    fn seventy_lines_pass_and_more_fail() {
        assert!(names(&with(70, "        f();\n")).is_empty());
        assert_eq!(names(&with(71, "        f();\n")), ["`long` has 71 lines"]);
    }

    #[test]
    fn comments_blank_lines_and_tests_do_not_count() {
        assert!(names(&with(200, "        // why\n\n")).is_empty());
        let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", with(100, "        f();\n"));
        assert!(names(&tests).is_empty());
    }
}
