//! Protection software that runs, by the names of its processes.

use std::collections::BTreeSet;
use std::path::Path;

/// A process's name as the kernel keeps it (at most 15 bytes) and the product it belongs to.
const KNOWN: [(&str, &str); 14] = [
    ("auditd", "auditd"),
    ("cbagentd", "carbon-black"),
    ("clamd", "clamav"),
    ("ds_agent", "trend-deep-security"),
    ("elastic-endpoin", "elastic-defend"),
    ("esets_daemon", "eset"),
    ("falcon-sensor", "crowdstrike-falcon"),
    ("falco", "falco"),
    ("mdatp", "microsoft-defender"),
    ("wdavdaemon", "microsoft-defender"),
    ("osqueryd", "osquery"),
    ("s1-agent", "sentinelone"),
    ("sav-protect", "sophos"),
    ("wazuh-agentd", "wazuh"),
];

/// The products that run, in order. `None` when processes cannot be listed.
pub(super) fn running(proc: &Path) -> Option<Vec<String>> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(proc).ok()?.flatten() {
        let name = entry.file_name();
        if !name.as_encoded_bytes().iter().all(u8::is_ascii_digit) {
            continue;
        }
        // A process that ended meanwhile has no name any more.
        if let Ok(comm) = std::fs::read_to_string(entry.path().join("comm"))
            && let Some((_, product)) = KNOWN.iter().find(|(process, _)| *process == comm.trim_end())
        {
            found.insert(*product);
        }
    }
    Some(found.into_iter().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_processes_are_told_by_their_product() {
        let proc = tempfile::tempdir().expect("a folder");
        for (pid, name) in [("1", "init\n"), ("20", "clamd\n"), ("21", "elastic-endpoin\n"), ("self", "mdatp\n")] {
            std::fs::create_dir(proc.path().join(pid)).expect("made");
            std::fs::write(proc.path().join(pid).join("comm"), name).expect("written");
        }
        std::fs::create_dir(proc.path().join("30")).expect("made");
        assert_eq!(running(proc.path()), Some(vec!["clamav".to_owned(), "elastic-defend".to_owned()]));
        assert_eq!(running(Path::new("/nowhere")), None);
    }
}
