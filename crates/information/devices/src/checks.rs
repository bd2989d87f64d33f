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

    #[test]
    fn a_good_desktop_passes_and_each_fault_is_found() {
        let good = [
            ("disk.encrypted", FactValue::Bool(true)),
            ("firewall.enabled", FactValue::Bool(true)),
            ("os.version", FactValue::Text("12".into())),
            ("ports.listening", FactValue::List(vec!["22".into()])),
            ("screen.lock", FactValue::Bool(true)),
            ("updates.security_pending", FactValue::Number(0)),
        ];
        assert_eq!(failing(&good), Vec::<String>::new());
        for (position, check, bad) in [
            (0, "disk-encrypted", FactValue::Bool(false)),
            (1, "firewall-on", FactValue::Bool(false)),
            (2, "os-version", FactValue::Text("10".into())),
            (3, "no-forbidden-ports", FactValue::List(vec!["22".into(), "4444".into()])),
            (4, "screen-lock", FactValue::Bool(false)),
            (5, "security-updates", FactValue::Number(1)),
        ] {
            let mut facts = good.clone();
            facts[position].1 = bad;
            assert_eq!(failing(&facts), [check]);
        }
        assert_eq!(failing(&[]).len(), 6);
    }

    #[test]
    fn a_virtual_server_needs_neither_disk_encryption_nor_a_screen_lock() {
        let facts = [
            ("firewall.enabled", FactValue::Bool(true)),
            ("machine.virtual", FactValue::Bool(true)),
            ("os.version", FactValue::Text("12".into())),
            ("ports.listening", FactValue::List(Vec::new())),
            ("screen.absent", FactValue::Bool(true)),
            ("updates.security_pending", FactValue::Number(0)),
        ];
        assert_eq!(failing(&facts), Vec::<String>::new());
    }
}
