//! When a backup of the data folder was last made, kept in the folder itself: for people to look at, nothing depends on it.

use std::path::Path;

use sekisho_model::Timestamp;

/// The file that holds the time, in milliseconds since 1970.
const FILE: &str = "last-backup";
/// The most bytes of it that are read.
const MOST: u64 = 32;

/// When a backup of this data folder was last made; `None` before the first, and where that cannot be read.
#[must_use]
pub fn last_backup(data: &Path) -> Option<Timestamp> {
    let file = data.join(FILE);
    if file.metadata().ok()?.len() > MOST {
        return None;
    }
    let text = std::fs::read_to_string(file).ok()?;
    text.trim().parse().ok().map(Timestamp::from_millis)
}

/// Keeps the time of a backup that was made.
pub(crate) fn keep_last_backup(data: &Path, at: Timestamp) {
    // A backup that is made stays one where this cannot be written.
    let _ = std::fs::write(data.join(FILE), format!("{}\n", at.as_millis()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_backup_is_known_and_what_is_no_time_is_none() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(last_backup(folder.path()), None);
        let at = Timestamp::from_millis(1_790_000_000_000);
        keep_last_backup(folder.path(), at);
        assert_eq!(last_backup(folder.path()), Some(at));
        for wrong in ["", "yesterday", &"1".repeat(40)] {
            std::fs::write(folder.path().join(FILE), wrong).unwrap();
            assert_eq!(last_backup(folder.path()), None, "{wrong}");
        }
    }
}
