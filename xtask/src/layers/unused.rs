//! Dependencies that no source of their crate names.

use crate::problem::{Problem, Source};

use super::manifest::Crate;

/// The dependencies of one crate that could go.
pub(super) fn unused(found: &Crate, sources: &[Source]) -> Vec<Problem> {
    let folder = found.manifest.trim_end_matches("Cargo.toml");
    let own: Vec<&str> = sources.iter().filter(|s| s.path.starts_with(folder)).map(|s| s.text.as_str()).collect();
    let unnamed = found.named.iter().filter(|package| !own.iter().any(|text| names(text, &package.replace('-', "_"))));
    unnamed
        .map(|package| {
            let message = format!("no source of `{}` names its dependency `{package}`", found.folder);
            Problem::new(&found.manifest, message, "remove it")
        })
        .collect()
}

/// Whether the text has the name as a whole word.
fn names(text: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(name).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + name.len()..).and_then(|after| after.chars().next());
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}
