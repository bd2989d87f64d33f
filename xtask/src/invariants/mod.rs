//! The security invariants of docs/threat-model.md: each has a line of code that enforces it and a test.
//!
//! The enforcing line carries `// INVARIANT I-3: why`, the tests are named `i3_…`.

mod scan;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::problem::{Problem, Source, between_markers, cells};
use scan::Places;

/// The document that numbers the invariants.
pub(crate) const DOCUMENT: &str = "docs/threat-model.md";

/// Every number without code or test, every mark of a number that does not exist, and every place that the document
/// tells wrong.
pub(crate) fn check(document: &str, sources: &[Source]) -> Vec<Problem> {
    let Some(rows) = rows(document) else {
        let fix = "write it between `<!-- invariants:begin -->` and `<!-- invariants:end -->`";
        return vec![Problem::new(DOCUMENT, "the table of invariants is missing", fix)];
    };
    let (places, mut problems) = scan::scan(sources);
    problems.extend(numbering(&rows));
    for row in &rows {
        let found = places.get(&row.number);
        problems.extend(missing(row.number, found));
        let (code, tests) = found.map(cells_of).unwrap_or_default();
        if found.is_some() && (row.code != code || row.tests != tests) {
            let message = format!("the places told for I-{} are not where it is enforced and tested", row.number);
            problems.push(Problem::new(
                format!("{DOCUMENT}:{}", row.line),
                message,
                "run `cargo xtask invariants --write`",
            ));
        }
    }
    for (number, found) in places.iter().filter(|(number, _)| !rows.iter().any(|row| row.number == **number)) {
        for place in found.code.iter().chain(&found.tests) {
            let fix = format!("use a number of {DOCUMENT}, or add the invariant there");
            problems.push(Problem::new(place.to_string(), format!("there is no invariant I-{number}"), fix));
        }
    }
    problems
}

/// The document with the places as they are.
pub(crate) fn written(document: &str, sources: &[Source]) -> String {
    let (places, _) = scan::scan(sources);
    let rows = rows(document).unwrap_or_default();
    let mut out = String::new();
    for (index, line) in document.lines().enumerate() {
        let row = rows.iter().find(|row| row.line == index + 1);
        let (code, tests) = row.and_then(|row| places.get(&row.number)).map(cells_of).unwrap_or_default();
        let _ = match row {
            Some(row) => writeln!(out, "| I-{} | {} | {code} | {tests} |", row.number, row.statement),
            None => writeln!(out, "{line}"),
        };
    }
    out
}

#[derive(Debug)]
struct Row {
    line: usize,
    number: u32,
    statement: String,
    code: String,
    tests: String,
}

fn rows(document: &str) -> Option<Vec<Row>> {
    let lines = between_markers(document, "invariants")?;
    let rows = lines.into_iter().filter_map(|(line, text)| {
        let cells = cells(text)?;
        let [number, statement, code, tests] = cells.as_slice() else { return None };
        let number = number.strip_prefix("I-")?.parse().ok()?;
        Some(Row { line, number, statement: (*statement).into(), code: (*code).into(), tests: (*tests).into() })
    });
    Some(rows.collect())
}

fn numbering(rows: &[Row]) -> Option<Problem> {
    let (expected, row) = (1..).zip(rows).find(|(expected, row)| row.number != *expected)?;
    let message = format!("I-{} stands where I-{expected} belongs", row.number);
    Some(Problem::new(format!("{DOCUMENT}:{}", row.line), message, "number the invariants from 1 without gap"))
}

fn missing(number: u32, found: Option<&Places>) -> Vec<Problem> {
    let mut problems = Vec::new();
    if found.is_none_or(|f| f.code.is_empty()) {
        let fix = format!("mark the line that enforces it with `// INVARIANT I-{number}: why`");
        problems.push(Problem::new(DOCUMENT, format!("nothing enforces I-{number}"), fix));
    }
    if found.is_none_or(|f| f.tests.is_empty()) {
        let fix = format!("name its tests `i{number}_…`");
        problems.push(Problem::new(DOCUMENT, format!("no test shows I-{number}"), fix));
    }
    problems
}

/// The two cells of a row: the enforcing files, and the files with tests and how many.
fn cells_of(found: &Places) -> (String, String) {
    let list = |places: &[scan::Place]| {
        let mut files: BTreeMap<&str, usize> = BTreeMap::new();
        for place in places {
            *files.entry(&place.file).or_default() += 1;
        }
        files.into_keys().map(|file| format!("[{}](../{file})", short(file))).collect::<Vec<_>>().join(", ")
    };
    (list(&found.code), list(&found.tests))
}

/// The path without what every path has: `crates/enforcement/gateway/src/dial.rs` is `gateway/dial.rs`.
fn short(file: &str) -> String {
    let within = file.strip_prefix("crates/").and_then(|rest| rest.split_once('/'));
    within.map_or(file, |(_, rest)| rest).replacen("/src/", "/", 1)
}
