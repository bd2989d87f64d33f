//! What a configuration that was read again changes, and what of it takes effect while running.

use super::setting::{Setting, Takes};
use super::{Configuration, SETTINGS};

/// What differs between the running configuration and the one in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Changes {
    /// The settings that take effect now.
    pub(crate) now: Vec<&'static str>,
    /// The settings that do not, each with when it takes effect.
    pub(crate) later: Vec<(&'static str, &'static str)>,
}

impl Changes {
    /// What differs.
    pub(crate) fn between(running: &Configuration, read: &Configuration) -> Self {
        let differs = |setting: &&Setting| (setting.differs)(running, read);
        let (now, later): (Vec<&Setting>, Vec<&Setting>) =
            SETTINGS.iter().filter(differs).partition(|setting| setting.takes == Takes::Reload);
        Self {
            now: now.into_iter().map(|setting| setting.name).collect(),
            later: later.into_iter().map(|setting| (setting.name, setting.takes.hint())).collect(),
        }
    }
}

impl Configuration {
    /// Takes the settings that take effect with a reload from the configuration that was read.
    pub(crate) fn reload_from(&mut self, read: &Self) {
        for setting in SETTINGS.iter().filter(|setting| setting.takes == Takes::Reload) {
            (setting.copy)(self, read);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn read(text: &str) -> Configuration {
        let text = format!("data = \"d\"\ndomain = \"example.jp\"\n{text}");
        Configuration::parse(Path::new("/etc/sekisho.toml"), &text).expect("a configuration")
    }

    #[test]
    fn what_cannot_change_while_running_is_named() {
        let changes = Changes::between(&read(""), &read("lease = \"5s\"\nworkers = 3\nlisten = \"127.0.0.1:1\"\n"));
        assert_eq!(changes.now, ["lease"]);
        assert_eq!(changes.later, [("listen", Takes::Upgrade.hint()), ("workers", Takes::Upgrade.hint())]);
        let renamed = Configuration { domain: "example.com".parse().expect("a host"), ..read("") };
        assert_eq!(Changes::between(&read(""), &renamed).later, [("domain", Takes::Never.hint())]);
    }

    #[test]
    fn the_same_file_changes_nothing() {
        let changes = Changes::between(&read("workers = 2\n"), &read("workers = 2\n"));
        assert!(changes.now.is_empty() && changes.later.is_empty());
    }

    #[test]
    fn a_reload_takes_what_may_change_and_nothing_else() {
        let mut running = read("");
        let new = read("lease = \"5s\"\ndrain = \"1m\"\nworkers = 3\nlisten = \"127.0.0.1:1\"\n");
        running.reload_from(&new);
        assert_eq!((running.lease, running.drain), (new.lease, new.drain));
        assert_eq!((running.workers, running.listen), (None, read("").listen));
        assert!(Changes::between(&running, &new).now.is_empty());
    }
}
