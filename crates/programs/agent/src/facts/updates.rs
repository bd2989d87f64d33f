//! Security updates that wait, by Ubuntu's `apt-check` or a simulated `apt-get` upgrade.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::command::output;

const LIMIT: Duration = Duration::from_secs(60);
const APT_CHECK: &str = "/usr/lib/update-notifier/apt-check";
const LISTS: &str = "/var/lib/apt/lists";

/// How many wait; `None` on a machine without apt, or whose package lists were never fetched.
pub(super) async fn security_pending() -> Option<i64> {
    if !has_lists(Path::new(LISTS)) {
        return None;
    }
    if Path::new(APT_CHECK).exists() {
        let (_, counts) = output(APT_CHECK, &[], LIMIT).await?;
        return by_apt_check(&counts);
    }
    let arguments = ["-s", "-q", "-o", "Debug::NoLocking=true", "dist-upgrade"];
    output("apt-get", &arguments, LIMIT).await.map(|(plan, _)| in_plan(&plan))
}

/// Whether security updates are installed without anybody's doing; `None` on a machine without apt.
pub(super) async fn automatic() -> Option<bool> {
    let (settings, _) = output("apt-config", &["dump", "APT::Periodic"], LIMIT).await?;
    Some(Path::new("/usr/bin/unattended-upgrade").exists() && is_automatic(&settings))
}

/// Both the lists and the upgrade have a period. A value is a number of days, `always`, or 0 for never.
fn is_automatic(settings: &str) -> bool {
    let is_set = |name: &str| {
        let value = settings.lines().rev().find_map(|line| line.strip_prefix(name)?.strip_prefix(" \""));
        value.and_then(|value| value.strip_suffix("\";")).is_some_and(|value| !value.is_empty() && value != "0")
    };
    is_set("APT::Periodic::Update-Package-Lists") && is_set("APT::Periodic::Unattended-Upgrade")
}

/// Whether the lists hold any index: without one, "nothing to upgrade" would mean nothing.
fn has_lists(folder: &Path) -> bool {
    let is_index =
        |name: &str| name.contains("_Packages") || name.ends_with("_InRelease") || name.ends_with("_Release");
    fs::read_dir(folder).is_ok_and(|files| files.flatten().any(|f| f.file_name().to_str().is_some_and(is_index)))
}

/// `all;security`.
fn by_apt_check(counts: &str) -> Option<i64> {
    counts.trim().split_once(';')?.1.parse().ok()
}

/// The packages that the plan installs from an origin whose name says security:
/// `Inst openssl [3.0.1] (3.0.2 Debian-Security:12/stable-security [amd64])`.
fn in_plan(plan: &str) -> i64 {
    let is_security = |line: &&str| {
        let origin = line.strip_prefix("Inst ").and_then(|rest| rest.split_once('(')).map(|(_, origin)| origin);
        origin.is_some_and(|origin| origin.to_ascii_lowercase().contains("security"))
    };
    i64::try_from(plan.lines().filter(is_security).count()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_updates_from_security_origins_count() {
        let plan = "Reading package lists...\nInst openssl [3.0.1] (3.0.2 Debian-Security:12/stable-security [amd64])\nInst vim [1] (2 Debian:12.5/stable [amd64])\nInst security-tool [1] (2 Debian:12.5/stable [amd64])\nInst bash [5] (6 Ubuntu:22.04/jammy-security, Ubuntu:22.04/jammy-updates [amd64])\nConf openssl (3.0.2 Debian-Security:12/stable-security [amd64])\n";
        assert_eq!(in_plan(plan), 2);
        assert_eq!(in_plan(""), 0);
    }

    #[test]
    fn apt_check_tells_two_counts() {
        assert_eq!(by_apt_check("12;3"), Some(3));
        assert_eq!(by_apt_check("12;0\n"), Some(0));
        assert_eq!(by_apt_check("E: error"), None);
    }

    #[test]
    fn automatic_updates_need_lists_and_upgrades() {
        let both = "APT::Periodic \"\";\nAPT::Periodic::Update-Package-Lists \"1\";\nAPT::Periodic::Unattended-Upgrade \"1\";\n";
        assert!(is_automatic(both));
        assert!(!is_automatic(&both.replace("Upgrade \"1\"", "Upgrade \"0\"")));
        assert!(!is_automatic("APT::Periodic::Unattended-Upgrade \"1\";\n"));
        assert!(!is_automatic(""));
    }

    #[test]
    fn without_lists_nothing_is_known() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(!has_lists(folder.path()));
        fs::write(folder.path().join("lock"), "").expect("written");
        assert!(!has_lists(folder.path()));
        fs::write(folder.path().join("deb.debian.org_dists_bookworm_InRelease"), "").expect("written");
        assert!(has_lists(folder.path()));
    }
}
