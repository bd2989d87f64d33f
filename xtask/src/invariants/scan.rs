//! Finds the marks of invariants and their tests in Rust sources.

use std::collections::BTreeMap;
use std::fmt;

use crate::problem::{Problem, Source};

const MARK: &str = "INVARIANT";

/// Where one invariant is enforced and tested.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// The marked lines.
    pub(super) code: Vec<Place>,
    /// The tests.
    pub(super) tests: Vec<Place>,
}

/// A line of a file.
#[derive(Debug)]
pub(super) struct Place {
    /// The file's path from the repository's root.
    pub(super) file: String,
    line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// The places by number, and the marks that cannot be read.
pub(super) fn scan(sources: &[Source]) -> (BTreeMap<u32, Places>, Vec<Problem>) {
    let mut places: BTreeMap<u32, Places> = BTreeMap::new();
    let mut problems = Vec::new();
    for source in sources {
        let mut marked = false;
        for (index, line) in source.text.lines().enumerate() {
            let place = || Place { file: source.path.clone(), line: index + 1 };
            match mark(line) {
                Mark::None => {}
                Mark::Numbers(numbers) if !is_test_file(&source.path) => {
                    numbers.into_iter().for_each(|n| places.entry(n).or_default().code.push(place()));
                }
                Mark::Numbers(_) => {
                    let fix = "mark the line of the code that enforces the invariant, not its test";
                    problems.push(Problem::new(place().to_string(), "a mark of an invariant in a test file", fix));
                }
                Mark::Unreadable => {
                    let fix = "write `// INVARIANT I-3: why`";
                    problems.push(Problem::new(place().to_string(), "a mark of an invariant that cannot be read", fix));
                }
            }
            match test_number(line) {
                Some(number) if marked => places.entry(number).or_default().tests.push(place()),
                Some(number) => {
                    let message = format!("`i{number}_…` names a test of an invariant, and this is no test");
                    problems.push(Problem::new(place().to_string(), message, "add `#[test]`, or choose another name"));
                }
                None => {}
            }
            marked = still_marked(line, marked);
        }
    }
    (places, problems)
}

enum Mark {
    None,
    Numbers(Vec<u32>),
    Unreadable,
}

/// Reads `// INVARIANT I-3: why`, also `// INVARIANT I-3, I-4: why`.
fn mark(line: &str) -> Mark {
    let Some(comment) = line.split_once("//").map(|(_, comment)| comment.trim_start_matches(['/', '!', ' '])) else {
        return Mark::None;
    };
    let Some(rest) = comment.strip_prefix(MARK) else { return Mark::None };
    let Some((numbers, why)) = rest.split_once(':') else { return Mark::Unreadable };
    let numbers: Option<Vec<u32>> = numbers.split(',').map(|n| n.trim().strip_prefix("I-")?.parse().ok()).collect();
    match numbers {
        Some(numbers) if !why.trim().is_empty() => Mark::Numbers(numbers),
        _ => Mark::Unreadable,
    }
}

/// The number in a line that declares `fn i3_…`.
fn test_number(line: &str) -> Option<u32> {
    let declaration = line.trim_start().trim_start_matches("async ").strip_prefix("fn i")?;
    let (digits, rest) = declaration.split_once('_')?;
    (!digits.is_empty() && rest.starts_with(|c: char| c.is_ascii_alphanumeric())).then(|| digits.parse().ok())?
}

/// Whether the next line stands under a test attribute, given this one.
fn still_marked(line: &str, marked: bool) -> bool {
    let line = line.trim();
    let is_attribute = line.starts_with("#[") || line.starts_with("//") || line.ends_with(")]");
    line.starts_with("#[test]") || line.starts_with("#[tokio::test") || (marked && is_attribute)
}

fn is_test_file(path: &str) -> bool {
    path.starts_with("e2e/") || path.contains("/tests/") || path.ends_with("/tests.rs")
}
