//! Which module of a crate uses which.

use std::collections::{BTreeMap, BTreeSet};

use super::circles::Edges;
use super::paths::{self, Path};
use crate::problem::Source;

/// A chain of re-exports that is longer than this leads in a circle itself.
const MOST_RE_EXPORTS: usize = 8;

/// The modules of a crate by their path, with what each makes known.
struct Modules {
    paths: BTreeMap<Vec<String>, Vec<Path>>,
}

/// Who uses whom, by the paths of modules with `::`; the crate's root is `crate`.
pub(super) fn edges(folder: &str, files: &[&Source]) -> Edges {
    let mut paths: BTreeMap<Vec<String>, Vec<Path>> = BTreeMap::new();
    for file in files {
        let found = paths::paths(file.without_tests());
        paths.entry(module_of(folder, &file.path)).or_default().extend(found);
    }
    let modules = Modules { paths };
    let mut edges = Edges::new();
    for (module, paths) in &modules.paths {
        let used =
            paths.iter().filter(|path| !path.is_re_export).filter_map(|path| modules.target(module, &path.parts, 0));
        let used: BTreeSet<String> = used.filter(|target| target != module).map(|target| name(&target)).collect();
        edges.insert(name(module), used);
    }
    edges
}

impl Modules {
    /// The module in which what a path names is written; `None` for another crate's.
    fn target(&self, from: &[String], parts: &[String], depth: usize) -> Option<Vec<String>> {
        let (mut module, mut rest) = (from.to_vec(), parts);
        match parts.first()?.as_str() {
            "crate" => (module, rest) = (Vec::new(), parts.get(1..)?),
            "self" | "super" => {
                while let [first, after @ ..] = rest {
                    match first.as_str() {
                        "self" => {}
                        "super" => drop(module.pop()),
                        _ => break,
                    }
                    rest = after;
                }
            }
            // Another crate, unless it is a module below this one.
            first => {
                let below = [from, &[first.to_owned()]].concat();
                self.paths.get(&below)?;
            }
        }
        while let [first, after @ ..] = rest {
            let below = [module.as_slice(), std::slice::from_ref(first)].concat();
            if !self.paths.contains_key(&below) {
                break;
            }
            (module, rest) = (below, after);
        }
        // An item that the module only makes known is written elsewhere.
        let known = rest.first().and_then(|item| {
            let by_name = |path: &&Path| path.name.as_ref() == Some(item) && path.parts.first() != Some(item);
            self.paths.get(&module)?.iter().find(by_name)
        });
        match known {
            Some(path) if depth < MOST_RE_EXPORTS && module != from => {
                self.target(&module, &path.parts, depth + 1).or(Some(module))
            }
            _ => Some(module),
        }
    }
}

fn name(module: &[String]) -> String {
    if module.is_empty() { "crate".to_owned() } else { module.join("::") }
}

/// The path of the module that a file holds.
fn module_of(folder: &str, path: &str) -> Vec<String> {
    let within = path.strip_prefix(folder).and_then(|rest| rest.strip_prefix("/src/")).unwrap_or(path);
    let within = within.trim_end_matches(".rs");
    let within = within.strip_suffix("/mod").unwrap_or(within);
    if matches!(within, "lib" | "main" | "mod") { Vec::new() } else { within.split('/').map(str::to_owned).collect() }
}
