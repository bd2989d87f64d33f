//! Restoring a backup into a data folder that holds no platform.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Component, Path};

use sekisho_ledger::PublicKey;
use tar::{Archive, Entry};

use crate::manifest::{FORM, note_restored};
use crate::{LEDGER, LEDGER_NAME, MANIFEST, Manifest, PUBLIC_KEY, PlatformData, Problem, STORE, prepare};

/// Puts a backup into a data folder. It overwrites nothing; the next start records that the platform was restored.
///
/// # Errors
/// When a platform is there, the backup is of another one, or its ledger is not whole.
pub fn restore(platform: &PlatformData, file: &Path) -> Result<Manifest, Problem> {
    let data = &platform.folder;
    refuse_to_overwrite(data)?;
    let manifest = read_manifest(file)?;
    if manifest.form != FORM {
        return Err(Problem::data(format_args!(
            "{}: is a backup of form {}, and this program knows form {FORM}: use the program that made it",
            file.display(),
            manifest.form
        )));
    }
    if manifest.domain != platform.domain.as_str() {
        return Err(Problem::usage(format_args!(
            "`domain`: is `{}`, and the backup is of `{}`: a platform keeps its domain",
            platform.domain, manifest.domain
        )));
    }
    prepare(data)?;
    unpack(file, data)?;
    check_ledger(data)?;
    note_restored(data, &manifest)
        .map_err(|error| Problem::unavailable(format_args!("{}: {error}", data.display())))?;
    Ok(manifest)
}

/// Refuses a data folder in which a platform was: what is there would be lost, or mixed with the backup.
fn refuse_to_overwrite(data: &Path) -> Result<(), Problem> {
    match [STORE, LEDGER, PUBLIC_KEY, LEDGER_NAME].into_iter().find(|name| data.join(name).symlink_metadata().is_ok()) {
        None => Ok(()),
        Some(name) => Err(Problem::usage(format_args!(
            "{} exists: a restore overwrites nothing; move it away, or name another `data` folder",
            data.join(name).display()
        ))),
    }
}

fn read_manifest(file: &Path) -> Result<Manifest, Problem> {
    let wrong = |error: &dyn std::fmt::Display| Problem::data(format_args!("{}: {error}", file.display()));
    let mut archive = open(file)?;
    for entry in archive.entries().map_err(|error| wrong(&error))? {
        let mut entry = entry.map_err(|error| wrong(&error))?;
        if entry.path().is_ok_and(|path| path == Path::new(MANIFEST)) {
            let mut text = String::new();
            entry.read_to_string(&mut text).map_err(|error| wrong(&error))?;
            return serde_json::from_str(&text).map_err(|error| wrong(&error));
        }
    }
    Err(wrong(&"is not a backup that `sekisho backup` made"))
}

fn open(file: &Path) -> Result<Archive<File>, Problem> {
    let file = File::open(file).map_err(|error| Problem::usage(format_args!("{}: {error}", file.display())))?;
    Ok(Archive::new(file))
}

/// Takes what a backup holds out of it, and nothing else.
fn unpack(file: &Path, data: &Path) -> Result<(), Problem> {
    let wrong = |error: &dyn std::fmt::Display| Problem::data(format_args!("{}: {error}", file.display()));
    let mut archive = open(file)?;
    for entry in archive.entries().map_err(|error| wrong(&error))? {
        let mut entry = entry.map_err(|error| wrong(&error))?;
        let path = entry.path().map_err(|error| wrong(&error))?.into_owned();
        if path == Path::new(MANIFEST) {
            continue;
        }
        if !is_expected(&path) {
            return Err(wrong(&format_args!("holds `{}`, which no backup holds", path.display())));
        }
        take(&mut entry, &data.join(&path)).map_err(|error| wrong(&format_args!("{}: {error}", path.display())))?;
    }
    Ok(())
}

/// Whether a backup holds a file of that name: relative, and below nothing but the ledger's folder.
fn is_expected(path: &Path) -> bool {
    let mut parts = path.components();
    let Some(Component::Normal(first)) = parts.next() else { return false };
    let inside = parts.all(|part| matches!(part, Component::Normal(_)));
    let is_file = path.components().count() == 1 && [STORE, PUBLIC_KEY, LEDGER_NAME].iter().any(|name| first == *name);
    inside && (first == LEDGER || is_file)
}

fn take(entry: &mut Entry<'_, File>, target: &Path) -> std::io::Result<()> {
    if entry.header().entry_type().is_dir() {
        return std::fs::DirBuilder::new().recursive(true).mode(0o700).create(target);
    }
    if !entry.header().entry_type().is_file() {
        return Err(std::io::Error::other("is neither a file nor a folder"));
    }
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(target)?;
    std::io::copy(entry, &mut file)?;
    file.sync_all()
}

fn check_ledger(data: &Path) -> Result<(), Problem> {
    let text = std::fs::read_to_string(data.join(PUBLIC_KEY)).map_err(Problem::data)?;
    let key: PublicKey = text.trim().parse().map_err(Problem::data)?;
    let report = sekisho_ledger::verify(&data.join(LEDGER), &key, &[]);
    match report.first() {
        None => Ok(()),
        Some(first) => Err(Problem::data(format_args!("the ledger in the backup is not whole; first: {first}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_backup_holds_is_taken_out_of_it() {
        for path in ["store.db", "ledger.pub", "ledger", "ledger/head", "ledger/tile/0/000"] {
            assert!(is_expected(Path::new(path)), "{path}");
        }
        for path in ["/etc/passwd", "../store.db", "ledger/../../x", "master.key", "store.db/x", "admin.sock", ""] {
            assert!(!is_expected(Path::new(path)), "{path}");
        }
    }
}
