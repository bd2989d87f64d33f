//! The table of layers in ARCHITECTURE.md: crate, what it uses, what its tests use besides.

use std::collections::{BTreeMap, BTreeSet};

use crate::problem::{between_markers, cells, code_spans};

/// What the table lists for one crate.
#[derive(Debug)]
pub(super) struct Row {
    /// Its line in ARCHITECTURE.md.
    pub(super) line: usize,
    /// The crates that it may use.
    pub(super) uses: BTreeSet<String>,
    /// The crates that its tests may use besides.
    pub(super) tests_use: BTreeSet<String>,
}

/// The rows by crate.
pub(super) fn rows(architecture: &str) -> Result<BTreeMap<String, Row>, String> {
    let lines = between_markers(architecture, "layers")
        .ok_or("ARCHITECTURE.md: no table between `<!-- layers:begin -->` and `<!-- layers:end -->`")?;
    let mut rows = BTreeMap::new();
    for (line, cells) in lines.into_iter().filter_map(|(n, line)| Some((n, cells(line)?))) {
        let [name, uses, tests] = cells.as_slice() else {
            return Err(format!("ARCHITECTURE.md:{line}: a row of the table of layers has three cells"));
        };
        let Some(name) = code_spans(name).first().copied() else { continue };
        let row = Row { line, uses: names(uses), tests_use: names(tests) };
        if rows.insert(name.to_owned(), row).is_some() {
            return Err(format!("ARCHITECTURE.md:{line}: `{name}` has two rows"));
        }
    }
    Ok(rows)
}

fn names(cell: &str) -> BTreeSet<String> {
    code_spans(cell).into_iter().map(str::to_owned).collect()
}
