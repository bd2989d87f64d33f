//! The Debian package, made with `dpkg-deb` from the binary and the files of `packaging/`.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::succeed;

/// What goes into the package.
pub(super) struct Parts<'a> {
    /// The repository.
    pub(super) root: &'a Path,
    /// Where the package is written.
    pub(super) folder: &'a Path,
    /// The stripped binary.
    pub(super) binary: &'a Path,
    /// The bill of materials.
    pub(super) bill: &'a Path,
    /// Manual pages and completions, and where each goes.
    pub(super) shell_files: &'a [(PathBuf, String)],
    /// The version of Sekisho.
    pub(super) version: &'a str,
    /// The C library that it needs.
    pub(super) library: &'a str,
    /// The time of its files, in seconds since 1970.
    pub(super) changed: String,
}

/// The files of `packaging/`, where they go, and their modes.
const FILES: [(&str, &str, u32); 8] = [
    ("sekisho.toml", "etc/sekisho/sekisho.toml", 0o644),
    ("systemd/sekisho.service", "usr/lib/systemd/system/sekisho.service", 0o644),
    ("systemd/sekisho-agent.service", "usr/lib/systemd/system/sekisho-agent.service", 0o644),
    ("debian/copyright", "usr/share/doc/sekisho/copyright", 0o644),
    ("debian/conffiles", "DEBIAN/conffiles", 0o644),
    ("debian/postinst", "DEBIAN/postinst", 0o755),
    ("debian/prerm", "DEBIAN/prerm", 0o755),
    ("debian/postrm", "DEBIAN/postrm", 0o755),
];

/// Makes the package and returns its path.
pub(super) fn make(parts: &Parts<'_>) -> Result<PathBuf, String> {
    let tree = parts.folder.join("debian");
    // A tree of an earlier run could hold files that no longer belong to the package.
    let _ = fs::remove_dir_all(&tree);
    for (from, to, mode) in FILES {
        place(&parts.root.join("packaging").join(from), &tree.join(to), mode)?;
    }
    place(parts.binary, &tree.join("usr/bin/sekisho"), 0o755)?;
    place(parts.bill, &tree.join("usr/share/doc/sekisho/sekisho.cdx.json"), 0o644)?;
    for (from, to) in parts.shell_files {
        place(from, &tree.join(to), 0o644)?;
    }
    let architecture = architecture()?;
    let size = fs::metadata(parts.binary).map_err(|error| error.to_string())?.len() / 1024;
    let control = control(parts.version, &architecture, parts.library, size);
    fs::write(tree.join("DEBIAN/control"), control).map_err(|error| format!("DEBIAN/control: {error}"))?;
    let package = parts.folder.join(format!("sekisho_{}_{architecture}.deb", parts.version));
    let mut command = Command::new("dpkg-deb");
    command.args(["--root-owner-group", "--build"]).arg(&tree).arg(&package);
    succeed(command.env("SOURCE_DATE_EPOCH", &parts.changed))?;
    Ok(package)
}

fn place(from: &Path, to: &Path, mode: u32) -> Result<(), String> {
    let wrong = |error: std::io::Error| format!("{} to {}: {error}", from.display(), to.display());
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(wrong)?;
    }
    fs::copy(from, to).map_err(wrong)?;
    fs::set_permissions(to, Permissions::from_mode(mode)).map_err(wrong)
}

/// Debian's name of this machine.
fn architecture() -> Result<String, String> {
    let output = Command::new("dpkg").arg("--print-architecture").output().map_err(|error| format!("dpkg: {error}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn control(version: &str, architecture: &str, library: &str, kibibytes: u64) -> String {
    format!(
        "Package: sekisho\n\
         Version: {version}\n\
         Architecture: {architecture}\n\
         Maintainer: The authors of Sekisho <sekisho@example.jp>\n\
         Installed-Size: {kibibytes}\n\
         Depends: adduser, libc6 (>= {library})\n\
         Recommends: ca-certificates\n\
         Suggests: postgresql\n\
         Section: net\n\
         Priority: optional\n\
         Homepage: https://github.com/sekisho/sekisho\n\
         Description: Zero Trust platform in one program\n \
         Every request is decided on who asks, from what device, for what resource and in\n \
         which state, and is decided again whenever any of these change. Every decision is\n \
         kept in a ledger that cannot be altered unseen.\n \
         .\n \
         The package holds the platform and the device agent, each with its systemd unit.\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packaging() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging")
    }

    #[test]
    fn every_file_of_the_package_is_there_and_scripts_stop_at_the_first_error() {
        for (from, to, mode) in FILES {
            let text = fs::read_to_string(packaging().join(from)).unwrap_or_else(|error| panic!("{from}: {error}"));
            assert!(mode == 0o644 || text.starts_with("#!/bin/sh\nset -e\n"), "{from} for {to}");
        }
    }

    #[test]
    fn every_configuration_file_is_a_conffile() {
        let conffiles = fs::read_to_string(packaging().join("debian/conffiles")).unwrap();
        let etc = FILES.iter().filter(|(_, to, _)| to.starts_with("etc/")).map(|(_, to, _)| format!("/{to}\n"));
        assert_eq!(conffiles, etc.collect::<String>());
    }

    #[test]
    fn the_control_file_depends_on_the_library_that_the_binary_needs() {
        let control = control("1.2.3", "amd64", "2.36", 1000);
        assert!(control.contains("Depends: adduser, libc6 (>= 2.36)\n"), "{control}");
        assert!(control.lines().all(|line| line.starts_with(' ') || line.contains(": ")), "{control}");
    }
}
