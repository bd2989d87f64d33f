//! Where certificates are from, and for which hosts.

use std::collections::BTreeSet;
use std::sync::Arc;

use sekisho_acme::{Settings, Wanted};
use sekisho_policy_information::World;

use crate::files::Files;

/// Where certificates are from. Without any, the own authority issues them.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The files that hold one for every host.
    pub files: Option<Files>,
    /// The ACME authority.
    pub ordering: Option<Ordering>,
}

/// What is ordered from an ACME authority.
#[derive(Debug, Clone)]
pub struct Ordering {
    /// From which authority, and how.
    pub settings: Arc<Settings>,
    /// For which hosts at the most; `None` for all that people open.
    pub hosts: Option<Vec<String>>,
}

/// The platform's own hosts.
#[derive(Debug, Clone)]
pub struct OwnHosts {
    /// Those that people open.
    pub people: Vec<String>,
    /// Those that machines alone speak to: they believe the own authority and nobody else.
    pub machines: Vec<String>,
}

impl OwnHosts {
    /// All of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &String> {
        self.people.iter().chain(&self.machines)
    }

    /// These, and those of the World's applications.
    pub(crate) fn with_applications(&self, world: &World) -> BTreeSet<String> {
        let applications =
            world.resources().filter_map(|(_, resource)| resource.host.as_ref()).map(ToString::to_string);
        self.all().cloned().chain(applications).collect()
    }
}

impl Sources {
    /// What is wanted of the ACME authority for these hosts.
    pub(crate) fn wanted(&self, own: &OwnHosts, served: &BTreeSet<String>, turn: u64) -> Wanted {
        let settings = self.ordering.as_ref().map(|ordering| ordering.settings.clone());
        Wanted { settings, hosts: self.ordered(own, served), turn }
    }

    /// The hosts that certificates are ordered for, of those that are served.
    pub(crate) fn ordered(&self, own: &OwnHosts, served: &BTreeSet<String>) -> BTreeSet<String> {
        let is_wanted = |host: &&String| match self.ordering.as_ref().map(|ordering| &ordering.hosts) {
            None => false,
            Some(Some(named)) => named.iter().any(|name| name.eq_ignore_ascii_case(host)),
            Some(None) => !own.machines.contains(host),
        };
        served.iter().filter(is_wanted).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use rustls::RootCertStore;

    use super::*;

    fn sources(hosts: Option<&[&str]>) -> Sources {
        let settings = Settings {
            directory: "https://ca.example/directory".to_owned(),
            contact: Vec::new(),
            external_account: None,
            roots: Arc::new(RootCertStore::empty()),
            shared_store: false,
        };
        let hosts = hosts.map(|hosts| hosts.iter().map(ToString::to_string).collect());
        Sources { files: None, ordering: Some(Ordering { settings: Arc::new(settings), hosts }) }
    }

    #[test]
    fn machines_keep_the_own_authority_and_a_list_is_a_limit() {
        let machines = ["devices", "terminal", "decisions"].map(|name| format!("{name}.example.jp"));
        let own = OwnHosts { people: vec!["portal.example.jp".to_owned()], machines: machines.to_vec() };
        let served: BTreeSet<String> = own.all().cloned().chain(["wiki.example.jp".to_owned()]).collect();
        let ordered = |sources: Sources| Vec::from_iter(sources.ordered(&own, &served));
        assert_eq!(ordered(sources(None)), ["portal.example.jp", "wiki.example.jp"]);
        let listed = ["Wiki.example.jp", "not.example.jp", "decisions.example.jp"];
        assert_eq!(ordered(sources(Some(&listed))), ["decisions.example.jp", "wiki.example.jp"]);
        assert!(ordered(Sources::default()).is_empty(), "without an authority nothing is ordered");
    }
}
