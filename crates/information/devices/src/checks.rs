//! The default checks: what an organisation starts from.

use sekisho_model::documents::Check;
use serde::Deserialize;

use crate::devices::DevicesError;

#[derive(Deserialize)]
struct File {
    check: Vec<Check>,
}

/// The default checks, as `default-checks.toml` beside this file declares them.
///
/// # Errors
/// Never in a released build: a test reads the file.
pub fn default_checks() -> Result<Vec<Check>, DevicesError> {
    let file: Result<File, _> = toml::from_str(include_str!("default-checks.toml"));
    file.map(|file| file.check).map_err(|error| DevicesError::Damaged(format!("default-checks.toml: {error}")))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use sekisho_model::documents::FactValue;

    use super::*;
    use crate::evaluation::evaluate;

    fn failing(facts: &[(&str, FactValue)]) -> Vec<String> {
        let facts: BTreeMap<_, _> = facts.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let checks = default_checks().expect("readable");
        evaluate(&checks, &facts, "linux").into_iter().map(|failing| failing.check.to_string()).collect()
    }

    #[test]
    fn every_check_speaks_both_languages_and_has_its_own_name() {
        let checks = default_checks().expect("readable");
        let mut names: Vec<_> = checks.iter().map(|check| check.id.clone()).collect();
        names.dedup();
        assert_eq!(names.len(), checks.len());
        for check in checks {
            assert!(check.reason.ja.is_some() && check.remedy.ja.is_some(), "{}", check.id);
        }
    }

    const YES: FactValue = FactValue::Bool(true);
    const NO: FactValue = FactValue::Bool(false);

    /// Every fact that a check asks for as a good Debian desktop reports it, the check, and a value that fails it.
    fn desktop() -> Vec<(&'static str, FactValue, &'static str, FactValue)> {
        let text = |text: &str| FactValue::Text(text.to_owned());
        let list = |items: &[&str]| FactValue::List(items.iter().map(|&item| item.to_owned()).collect());
        let number = FactValue::Number;
        vec![
            ("accounts.without_password", number(0), "accounts-with-passwords", number(1)),
            ("updates.automatic", YES, "automatic-updates", NO),
            ("time.synchronised", YES, "clock-synchronised", NO),
            ("disk.encrypted", YES, "disk-encrypted", NO),
            ("etc.world_writable", list(&[]), "etc-protected", list(&["/etc/passwd"])),
            ("firewall.enabled", YES, "firewall-on", NO),
            ("logs.persistent", YES, "log-kept", NO),
            ("ports.listening", list(&["22"]), "no-forbidden-ports", list(&["22", "23"])),
            ("os.version", text("13"), "os-version", text("11")),
            ("screen.lock", YES, "screen-lock", NO),
            ("boot.secure", YES, "secure-boot", NO),
            ("updates.security_pending", number(0), "security-updates", number(1)),
            ("sshd.empty_passwords", NO, "sshd-no-empty-passwords", YES),
            ("sshd.root_password", NO, "sshd-no-root-password", YES),
        ]
    }

    #[test]
    fn a_good_desktop_passes_and_each_fault_is_found() {
        let mut good: Vec<_> = desktop().into_iter().map(|(fact, value, ..)| (fact, value)).collect();
        good.push(("os.id", FactValue::Text("debian".into())));
        assert_eq!(failing(&good), Vec::<String>::new());
        for (position, (_, _, check, bad)) in desktop().into_iter().enumerate() {
            let mut facts = good.clone();
            facts[position].1 = bad;
            assert_eq!(failing(&facts), [check]);
        }
        assert_eq!(failing(&[]).len(), default_checks().expect("readable").len());
    }

    #[test]
    fn a_release_is_held_against_those_of_its_own_distribution() {
        let with = |id: &str, version: &str| {
            let release = [("os.id", FactValue::Text(id.into())), ("os.version", FactValue::Text(version.into()))];
            failing(&release).into_iter().filter(|check| check.starts_with("os-version")).collect::<Vec<_>>()
        };
        assert!(with("debian", "12").is_empty());
        assert_eq!(with("debian", "11"), ["os-version"]);
        assert!(with("ubuntu", "24.04").is_empty());
        assert_eq!(with("ubuntu", "20.04"), ["os-version-ubuntu"]);
    }

    #[test]
    fn every_fact_that_a_check_asks_for_is_one_that_agents_report() {
        for check in default_checks().expect("readable") {
            let facts = std::iter::once(check.fact).chain(check.unless.map(|unless| unless.fact));
            for fact in facts {
                assert!(crate::FACTS.contains(&fact.as_str()), "{fact}");
            }
        }
    }

    #[test]
    fn a_virtual_server_needs_no_disk_encryption_no_screen_lock_and_no_secure_boot() {
        let absent = ["disk.encrypted", "screen.lock", "boot.secure", "sshd.root_password", "sshd.empty_passwords"];
        let mut facts: Vec<_> = desktop().into_iter().map(|(fact, value, ..)| (fact, value)).collect();
        facts.retain(|(fact, _)| !absent.contains(fact));
        facts.push(("os.id", FactValue::Text("debian".into())));
        facts.extend([("machine.virtual", YES), ("screen.absent", YES), ("sshd.absent", YES)]);
        assert_eq!(failing(&facts), Vec::<String>::new());
    }
}
