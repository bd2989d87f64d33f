//! The software bill of materials: CycloneDX 1.6 in JSON, from `cargo metadata` and the checksums of Cargo.lock.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

/// The package that is shipped.
const SHIPPED: &str = "sekisho";

/// The bill of every package that is compiled into the shipped program. Build scripts, macros and tests are left out. It has no time and no
/// random number, so one commit makes one bill.
pub(super) fn bill(metadata: &str, lock: &str) -> Result<String, String> {
    let metadata: Value = serde_json::from_str(metadata).map_err(|error| format!("cargo metadata: {error}"))?;
    let linked_in = list(&metadata, "/packages").filter(|package| !is_macro(package));
    let packages: BTreeMap<&str, &Value> = linked_in.map(|package| (text(package, "id"), package)).collect();
    let uses: BTreeMap<&str, Vec<&str>> =
        list(&metadata, "/resolve/nodes").map(|node| (text(node, "id"), linked(node))).collect();
    let root = packages.iter().find(|(_, package)| text(package, "name") == SHIPPED).map(|(id, _)| *id);
    let root = root.ok_or("cargo metadata: the shipped package is missing")?;
    let reached = reach(&uses, &packages, root);
    let checksums = checksums(lock);
    let shipped = packages.get(root).map(|package| component(package, "application", &checksums));
    let others = reached.iter().filter(|id| **id != root).filter_map(|id| packages.get(id));
    let components: Vec<Value> = others.map(|package| component(package, "library", &checksums)).collect();
    let dependencies =
        reached.iter().filter_map(|id| packages.get(id).map(|package| (id, package))).map(|(id, package)| {
            let on: BTreeSet<String> = uses
                .get(id)
                .into_iter()
                .flatten()
                .filter_map(|id| packages.get(id))
                .map(|package| reference(package))
                .collect();
            json!({ "ref": reference(package), "dependsOn": on })
        });
    let bill = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": { "component": shipped, "lifecycles": [{ "phase": "build" }] },
        "components": components,
        "dependencies": dependencies.collect::<Vec<_>>(),
    });
    serde_json::to_string_pretty(&bill).map(|text| format!("{text}\n")).map_err(|error| error.to_string())
}

/// Every package that one leads to, without those that only run in the compiler.
fn reach<'a>(
    uses: &BTreeMap<&'a str, Vec<&'a str>>,
    packages: &BTreeMap<&str, &Value>,
    root: &'a str,
) -> BTreeSet<&'a str> {
    let (mut reached, mut open) = (BTreeSet::new(), vec![root]);
    while let Some(id) = open.pop() {
        if packages.contains_key(id) && reached.insert(id) {
            open.extend(uses.get(id).into_iter().flatten());
        }
    }
    reached
}

/// Whether a package is a procedural macro, which runs in the compiler and is not linked.
fn is_macro(package: &Value) -> bool {
    let kinds = list(package, "/targets").flat_map(|target| list(target, "/kind"));
    kinds.into_iter().any(|kind| kind == "proc-macro")
}

/// The packages that are linked into one: neither those of its tests nor those of its build script.
fn linked(node: &Value) -> Vec<&str> {
    let is_linked =
        |dependency: &&Value| list(dependency, "/dep_kinds").any(|kind| kind.get("kind").is_some_and(Value::is_null));
    list(node, "/deps").filter(is_linked).map(|dependency| text(dependency, "pkg")).collect()
}

fn component(package: &Value, kind: &str, checksums: &BTreeMap<(String, String), String>) -> Value {
    let (name, version) = (text(package, "name"), text(package, "version"));
    let mut component = json!({
        "type": kind, "bom-ref": reference(package), "name": name, "version": version, "scope": "required", "purl": reference(package),
    });
    let Some(fields) = component.as_object_mut() else { return component };
    if let Some(license) = package.get("license").and_then(Value::as_str) {
        // Older manifests separate alternatives by a slash, which is not an expression of SPDX.
        let expression = license.replace(" / ", " OR ").replace('/', " OR ");
        fields.insert("licenses".to_owned(), json!([{ "expression": expression }]));
    }
    if let Some(checksum) = checksums.get(&(name.to_owned(), version.to_owned())) {
        fields.insert("hashes".to_owned(), json!([{ "alg": "SHA-256", "content": checksum }]));
    }
    if let Some(repository) = package.get("repository").and_then(Value::as_str) {
        fields.insert("externalReferences".to_owned(), json!([{ "type": "vcs", "url": repository }]));
    }
    component
}

fn reference(package: &Value) -> String {
    format!("pkg:cargo/{}@{}", text(package, "name"), text(package, "version").replace('+', "%2B"))
}

/// The checksums of Cargo.lock by name and version.
fn checksums(lock: &str) -> BTreeMap<(String, String), String> {
    let blocks = lock.split("[[package]]").skip(1);
    let field = |block: &str, name: &str| {
        let line = block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "));
        line.map(|value| value.trim_matches('"').to_owned())
    };
    blocks
        .filter_map(|block| Some(((field(block, "name")?, field(block, "version")?), field(block, "checksum")?)))
        .collect()
}

fn list<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> {
    value.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, license: Option<&str>) -> Value {
        json!({ "id": name, "name": name, "version": "1.0.0+x", "license": license })
    }

    fn dependency(name: &str, kind: Value) -> Value {
        json!({ "pkg": name, "dep_kinds": [{ "kind": kind }] })
    }

    #[test]
    fn what_is_linked_is_listed_and_tools_and_tests_are_not() {
        let license = |name: &str| (name == "a").then_some("MIT/Apache-2.0");
        let mut packages = ["sekisho", "a", "b", "build", "test", "macro"].map(|name| package(name, license(name)));
        packages[5]["targets"] = json!([{ "kind": ["proc-macro"] }]);
        let nodes = json!([
            { "id": "sekisho", "deps": [dependency("a", Value::Null), dependency("build", json!("build")), dependency("test", json!("dev"))] },
            { "id": "a", "deps": [dependency("b", Value::Null)] }, { "id": "b", "deps": [dependency("macro", Value::Null)] },
        ]);
        let metadata = json!({ "packages": packages, "resolve": { "nodes": nodes } }).to_string();
        let lock = "[[package]]\nname = \"a\"\nversion = \"1.0.0+x\"\nchecksum = \"00ff\"\n";
        let bill: Value = serde_json::from_str(&bill(&metadata, lock).unwrap()).unwrap();
        let names: Vec<&str> = list(&bill, "/components").map(|component| text(component, "name")).collect();
        assert_eq!(names, ["a", "b"]);
        assert_eq!(bill.pointer("/metadata/component/name"), Some(&json!("sekisho")));
        let first = &bill["components"][0];
        assert_eq!(first["licenses"][0]["expression"], "MIT OR Apache-2.0");
        assert_eq!(first["hashes"][0]["content"], "00ff");
        assert_eq!(first["purl"], "pkg:cargo/a@1.0.0%2Bx");
        let of_a = list(&bill, "/dependencies").find(|one| text(one, "ref") == "pkg:cargo/a@1.0.0%2Bx").unwrap();
        assert_eq!(of_a["dependsOn"], json!(["pkg:cargo/b@1.0.0%2Bx"]));
    }

    #[test]
    fn without_the_shipped_package_there_is_no_bill() {
        assert!(bill("{\"packages\": []}", "").is_err());
    }
}
