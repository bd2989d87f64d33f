//! What of the machine's configuration stands open: files that everybody may write, accounts that need no password.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use sekisho_model::documents::FactValue;

/// The most files that are named; one is enough to fail.
const MAX_NAMED: usize = 20;
/// The most files that are looked at, and how deep: more than any `/etc` holds.
const MAX_FILES: usize = 100_000;
const MAX_DEPTH: usize = 32;
const WRITABLE_BY_ALL: u32 = 0o002;
/// In a folder with this bit nobody may remove or replace the files of others.
const STICKY: u32 = 0o1000;

/// The files and folders below a folder that everybody may write, in order. `None` when it cannot be read, or holds too much.
pub(super) fn world_writable(folder: &Path) -> Option<Vec<String>> {
    let (mut found, mut left) = (Vec::new(), MAX_FILES);
    let root = fs::read_dir(folder).ok()?;
    look(root, MAX_DEPTH, &mut left, &mut found)?;
    found.sort_unstable();
    found.truncate(MAX_NAMED);
    Some(found)
}

fn look(entries: fs::ReadDir, depth: usize, left: &mut usize, found: &mut Vec<String>) -> Option<()> {
    let below = depth.checked_sub(1)?;
    for entry in entries.flatten() {
        *left = left.checked_sub(1)?;
        // What went away meanwhile is written by nobody. Of a link, this is the link itself, whose mode means nothing.
        let Ok(file) = entry.metadata() else { continue };
        let mode = file.permissions().mode();
        if !file.is_symlink() && mode & WRITABLE_BY_ALL != 0 && !(file.is_dir() && mode & STICKY != 0) {
            found.push(entry.path().to_string_lossy().chars().take(256).collect());
        }
        // A folder that this process may not enter stays unseen; the agent runs as root where that matters.
        if file.is_dir()
            && let Ok(entries) = fs::read_dir(entry.path())
        {
            look(entries, below, left, found)?;
        }
    }
    Some(())
}

/// How many accounts need no password; `None` when the file of password hashes cannot be read.
pub(super) fn without_password(shadow: &Path) -> Option<FactValue> {
    let shadow = fs::read(shadow).ok()?;
    let is_empty = |line: &&[u8]| {
        let mut fields = line.split(|byte| *byte == b':');
        fields.next().is_some_and(|name| !name.is_empty()) && fields.next().is_some_and(<[u8]>::is_empty)
    };
    let count = shadow.split(|byte| *byte == b'\n').filter(is_empty).count();
    i64::try_from(count).ok().map(FactValue::Number)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn with_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("set");
    }

    #[test]
    fn files_that_everybody_may_write_are_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let (open, closed, below) = (folder.path().join("open"), folder.path().join("closed"), folder.path().join("d"));
        fs::write(&open, "").expect("written");
        fs::write(&closed, "").expect("written");
        fs::create_dir(&below).expect("made");
        fs::write(below.join("inside"), "").expect("written");
        symlink(&closed, folder.path().join("link")).expect("linked");
        with_mode(&open, 0o666);
        with_mode(&closed, 0o644);
        with_mode(&below.join("inside"), 0o602);
        with_mode(&below, 0o1777);
        let named = |path: &Path| path.to_string_lossy().into_owned();
        assert_eq!(world_writable(folder.path()), Some(vec![named(&below.join("inside")), named(&open)]));
        with_mode(&open, 0o644);
        with_mode(&below.join("inside"), 0o600);
        assert_eq!(world_writable(folder.path()), Some(Vec::new()));
        assert_eq!(world_writable(&folder.path().join("nowhere")), None);
    }

    #[test]
    fn only_an_empty_hash_needs_no_password() {
        let folder = tempfile::tempdir().expect("a folder");
        let shadow = folder.path().join("shadow");
        fs::write(
            &shadow,
            "root:*:19000:0:99999:7:::\nalice:$y$j9T$x:19000::::::\nbob::19000::::::\nlocked:!:1::::::\n\n",
        )
        .expect("written");
        assert_eq!(without_password(&shadow), Some(FactValue::Number(1)));
        assert_eq!(without_password(&folder.path().join("nowhere")), None);
    }
}
