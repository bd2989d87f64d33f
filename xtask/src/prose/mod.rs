//! Plain standard English: comments, documents and messages hold none of the listed phrases.
//!
//! A phrase is found also across the lines of one comment or paragraph. The answer to a finding is another sentence, with a subject,
//! an active verb and the term of the field, not another word in the same place.

mod text;

use std::collections::BTreeMap;

use crate::exceptions::Exceptions;
use crate::problem::{Problem, Source};
use text::Prose;

/// The list of files that are not yet rewritten.
pub(crate) const LIST: &str = "xtask/src/prose/exceptions.txt";

/// A phrase, and what to write instead.
const PHRASES: [(&str, &str); 14] = [
    ("anew", "again, or a new one"),
    ("are none", "do not exist, or are rejected"),
    ("are told", "receive, or read"),
    ("comes of it", "result, outcome"),
    ("comes to nothing", "fails"),
    ("is none", "does not exist, or is rejected"),
    ("is told", "receives, or reads"),
    ("leads nowhere", "is missing, or does not exist"),
    ("so many", "the number, or as many"),
    ("so much", "the amount, or up to"),
    ("told wrong", "wrong"),
    ("what came of", "the outcome of"),
    ("whoever", "the client, the process, anyone who"),
    ("whomever", "the client, the process, anyone whom"),
];

/// The phrases that are found and not allowed, and what the list of exceptions allows too much.
pub(crate) fn check(sources: &[Source], exceptions: &str) -> Vec<Problem> {
    list(exceptions).judge(found(sources))
}

/// The list of exceptions without what is no longer needed.
pub(crate) fn shortened(sources: &[Source], exceptions: &str) -> String {
    list(exceptions).shortened(&found(sources))
}

fn list(text: &str) -> Exceptions<'_> {
    Exceptions { path: LIST, text, command: "cargo xtask prose --write" }
}

fn found(sources: &[Source]) -> BTreeMap<String, Vec<Problem>> {
    let sources = sources.iter().filter(|source| !source.path.starts_with("xtask/src/prose/"));
    let found = sources.map(|source| (source.path.clone(), problems(source)));
    found.filter(|(_, problems)| !problems.is_empty()).collect()
}

fn problems(source: &Source) -> Vec<Problem> {
    let prose = Prose::of(&source.text);
    let mut problems = Vec::new();
    for (phrase, instead) in PHRASES {
        problems.extend(prose.lines_of(phrase).map(|line| {
            let fix = format!("write another sentence ({instead})");
            Problem::new(format!("{}:{line}", source.path), format!("`{phrase}` is not plain English"), fix)
        }));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phrases(text: &str) -> Vec<String> {
        let source = Source { path: "crates/a/src/lib.rs".to_owned(), text: text.to_owned() };
        check(&[source], "").into_iter().map(|problem| format!("{} {}", problem.file, problem.message)).collect()
    }

    #[test]
    fn a_phrase_is_found_in_comments_messages_and_across_lines() {
        assert_eq!(phrases("// Whoever asks"), ["crates/a/src/lib.rs:1 `whoever` is not plain English"]);
        assert_eq!(phrases("a();\nb(\"it starts anew\");").len(), 1);
        assert_eq!(phrases("/// This\n/// is\n/// none."), ["crates/a/src/lib.rs:2 `is none` is not plain English"]);
        assert_eq!(
            phrases("A paragraph with so\nmany lines"),
            ["crates/a/src/lib.rs:1 `so many` is not plain English"]
        );
    }

    #[test]
    fn a_name_in_code_a_part_of_a_word_and_standard_english_are_not_found() {
        assert!(phrases("/// `None` where there is none.").is_empty());
        assert!(phrases("if value.is_none() { renew() }\n// it is nonexistent").is_empty());
    }
}
