//! Installed packages, from dpkg's own status file.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use sekisho_model::documents::FactValue;

use super::{Facts, put};

/// What the status file held when it was last read. It is read again only when it is another file or was written since.
#[derive(Default)]
pub(super) struct Packages {
    mark: Option<(u64, u64, i64, i64)>,
    facts: Facts,
}

impl Packages {
    /// Adds how many packages are installed, which, and of which source packages they were built.
    pub(super) fn read(&mut self, facts: &mut Facts, status: &Path) {
        let mark =
            std::fs::metadata(status).ok().map(|file| (file.ino(), file.size(), file.mtime(), file.mtime_nsec()));
        if mark.is_none() || mark != self.mark {
            // The mark is older than what is read, so a file that is replaced meanwhile is read once more.
            (self.mark, self.facts) = (mark, read(status));
        }
        facts.extend(self.facts.clone());
    }
}

fn read(status: &Path) -> Facts {
    let mut facts = Facts::new();
    if let Ok(status) = std::fs::read(status) {
        let status = String::from_utf8_lossy(&status);
        let (packages, sources) = (each(&status, package), each(&status, source));
        put(&mut facts, "packages.count", i64::try_from(packages.len()).ok().map(FactValue::Number));
        put(&mut facts, "packages.installed", Some(FactValue::List(packages)));
        put(&mut facts, "packages.sources", Some(FactValue::List(sources)));
    }
    facts
}

/// `name version` of each installed package, in order.
fn each(status: &str, read: fn(&str) -> Option<String>) -> Vec<String> {
    let mut packages: Vec<String> = status.split("\n\n").filter_map(read).collect();
    packages.sort_unstable();
    packages.dedup();
    packages
}

fn package(stanza: &str) -> Option<String> {
    is_installed(stanza).then(|| Some(format!("{} {}", field(stanza, "Package")?, field(stanza, "Version")?)))?
}

/// The source package: what advisories name. Its version stands in brackets where it differs from that of the package.
fn source(stanza: &str) -> Option<String> {
    let version = field(stanza, "Version")?;
    let (name, version) = match field(stanza, "Source") {
        Some(source) => match source.split_once(" (") {
            Some((name, rest)) => (name, rest.strip_suffix(')')?),
            None => (source, version),
        },
        None => (field(stanza, "Package")?, version),
    };
    is_installed(stanza).then(|| format!("{name} {version}"))
}

fn is_installed(stanza: &str) -> bool {
    field(stanza, "Status").is_some_and(|status| status.ends_with(" installed"))
}

fn field<'a>(stanza: &'a str, name: &str) -> Option<&'a str> {
    stanza.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_installed_counts() {
        let status = "Package: b\nStatus: install ok installed\nDescription: x\n Package: no\nVersion: 1.0-2\n\nPackage: a\nStatus: deinstall ok config-files\nVersion: 1\n\nPackage: a2\nVersion: 3\nStatus: hold ok installed\n\nPackage: half\nStatus: install ok half-installed\nVersion: 1\n";
        assert_eq!(each(status, package), ["a2 3", "b 1.0-2"]);
        assert_eq!(each(status, source), ["a2 3", "b 1.0-2"]);
        assert!(each("", package).is_empty());
    }

    #[test]
    fn a_source_package_stands_for_what_was_built_of_it() {
        let status = "Package: libssl3\nStatus: install ok installed\nSource: openssl\nVersion: 3.0.11-1\n\nPackage: openssl\nStatus: install ok installed\nVersion: 3.0.11-1\n\nPackage: libdb5.3\nStatus: install ok installed\nSource: db5.3 (5.3.28-1)\nVersion: 5.3.28-1+b1\n\nPackage: gone\nStatus: deinstall ok config-files\nSource: g\nVersion: 1\n";
        assert_eq!(each(status, source), ["db5.3 5.3.28-1", "openssl 3.0.11-1"]);
    }

    #[test]
    fn a_machine_without_dpkg_does_not_report_packages() {
        let mut facts = Facts::new();
        Packages::default().read(&mut facts, Path::new("/nowhere"));
        assert!(facts.is_empty());
    }

    #[test]
    fn a_replaced_file_is_read_again_and_a_missing_one_is_forgotten() {
        let folder = tempfile::tempdir().expect("a folder");
        let (status, next) = (folder.path().join("status"), folder.path().join("status-new"));
        let stanza = |name: &str| format!("Package: {name}\nStatus: install ok installed\nVersion: 1\n");
        let mut packages = Packages::default();
        let mut installed = |packages: &mut Packages| {
            let mut facts = Facts::new();
            packages.read(&mut facts, &status);
            facts.remove("packages.installed")
        };
        std::fs::write(&status, stanza("a")).expect("written");
        assert_eq!(installed(&mut packages), Some(FactValue::List(vec!["a 1".to_owned()])));
        std::fs::write(&next, stanza("b")).expect("written");
        std::fs::rename(&next, &status).expect("replaced");
        assert_eq!(installed(&mut packages), Some(FactValue::List(vec!["b 1".to_owned()])));
        std::fs::remove_file(&status).expect("removed");
        assert_eq!(installed(&mut packages), None);
    }
}
