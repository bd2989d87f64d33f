//! What the shipped binary says of itself: manual pages and completions, as files of the package.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::succeed;

/// The completions, and where each shell looks for them.
const COMPLETIONS: [(&str, &str); 3] = [
    ("bash", "usr/share/bash-completion/completions/sekisho"),
    ("zsh", "usr/share/zsh/vendor-completions/_sekisho"),
    ("fish", "usr/share/fish/vendor_completions.d/sekisho.fish"),
];

/// Has the binary write its manual pages and completions below `folder`: the files, and where each goes in the package.
pub(super) fn make(binary: &Path, folder: &Path) -> Result<Vec<(PathBuf, String)>, String> {
    let pages = folder.join("man");
    // Pages of an earlier run may be of commands that are gone.
    let _ = fs::remove_dir_all(&pages);
    said(Command::new(binary).arg("man").arg(&pages))?;
    let wrong = |path: &Path, error: &std::io::Error| format!("{}: {error}", path.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(&pages).map_err(|error| wrong(&pages, &error))? {
        let page = entry.map_err(|error| wrong(&pages, &error))?.path();
        // Without name and time, so that one commit makes one package.
        succeed(Command::new("gzip").args(["-9", "--no-name"]).arg(&page))?;
        let name = page.file_name().unwrap_or_default().to_string_lossy().into_owned();
        files.push((pages.join(format!("{name}.gz")), format!("usr/share/man/man1/{name}.gz")));
    }
    for (shell, to) in COMPLETIONS {
        let script = folder.join(format!("completion.{shell}"));
        let text = said(Command::new(binary).args(["completion", shell]))?;
        fs::write(&script, text).map_err(|error| wrong(&script, &error))?;
        files.push((script, to.to_owned()));
    }
    files.sort_by(|(_, a), (_, b)| a.cmp(b));
    Ok(files)
}

fn said(command: &mut Command) -> Result<Vec<u8>, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("{name}: {error}"))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(format!("{name}: {}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim_end()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    /// A program in the place of the binary.
    fn program(folder: &Path, script: &str) -> PathBuf {
        let file = folder.join("binary");
        fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        file
    }

    #[test]
    fn pages_are_packed_the_same_way_each_time_and_completions_go_where_shells_look() {
        let folder = tempfile::tempdir().unwrap();
        let script = r#"case $1 in man) mkdir "$2"; echo page > "$2/sekisho.1" ;; *) echo "for $2" ;; esac"#;
        let binary = program(folder.path(), script);
        let first = make(&binary, folder.path()).unwrap();
        let places: Vec<&str> = first.iter().map(|(_, to)| to.as_str()).collect();
        assert_eq!(places.len(), 4);
        assert!(places.contains(&"usr/share/man/man1/sekisho.1.gz"), "{places:?}");
        let bytes = || first.iter().map(|(from, _)| fs::read(from).unwrap()).collect::<Vec<_>>();
        let before = bytes();
        assert!(before.iter().any(|bytes| bytes == b"for zsh\n"));
        make(&binary, folder.path()).unwrap();
        assert_eq!(bytes(), before);
    }

    #[test]
    fn a_binary_that_fails_makes_no_package() {
        let folder = tempfile::tempdir().unwrap();
        let binary = program(folder.path(), "echo broken >&2; exit 3");
        let error = make(&binary, folder.path()).unwrap_err();
        assert!(error.contains("broken") && error.contains('3'), "{error}");
    }
}
