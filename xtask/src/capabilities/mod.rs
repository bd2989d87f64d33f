//! What adding a capability costs: how many existing files name each capability's crate.
//!
//! A capability is a crate with a `src/capability.rs`. The files of its own crate, tests and documents do not count, nor do those of a
//! capability that stands on it: that one came later, and its arrow is in ARCHITECTURE.md.

#[cfg(test)]
mod tests;

use crate::problem::{Problem, Source};

/// The most existing files that one capability may touch.
const MOST_FILES: usize = 10;

/// Capabilities that more files may name: pages, API and control plane named them before there was a list of capabilities. A number here
/// only shrinks.
const EARLIER: [(&str, usize); 3] = [
    ("crates/information/identity", 32),
    ("crates/information/devices", 26),
    // A token is also a credential: what recognises callers of the API names it.
    ("crates/platform/api-tokens", 13),
];

/// The file that makes a crate a capability.
const MARK: &str = "/src/capability.rs";

/// The capabilities that more existing files name than may: ten, or as many as named them before. `sources` are Rust files and manifests.
pub(crate) fn check(sources: &[Source]) -> Vec<Problem> {
    capabilities(sources).filter_map(|folder| too_many(folder, &touched(folder, sources))).collect()
}

/// The folders of the crates that are capabilities. The seam itself is not one.
fn capabilities(sources: &[Source]) -> impl Iterator<Item = &str> {
    let folders = sources.iter().filter_map(|source| source.path.strip_suffix(MARK));
    folders.filter(|folder| !folder.ends_with("platform/capability"))
}

/// The files outside a crate that name it.
fn touched<'a>(folder: &str, sources: &'a [Source]) -> Vec<&'a str> {
    let own = format!("{folder}/");
    let Some(package) = package(folder, sources) else { return Vec::new() };
    let module = package.replace('-', "_");
    let others: Vec<String> = capabilities(sources)
        .filter(|other| standing_on(other, package, sources))
        .map(|other| format!("{other}/"))
        .collect();
    let is_outside = |path: &str| !path.starts_with(&own) && !others.iter().any(|other| path.starts_with(other));
    let outside = sources.iter().filter(|source| is_outside(&source.path) && !source.is_test());
    outside
        .filter(|source| source.text.contains(package) || source.text.contains(&module))
        .map(|source| source.path.as_str())
        .collect()
}

/// Whether a capability's crate uses a package.
fn standing_on(folder: &str, package: &str, sources: &[Source]) -> bool {
    let manifest = sources.iter().find(|source| source.path == format!("{folder}/Cargo.toml"));
    manifest.is_some_and(|manifest| manifest.text.contains(&format!("{package}.workspace")))
}

/// The name of the package in a folder.
fn package<'a>(folder: &str, sources: &'a [Source]) -> Option<&'a str> {
    let manifest = sources.iter().find(|source| source.path == format!("{folder}/Cargo.toml"))?;
    manifest.text.lines().find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'))
}

fn too_many(folder: &str, touched: &[&str]) -> Option<Problem> {
    let earlier = EARLIER.iter().find(|(earlier, _)| *earlier == folder).map(|(_, most)| *most);
    let (count, most) = (touched.len(), earlier.unwrap_or(MOST_FILES));
    if earlier.is_some() && count < most {
        let message = format!("{count} existing files name it, and {most} are allowed");
        return Some(Problem::new(folder, message, "write the smaller number into xtask/src/capabilities/mod.rs"));
    }
    (count > most).then(|| {
        let message = format!("{count} existing files name it, more than {most}: {}", touched.join(", "));
        Problem::new(folder, message, "let these files read the list of capabilities instead")
    })
}
