//! The `[dns]` table: the resolver.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use sekisho_resolver::Server;
use serde::Deserialize;

use super::ConfigurationProblem;

/// The most servers that are asked one after the other.
const MOST_SERVERS: usize = 8;

/// A resolver.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DnsSetting {
    /// Where it is asked over TLS; over HTTPS only by default.
    #[serde(default)]
    pub listen: Option<SocketAddr>,
    /// The servers that it asks, in this order.
    pub servers: Vec<String>,
    /// The PEM file with the authority of their certificates; those of the system by default.
    #[serde(default)]
    pub trust: Option<PathBuf>,
}

impl DnsSetting {
    /// Paths count from the folder of the configuration file.
    pub(super) fn in_folder(&mut self, folder: &Path) {
        self.trust = self.trust.take().map(|file| folder.join(file));
    }

    /// Checks it as the content of a file, where these addresses have listeners already.
    pub(super) fn check(&self, taken: &[SocketAddr], path: &Path, text: &str) -> Result<(), ConfigurationProblem> {
        let wrong = |field: &str, message: &str| Err(ConfigurationProblem::within(path, text, "dns", field, message));
        if self.listen.is_some_and(|listen| listen.port() == 0 || taken.contains(&listen)) {
            return wrong("listen", "must be an address and port of its own, such as `0.0.0.0:853`");
        }
        if self.servers.is_empty() || self.servers.len() > MOST_SERVERS {
            return wrong("servers", "must name 1 to 8 servers");
        }
        match self.servers.iter().find_map(|server| server.parse::<Server>().err()) {
            Some(error) => wrong("servers", &error.to_string()),
            None => Ok(()),
        }
    }

    /// The servers.
    pub(crate) fn servers(&self) -> Vec<Server> {
        self.servers.iter().filter_map(|server| server.parse().ok()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::Configuration;

    fn parse(table: &str) -> Result<Configuration, String> {
        let text = format!("data = \"d\"\ndomain = \"example.jp\"\n[dns]\n{table}\n");
        Configuration::parse(Path::new("/etc/sekisho.toml"), &text).map_err(|problem| problem.to_string())
    }

    #[test]
    fn a_resolver_asks_servers_that_prove_their_names() {
        let right =
            parse("servers = [\"tls://192.0.2.53#dns.example.jp\", \"tcp://127.0.0.1:53\"]").expect("a configuration");
        assert_eq!(right.dns.as_ref().map(|dns| dns.servers().len()), Some(2));
        assert_eq!(right.dns_address().as_deref(), Some("https://dns.example.jp:8443/dns-query"));
        assert!(right.own_hosts().contains(&"dns.example.jp".to_owned()));
    }

    #[test]
    fn i20_a_wrong_resolver_names_line_field_and_fix() {
        for (table, field, fix) in [
            ("servers = []", "dns.servers", "1 to 8"),
            ("servers = [\"192.0.2.53\"]", "dns.servers", "tls://"),
            ("servers = [\"tcp://192.0.2.53\"]", "dns.servers", "on this machine"),
            ("servers = [\"tcp://127.0.0.1\"]\nlisten = \"127.0.0.1:8443\"", "dns.listen", "of its own"),
            ("servers = [\"tcp://127.0.0.1\"]\nlisten = \"127.0.0.1:0\"", "dns.listen", "of its own"),
        ] {
            let problem = parse(table).expect_err(table);
            assert!(problem.contains(&format!("`{field}`")) && problem.contains(fix), "{problem}");
        }
    }
}
