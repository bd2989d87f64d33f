//! Installed packages, from dpkg's own status file.

use std::path::Path;

use sekisho_model::documents::FactValue;

use super::{Facts, put};

/// Adds how many packages are installed, and which.
pub(super) fn read(facts: &mut Facts, status: &Path) {
    let Ok(status) = std::fs::read(status) else {
        return;
    };
    let packages = installed(&String::from_utf8_lossy(&status));
    put(facts, "packages.count", i64::try_from(packages.len()).ok().map(FactValue::Number));
    put(facts, "packages.installed", Some(FactValue::List(packages)));
}

/// `name version` of each installed package, in order.
fn installed(status: &str) -> Vec<String> {
    let mut packages: Vec<String> = status.split("\n\n").filter_map(package).collect();
    packages.sort_unstable();
    packages.dedup();
    packages
}

fn package(stanza: &str) -> Option<String> {
    let field = |name: &str| stanza.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    let is_installed = field("Status")?.ends_with(" installed");
    is_installed.then(|| Some(format!("{} {}", field("Package")?, field("Version")?)))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_installed_counts() {
        let status = "Package: b\nStatus: install ok installed\nDescription: x\n Package: no\nVersion: 1.0-2\n\nPackage: a\nStatus: deinstall ok config-files\nVersion: 1\n\nPackage: a2\nVersion: 3\nStatus: hold ok installed\n\nPackage: half\nStatus: install ok half-installed\nVersion: 1\n";
        assert_eq!(installed(status), ["a2 3", "b 1.0-2"]);
        assert!(installed("").is_empty());
    }

    #[test]
    fn a_machine_without_dpkg_does_not_report_packages() {
        let mut facts = Facts::new();
        read(&mut facts, Path::new("/nowhere"));
        assert!(facts.is_empty());
    }
}
