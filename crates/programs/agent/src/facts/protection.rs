//! Protection software that runs, by the names of its processes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

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

/// How often every process is looked at again: a process may take another name after it started.
const WHOLE_EVERY: Duration = Duration::from_secs(5);

/// The processes as they were last seen. Between two whole looks only new ones are read, and those that are known to protect.
#[derive(Default)]
pub(super) struct Processes {
    seen: BTreeMap<u32, Option<&'static str>>,
    whole_at: Option<Instant>,
}

impl Processes {
    /// The products that run, in order. `None` when processes cannot be listed. A product whose process ended is missing at once;
    /// one that starts under another name and then takes its own appears within [`WHOLE_EVERY`].
    pub(super) fn running(&mut self, proc: &Path) -> Option<Vec<String>> {
        let whole = self.whole_at.is_none_or(|at| at.elapsed() >= WHOLE_EVERY);
        if whole {
            self.whole_at = Some(Instant::now());
        }
        let before = std::mem::take(&mut self.seen);
        for entry in std::fs::read_dir(proc).ok()?.flatten() {
            let Some(process) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
                continue;
            };
            let product = match before.get(&process) {
                Some(None) if !whole => None,
                _ => product(&entry.path()),
            };
            self.seen.insert(process, product);
        }
        let found: BTreeSet<&str> = self.seen.values().flatten().copied().collect();
        Some(found.into_iter().map(str::to_owned).collect())
    }
}

/// The product of a process. One that ended meanwhile has no name any more.
fn product(process: &Path) -> Option<&'static str> {
    let comm = std::fs::read_to_string(process.join("comm")).ok()?;
    KNOWN.iter().find(|(name, _)| *name == comm.trim_end()).map(|(_, product)| *product)
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
        let mut processes = Processes::default();
        assert_eq!(processes.running(proc.path()), Some(vec!["clamav".to_owned(), "elastic-defend".to_owned()]));
        assert_eq!(processes.running(Path::new("/nowhere")), None);
    }

    #[test]
    fn a_product_that_ended_is_missing_at_once_and_a_new_one_appears_at_once() {
        let proc = tempfile::tempdir().expect("a folder");
        let start = |pid: &str, name: &str| {
            std::fs::create_dir_all(proc.path().join(pid)).expect("made");
            std::fs::write(proc.path().join(pid).join("comm"), name).expect("written");
        };
        start("7", "clamd\n");
        let mut processes = Processes::default();
        assert_eq!(processes.running(proc.path()), Some(vec!["clamav".to_owned()]));
        // Its number now belongs to another process.
        start("7", "sleep\n");
        start("8", "auditd\n");
        assert_eq!(processes.running(proc.path()), Some(vec!["auditd".to_owned()]));
        std::fs::remove_dir_all(proc.path().join("8")).expect("removed");
        assert_eq!(processes.running(proc.path()), Some(Vec::new()));
    }
}
