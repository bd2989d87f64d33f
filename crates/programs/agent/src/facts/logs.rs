//! Whether the machine's log outlives a restart: systemd's journal on the disk, an audit log, or a syslog file.

use std::fs;
use std::path::Path;

/// Files that only exist where a program keeps the log on the disk.
const FILES: [&str; 3] = ["var/log/audit/audit.log", "var/log/syslog", "var/log/messages"];

/// Whether it does; `None` on a machine with neither a journal nor such a file.
pub(super) fn persistent(root: &Path) -> Option<bool> {
    if FILES.iter().any(|file| root.join(file).exists()) {
        return Some(true);
    }
    let folder = root.join("var/log/journal");
    if !folder.is_dir() && !root.join("run/log/journal").is_dir() {
        return None;
    }
    let storage = storage(root).unwrap_or_else(|| "auto".to_owned());
    Some(match storage.as_str() {
        "persistent" => true,
        "auto" => folder.is_dir(),
        _ => false,
    })
}

/// The last `Storage=` of the journal's settings: drop-ins by name, after the file itself.
fn storage(root: &Path) -> Option<String> {
    let mut files = vec![root.join("etc/systemd/journald.conf")];
    let mut drop_ins: Vec<_> = fs::read_dir(root.join("etc/systemd/journald.conf.d"))
        .into_iter()
        .flatten()
        .flatten()
        .map(|f| f.path())
        .collect();
    drop_ins.retain(|path| path.extension().is_some_and(|extension| extension == "conf"));
    drop_ins.sort_unstable();
    files.extend(drop_ins);
    let settings: Vec<String> = files.iter().filter_map(|file| fs::read_to_string(file).ok()).collect();
    let value =
        settings.iter().rev().find_map(|text| text.lines().rev().find_map(|l| l.trim().strip_prefix("Storage=")));
    value.map(|value| value.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_is_kept_by_its_folder_and_its_settings() {
        let root = tempfile::tempdir().expect("a folder");
        let make = |folder: &str| fs::create_dir_all(root.path().join(folder)).expect("made");
        assert_eq!(persistent(root.path()), None);
        make("run/log/journal");
        assert_eq!(persistent(root.path()), Some(false));
        make("var/log/journal");
        assert_eq!(persistent(root.path()), Some(true));
        make("etc/systemd/journald.conf.d");
        let write =
            |file: &str, text: &str| fs::write(root.path().join("etc/systemd").join(file), text).expect("written");
        write("journald.conf", "[Journal]\n#Storage=auto\nStorage=volatile\n");
        assert_eq!(persistent(root.path()), Some(false));
        write("journald.conf.d/keep.conf", "[Journal]\nStorage=persistent\n");
        assert_eq!(persistent(root.path()), Some(true));
    }

    #[test]
    fn a_syslog_file_is_enough() {
        let root = tempfile::tempdir().expect("a folder");
        fs::create_dir_all(root.path().join("var/log")).expect("made");
        fs::write(root.path().join("var/log/syslog"), "").expect("written");
        assert_eq!(persistent(root.path()), Some(true));
    }
}
