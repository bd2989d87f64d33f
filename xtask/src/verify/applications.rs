//! Applications, their clients and axe-core, which Debian does not have: packages of PyPI and npm, pinned, in folders of their own. Those that only
//! `--full` needs are kept apart, because they are large.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Scope, step};
use crate::console;

/// Packages of PyPI, as `name==version`: a server and a client for calendars, and a WebDAV server.
const PYTHON_USUAL: &[&str] = &[
    "radicale==3.9.0",
    "caldav==1.6.0",
    // The last one that this version of caldav works with.
    "icalendar==6.3.1",
    "wsgidav==4.4.0",
    "cheroot==11.1.2",
    "requests==2.34.2",
];
const PYTHON_FULL: &[&str] = &["jupyterlab==4.6.6", "streamlit==1.67.0"];

/// Packages of npm, as the `package.json` that names them. Each needs Node.js 18.
const NODE_USUAL: &str =
    r#"{ "private": true, "dependencies": { "verdaccio": "6.5.2" }, "overrides": { "node-fetch": "2.6.7" } }"#;
/// What looks at pages for the browser tests.
const NODE_BROWSER: &str = r#"{ "private": true, "dependencies": { "axe-core": "4.10.3" } }"#;
/// An OpenID provider and an OpenID client.
const NODE_OPENID: &str =
    r#"{ "private": true, "dependencies": { "oidc-provider": "9.13.3", "openid-client": "6.9.0" } }"#;
const NODE_FULL: &str = r#"{ "private": true, "dependencies": { "node-red": "4.1.15" } }"#;

/// Installs what is missing.
pub(super) fn install(scope: Scope) -> Result<(), String> {
    python("python-usual", PYTHON_USUAL)?;
    node("node-usual", NODE_USUAL)?;
    node("node-browser", NODE_BROWSER)?;
    node("node-openid", NODE_OPENID)?;
    if scope == Scope::Full {
        python("python-full", PYTHON_FULL)?;
        node("node-full", NODE_FULL)?;
    }
    Ok(())
}

/// Installs packages of PyPI into an environment of their own, unless they were.
fn python(name: &str, packages: &[&str]) -> Result<(), String> {
    let wanted = packages.join("\n");
    let Some(folder) = outdated(name, &wanted)? else { return Ok(()) };
    let wrong = |error: String| format!("python3 -m venv {}: {error}", folder.display());
    step::succeed(Command::new("python3").args(["-m", "venv"]).arg(&folder)).map_err(wrong)?;
    let mut pip = Command::new(folder.join("bin/pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check"]).args(packages).stdout(Stdio::null());
    step::succeed(&mut pip).map_err(|error| format!("pip install {}: {error}", packages.join(" ")))?;
    finished(&folder, &wanted)
}

/// Installs the packages of a `package.json` beside it, unless they were.
fn node(name: &str, wanted: &str) -> Result<(), String> {
    let Some(folder) = outdated(name, wanted)? else { return Ok(()) };
    let file = folder.join("package.json");
    fs::write(&file, wanted).map_err(|error| format!("{}: {error}", file.display()))?;
    let mut npm = Command::new("npm");
    npm.args(["install", "--silent", "--no-audit", "--no-fund", "--no-package-lock", "--prefix"]).arg(&folder);
    npm.current_dir(&folder).stdout(Stdio::null());
    step::succeed(&mut npm).map_err(|error| format!("npm install in {}: {error}", folder.display()))?;
    finished(&folder, wanted)
}

/// The folder to install into, emptied; `None` when exactly these packages are in it.
fn outdated(name: &str, wanted: &str) -> Result<Option<PathBuf>, String> {
    let folder = folder().join(name);
    if fs::read_to_string(list(&folder)).is_ok_and(|installed| installed == wanted) {
        console::line(&format!("the applications of {name} are installed"));
        return Ok(None);
    }
    console::line(&format!("installing the applications of {name} into {}", folder.display()));
    let wrong = |error: std::io::Error| format!("{}: {error}", folder.display());
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(wrong)?;
    }
    fs::create_dir_all(&folder).map_err(wrong)?;
    Ok(Some(folder))
}

fn finished(folder: &Path, wanted: &str) -> Result<(), String> {
    fs::write(list(folder), wanted).map_err(|error| format!("{}: {error}", list(folder).display()))
}

/// The file that says what was installed. It is written last.
fn list(folder: &Path) -> PathBuf {
    folder.join("sekisho-installed")
}

/// Where the tests look for them.
fn folder() -> PathBuf {
    super::peers::cache().join("sekisho/applications")
}
