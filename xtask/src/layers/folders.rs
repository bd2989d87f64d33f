//! The arrows between folders: which part of the house may use which. The crates of each part, and what they may use, stand in
//! ARCHITECTURE.md.

use std::collections::BTreeSet;

use super::manifest::Crate;
use crate::problem::{Problem, between_markers, cells, code_spans};

/// One part of the house.
struct Part {
    name: String,
    /// The crates that the table names; without any, all below the folder of that name that no other part names.
    crates: BTreeSet<String>,
    /// The parts, and the single crates, that it may use besides itself.
    may_use: BTreeSet<String>,
}

/// The arrows that the table of folders does not allow. An error is a table that cannot be read.
pub(super) fn check(crates: &[Crate], architecture: &str) -> Result<Vec<Problem>, String> {
    let parts = parts(architecture)?;
    let mut problems = Vec::new();
    for found in crates.iter().filter(|found| found.manifest.starts_with("crates/")) {
        let Some(part) = part_of(&parts, found) else {
            let fix = "list its folder between `<!-- folders:begin -->` and `<!-- folders:end -->`";
            problems.push(Problem::new(&found.manifest, "the table of folders has no row for this crate", fix));
            continue;
        };
        for target in crates.iter().filter(|target| found.uses.contains(&target.folder)) {
            let to = part_of(&parts, target).map_or("", |part| part.name.as_str());
            let may = to == part.name || part.may_use.contains(to) || part.may_use.contains(&target.folder);
            if !may {
                problems.push(breach(found, part, target, to));
            }
        }
    }
    Ok(problems)
}

fn breach(found: &Crate, part: &Part, target: &Crate, to: &str) -> Problem {
    let message =
        format!("`{}` ({}) uses `{}` ({to}), against the table of folders", found.folder, part.name, target.folder);
    Problem::new(&found.manifest, message, "move what both need to a part that both may use")
}

/// The part that names the crate, or the one of its folder that names none.
fn part_of<'a>(parts: &'a [Part], found: &Crate) -> Option<&'a Part> {
    let folder = found.manifest.strip_prefix("crates/").and_then(|rest| rest.split_once('/')).map(|(folder, _)| folder);
    let named = parts.iter().find(|part| part.crates.contains(&found.folder));
    named.or_else(|| parts.iter().find(|part| part.crates.is_empty() && Some(part.name.as_str()) == folder))
}

fn parts(architecture: &str) -> Result<Vec<Part>, String> {
    let lines = between_markers(architecture, "folders")
        .ok_or("ARCHITECTURE.md: no table between `<!-- folders:begin -->` and `<!-- folders:end -->`")?;
    let mut parts = Vec::new();
    for (line, cells) in lines.into_iter().filter_map(|(n, line)| Some((n, cells(line)?))) {
        let [name, crates, may_use, _] = cells.as_slice() else {
            return Err(format!("ARCHITECTURE.md:{line}: a row of the table of folders has four cells"));
        };
        let Some(name) = code_spans(name).first().map(|name| name.trim_end_matches('/').to_owned()) else { continue };
        let names =
            |cell: &str| code_spans(cell).into_iter().map(|name| name.trim_end_matches('/').to_owned()).collect();
        parts.push(Part { name, crates: names(crates), may_use: names(may_use) });
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "<!-- folders:begin -->\n| part | crates | may use | never |\n|---|---|---|---|\n| `decision/` | all | | pure |\n\
        | `base` | `store` | `decision/`, `ledger` | |\n| `evidence/` | all | `decision/`, `base` | |\n<!-- folders:end -->\n";

    fn found(folder: &str, name: &str, uses: &[&str]) -> Crate {
        let uses = uses.iter().map(|target| (*target).to_owned()).collect();
        Crate {
            folder: name.to_owned(),
            manifest: format!("crates/{folder}/{name}/Cargo.toml"),
            uses,
            ..Crate::default()
        }
    }

    fn messages(crates: &[Crate]) -> Vec<String> {
        check(crates, TABLE).unwrap().into_iter().map(|problem| problem.message).collect()
    }

    fn house(model: &[&str], store: &[&str], ledger: &[&str]) -> Vec<Crate> {
        let all =
            [found("decision", "model", model), found("platform", "store", store), found("evidence", "ledger", ledger)];
        all.into_iter().chain([found("evidence", "events", &["ledger"])]).collect()
    }

    #[test]
    fn arrows_down_and_to_a_single_crate_pass() {
        assert!(messages(&house(&[], &["model", "ledger"], &["model"])).is_empty());
    }

    #[test]
    fn an_arrow_that_the_table_does_not_allow_fails() {
        let told = messages(&house(&["store"], &[], &[]));
        assert_eq!(told, ["`model` (decision) uses `store` (base), against the table of folders"]);
        assert_eq!(messages(&house(&[], &["events"], &[])).len(), 1, "one crate of a folder is not the folder");
    }

    #[test]
    fn a_crate_without_a_row_fails() {
        assert_eq!(messages(&[found("platform", "portal", &[])]), ["the table of folders has no row for this crate"]);
    }
}
