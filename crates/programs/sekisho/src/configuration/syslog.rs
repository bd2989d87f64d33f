//! The `[syslog]` table: the server that gets every event.

use std::path::{Path, PathBuf};

use sekisho_events::SyslogServer;
use serde::Deserialize;

use super::{Configuration, ConfigurationProblem};

/// A syslog server that speaks TLS (RFC 5425).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SyslogSetting {
    /// Its host and port. Its certificate must name the host.
    pub server: String,
    /// The PEM file with the authority of its certificate; those of the system by default.
    #[serde(default)]
    pub trust: Option<PathBuf>,
}

impl SyslogSetting {
    /// Paths count from the folder of the configuration file.
    pub(super) fn in_folder(&mut self, folder: &Path) {
        self.trust = self.trust.take().map(|file| folder.join(file));
    }

    /// Checks it as the content of a file.
    pub(super) fn check(&self, path: &Path, text: &str) -> Result<(), ConfigurationProblem> {
        match self.place() {
            Some(_) => Ok(()),
            None => {
                let message =
                    "must be `host:port`, such as `logs.example.jp:6514`: a server that speaks syslog over TLS";
                Err(ConfigurationProblem::within(path, text, "syslog", "server", message))
            }
        }
    }

    fn place(&self) -> Option<(String, u16)> {
        let authority: http::uri::Authority = self.server.parse().ok()?;
        let port = authority.port_u16().filter(|port| *port != 0)?;
        let is_plain = !self.server.contains('@') && !authority.host().is_empty();
        is_plain.then(|| (authority.host().trim_matches(['[', ']']).to_owned(), port))
    }
}

impl Configuration {
    /// The syslog server that gets every event, if there is one.
    pub(crate) fn syslog_server(&self) -> Option<SyslogServer> {
        let setting = self.syslog.as_ref()?;
        let (host, port) = setting.place()?;
        Some(SyslogServer { host, port, authority: setting.trust.clone(), sender: self.portal_host() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i20_a_wrong_syslog_server_names_line_field_and_fix() {
        let parse = |server: &str| {
            let text = format!("data = \"d\"\ndomain = \"example.jp\"\n[syslog]\nserver = \"{server}\"\n");
            Configuration::parse(Path::new("/etc/sekisho.toml"), &text)
        };
        for server in ["logs.example.jp", "logs.example.jp:0", "tls://logs.example.jp:6514", "a@logs.example.jp:6514"] {
            let problem = parse(server).expect_err(server).to_string();
            assert!(problem.starts_with("/etc/sekisho.toml:4: `syslog.server`"), "{problem}");
            assert!(problem.contains("logs.example.jp:6514"), "{problem}");
        }
        let configuration = parse("logs.example.jp:6514").unwrap();
        let server = configuration.syslog_server().unwrap();
        assert_eq!(
            (server.host.as_str(), server.port, server.sender.as_str()),
            ("logs.example.jp", 6514, "portal.example.jp")
        );
    }
}
