//! The shape of each crate: no circle of more than four modules, no crate of more than 6,000 lines, tests aside.
//!
//! Modules use each other by the paths of their `use` declarations and by paths that begin with `crate`, `super` or `self`. A path to a
//! re-export leads to the module that it names, so a `mod.rs` that only re-exports is on no circle.

mod circles;
mod graph;
mod paths;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::problem::{Problem, Source};

/// The most modules that may use each other in a circle.
const MOST_IN_A_CIRCLE: usize = 4;
/// The most lines of a crate, without its tests.
const MOST_LINES: usize = 6_000;

/// Circles that are larger today, by crate, and how large they may be. The list only shrinks.
const CIRCLES: &[(&str, usize)] = &[("identity", 5)];
/// Crates that are larger today, and how many lines they may have. The list only shrinks.
const SIZES: &[(&str, usize)] = &[];

/// The lists of what is not yet as it should be: by crate.
pub(crate) struct Allowed<'a> {
    circles: &'a [(&'a str, usize)],
    sizes: &'a [(&'a str, usize)],
}

/// What this repository allows.
pub(crate) const HERE: Allowed<'_> = Allowed { circles: CIRCLES, sizes: SIZES };

/// Every crate below `crates/` that is too large or has too large a circle.
pub(crate) fn check(sources: &[Source], allowed: &Allowed<'_>) -> Vec<Problem> {
    let mut crates: BTreeMap<&str, Vec<&Source>> = BTreeMap::new();
    for source in sources.iter().filter(|source| source.path.starts_with("crates/") && !source.is_test()) {
        if let Some((folder, _)) = source.path.split_once("/src/") {
            crates.entry(folder).or_default().push(source);
        }
    }
    crates
        .iter()
        .flat_map(|(folder, files)| [size(folder, files, allowed), circle(folder, files, allowed)])
        .flatten()
        .collect()
}

fn size(folder: &str, files: &[&Source], allowed: &Allowed<'_>) -> Option<Problem> {
    let lines: usize = files.iter().map(|file| file.without_tests().lines().count()).sum();
    let fix = "split it: a crate has one job";
    judge(
        folder,
        lines,
        MOST_LINES,
        allowed.sizes,
        |most| format!("the crate has {lines} lines, more than {most}"),
        fix,
    )
}

fn circle(folder: &str, files: &[&Source], allowed: &Allowed<'_>) -> Option<Problem> {
    let modules = circles::largest(&graph::edges(folder, files));
    let names = modules.join(", ");
    let says = |most| format!("{} modules use each other in a circle, more than {most}: {names}", modules.len());
    let fix = "move what two of them share below both";
    judge(folder, modules.len(), MOST_IN_A_CIRCLE, allowed.circles, says, fix)
}

/// Compares what a crate has with what it may have; also refuses a line of the list that is no longer needed.
fn judge(
    folder: &str,
    has: usize,
    most: usize,
    list: &[(&str, usize)],
    says: impl Fn(usize) -> String,
    fix: &str,
) -> Option<Problem> {
    let name = folder.rsplit('/').next().unwrap_or(folder);
    match list.iter().find(|(listed, _)| *listed == name) {
        Some((_, listed)) if has > *listed => Some(Problem::new(folder, says(*listed), fix)),
        Some(_) if has <= most => {
            let message = format!("the crate `{name}` needs no exception any more ({has} of at most {most})");
            Some(Problem::new("xtask/src/modules/mod.rs", message, "remove its line"))
        }
        None if has > most => Some(Problem::new(folder, says(most), fix)),
        _ => None,
    }
}
