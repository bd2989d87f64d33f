//! The workspace's crates and what each depends on, from `cargo metadata --no-deps`.

use std::collections::BTreeSet;

use serde_json::Value;

/// One crate of the workspace.
#[derive(Debug, Default)]
pub(super) struct Crate {
    /// The name of its folder: its name in the table.
    pub(super) folder: String,
    /// The path of its Cargo.toml from the repository's root.
    pub(super) manifest: String,
    /// The workspace's crates that it uses.
    pub(super) uses: BTreeSet<String>,
    /// The workspace's crates that only its tests use.
    pub(super) tests_use: BTreeSet<String>,
    /// The packages of others that it depends on, outside its tests.
    pub(super) packages: BTreeSet<String>,
    /// Every dependency, by the name of its package.
    pub(super) named: BTreeSet<String>,
}

impl Crate {
    /// Whether it must not touch the world: every crate below `crates/decision/`.
    pub(super) fn is_pure(&self) -> bool {
        self.manifest.starts_with(super::PURE_FOLDER)
    }
}

/// The crates of the workspace.
pub(super) fn crates(metadata: &str) -> Result<Vec<Crate>, String> {
    let metadata: Value = serde_json::from_str(metadata).map_err(|e| format!("cargo metadata: {e}"))?;
    let root = metadata.get("workspace_root").and_then(Value::as_str).ok_or("cargo metadata: no `workspace_root`")?;
    let packages = metadata.get("packages").and_then(Value::as_array).ok_or("cargo metadata: no `packages`")?;
    packages.iter().map(|package| read(package, root)).collect()
}

/// Whether a Cargo.toml has `[lints]` with `workspace = true`.
pub(super) fn has_workspace_lints(manifest: &str) -> bool {
    let mut lines = manifest.lines().map(str::trim).skip_while(|line| *line != "[lints]").skip(1);
    lines.by_ref().take_while(|line| !line.starts_with('[')).any(|line| line.replace(' ', "") == "workspace=true")
}

fn read(package: &Value, root: &str) -> Result<Crate, String> {
    let path = text(package, "manifest_path")?;
    let manifest = path.strip_prefix(root).unwrap_or(path).trim_start_matches('/').to_owned();
    let mut found =
        Crate { folder: folder(path.trim_end_matches("/Cargo.toml")).to_owned(), manifest, ..Crate::default() };
    let dependencies =
        package.get("dependencies").and_then(Value::as_array).ok_or("cargo metadata: no `dependencies`")?;
    for dependency in dependencies {
        found.named.insert(text(dependency, "name")?.to_owned());
        let in_tests = dependency.get("kind").and_then(Value::as_str) == Some("dev");
        match dependency.get("path").and_then(Value::as_str) {
            Some(path) if in_tests => found.tests_use.insert(folder(path).to_owned()),
            Some(path) => found.uses.insert(folder(path).to_owned()),
            None if in_tests => false,
            None => found.packages.insert(text(dependency, "name")?.to_owned()),
        };
    }
    found.tests_use = found.tests_use.difference(&found.uses).cloned().collect();
    Ok(found)
}

fn folder(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn text<'a>(value: &'a Value, field: &str) -> Result<&'a str, String> {
    value.get(field).and_then(Value::as_str).ok_or_else(|| format!("cargo metadata: no `{field}`"))
}
