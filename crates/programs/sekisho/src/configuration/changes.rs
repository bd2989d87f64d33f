//! What a configuration that was read again changes, and what of it can be taken up while running.

use super::Configuration;

/// What differs between the running configuration and the one in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Changes {
    /// The settings that are taken up now.
    pub(crate) now: Vec<&'static str>,
    /// The settings that are not, each with what it takes.
    pub(crate) later: Vec<(&'static str, &'static str)>,
}

const UPGRADE: &str = "takes effect with `sekisho upgrade`, or when the platform is stopped and started";
const RESTART: &str = "takes effect when the platform is stopped and started";
const NEVER: &str = "never changes: the ledger, passkeys and enrolled devices are bound to it; set it back, or begin with a new `data` folder";

impl Changes {
    /// What differs.
    pub(crate) fn between(running: &Configuration, read: &Configuration) -> Self {
        // Every setting is named here, so that a new one cannot be forgotten.
        let Configuration {
            data,
            domain,
            listen,
            redirect_listen,
            public_port,
            store,
            master_key_file,
            certificate,
            acme,
            workers,
            shadow_sample,
            upstreams_per_session,
            connections,
            connections_per_address,
            new_connections_per_address,
            agent_port,
            lease,
            operation_listen,
            access_log,
            traces,
            drain,
        } = read;
        let now = [
            ("certificate", *certificate != running.certificate),
            ("acme", *acme != running.acme),
            ("shadow_sample", *shadow_sample != running.shadow_sample),
            ("upstreams_per_session", *upstreams_per_session != running.upstreams_per_session),
            ("connections_per_address", *connections_per_address != running.connections_per_address),
            ("new_connections_per_address", *new_connections_per_address != running.new_connections_per_address),
            ("lease", *lease != running.lease),
            ("drain", *drain != running.drain),
        ];
        let later = [
            ("data", RESTART, *data != running.data),
            ("domain", NEVER, *domain != running.domain),
            ("store", RESTART, *store != running.store),
            ("listen", UPGRADE, *listen != running.listen),
            ("redirect_listen", UPGRADE, *redirect_listen != running.redirect_listen),
            ("public_port", UPGRADE, *public_port != running.public_port),
            ("master_key_file", UPGRADE, *master_key_file != running.master_key_file),
            ("workers", UPGRADE, *workers != running.workers),
            ("connections", UPGRADE, *connections != running.connections),
            ("operation_listen", UPGRADE, *operation_listen != running.operation_listen),
            ("access_log", UPGRADE, *access_log != running.access_log),
            ("traces", UPGRADE, *traces != running.traces),
            ("agent_port", UPGRADE, *agent_port != running.agent_port),
        ];
        Self {
            now: now.into_iter().filter_map(|(name, differs)| differs.then_some(name)).collect(),
            later: later.into_iter().filter_map(|(name, takes, differs)| differs.then_some((name, takes))).collect(),
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
        assert_eq!(changes.later, [("listen", UPGRADE), ("workers", UPGRADE)]);
        let renamed = Configuration { domain: "example.com".parse().expect("a host"), ..read("") };
        assert_eq!(Changes::between(&read(""), &renamed).later, [("domain", NEVER)]);
    }

    #[test]
    fn the_same_file_changes_nothing() {
        let changes = Changes::between(&read("workers = 2\n"), &read("workers = 2\n"));
        assert!(changes.now.is_empty() && changes.later.is_empty());
    }
}
