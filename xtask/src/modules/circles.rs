//! Finds the largest circle in a graph.

use std::collections::{BTreeMap, BTreeSet};

/// Which module uses which.
pub(super) type Edges = BTreeMap<String, BTreeSet<String>>;

/// The modules of the largest set in which each reaches every other; empty when there is no circle.
pub(super) fn largest(edges: &Edges) -> Vec<String> {
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        edges.keys().map(|from| (from.as_str(), reach(edges, from))).collect();
    let circle_of = |module: &str| -> Vec<String> {
        let others = reached.get(module).into_iter().flatten();
        let back = others.filter(|other| reached.get(*other).is_some_and(|back| back.contains(module)));
        back.map(|other| (*other).to_owned()).collect()
    };
    edges.keys().map(|module| circle_of(module)).max_by_key(Vec::len).unwrap_or_default()
}

/// Every module that is reached from one; itself only when it is on a circle.
fn reach<'a>(edges: &'a Edges, from: &str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&str> = edges.get(from).into_iter().flatten().map(String::as_str).collect();
    while let Some(module) = open.pop() {
        if reached.insert(module) {
            open.extend(edges.get(module).into_iter().flatten().map(String::as_str));
        }
    }
    reached
}
