//! The one configuration file: read and checked whole before any port is bound.
//!
//! Every setting is declared once, in [`Configuration`]; what may change while running is in the `settings` document
//! instead. A wrong file ends the program with exit status 64 (usage, sysexits.h) and names file, line, field and fix.

mod acme;
mod changes;
mod problem;
mod traces;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use sekisho_model::{Host, Span};
use serde::Deserialize;

pub(crate) use acme::AcmeSetting;
pub(crate) use changes::Changes;
pub(crate) use problem::ConfigurationProblem;
pub(crate) use traces::{ClientsSetting, TracesSetting};

/// Everything `sekisho up` needs to know before it starts.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Configuration {
    /// The folder that holds everything Sekisho keeps: database, ledger, keys, administration socket.
    pub data: PathBuf,
    /// The DNS domain under which Sekisho's own hosts live: `portal.<domain>`, `devices.<domain>` and
    /// `terminal.<domain>`.
    pub domain: Host,
    /// The address and port the gateway listens on.
    #[serde(default = "default_listen")]
    pub listen: SocketAddr,
    /// The address and port of plain HTTP, where everything is sent on to HTTPS and nothing else is served; nowhere by default.
    #[serde(default)]
    pub redirect_listen: Option<SocketAddr>,
    /// The port that people's browsers see, when a forwarder in front changes it. The listening port by default.
    #[serde(default)]
    pub public_port: Option<u16>,
    /// Where documents are stored.
    #[serde(default)]
    pub store: StoreSetting,
    /// The file with the master key, mode 0600; made at the first start. `master.key` in the data folder by default.
    #[serde(default)]
    pub master_key_file: Option<PathBuf>,
    /// The certificate that browsers see; the platform's own authority issues one by default.
    #[serde(default)]
    pub certificate: Option<CertificateFiles>,
    /// The ACME authority that issues the certificates of the portal and of applications, in place of our own.
    #[serde(default)]
    pub acme: Option<AcmeSetting>,
    /// How many gateway workers run: one per core by default.
    #[serde(default)]
    pub workers: Option<usize>,
    /// One decision in so many is checked against the Cedar crate; 0 turns the check off.
    #[serde(default = "default_shadow_sample")]
    pub shadow_sample: u32,
    /// The most requests and tunnels of one session at once that each hold a connection to a resource.
    #[serde(default = "default_upstreams_per_session")]
    pub upstreams_per_session: u32,
    /// The most connections from clients altogether; what is left of the open files that the system allows is for
    /// connections to resources. Half of them by default.
    #[serde(default)]
    pub connections: Option<usize>,
    /// The most connections from one address at once: an office behind one address may need more.
    #[serde(default = "default_connections_per_address")]
    pub connections_per_address: usize,
    /// The most new connections from one address in a second, of which ten seconds may be saved up; 0 does not limit them.
    #[serde(default = "default_new_connections_per_address")]
    pub new_connections_per_address: u32,
    /// The port on 127.0.0.1 where people's device agents answer the portal's page.
    #[serde(default = "default_agent_port")]
    pub agent_port: u16,
    /// How long a decision may rest on a World that the control plane no longer confirms.
    #[serde(default = "default_lease")]
    pub lease: Span,
    /// The address and port that metrics, health and readiness are served on; nowhere by default.
    #[serde(default)]
    pub operation_listen: Option<SocketAddr>,
    /// The file that gets a line for each request, or `-` for standard output; no access log by default.
    #[serde(default)]
    pub access_log: Option<PathBuf>,
    /// Traces for an OpenTelemetry collector; none by default.
    #[serde(default)]
    pub traces: Option<TracesSetting>,
    /// How long open requests and streams may go on in the old process after an upgrade.
    #[serde(default = "default_drain")]
    pub drain: Span,
}

/// Where documents are stored.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum StoreSetting {
    /// SQLite in the data folder.
    #[default]
    Embedded,
    /// A PostgreSQL server: `postgres://user:password@host/database`. May come from the environment instead.
    Postgres(String),
}

/// A certificate chain and its key, both PEM.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CertificateFiles {
    /// The chain, leaf first.
    pub chain: PathBuf,
    /// The private key, mode 0600.
    pub key: PathBuf,
}

impl Configuration {
    /// Reads and checks a file.
    pub(crate) fn read(path: &Path) -> Result<Self, ConfigurationProblem> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigurationProblem::unreadable(path, &source))?;
        Self::parse(path, &text)
    }

    /// Checks a text as the content of a file. Relative paths count from that file's folder.
    pub(crate) fn parse(path: &Path, text: &str) -> Result<Self, ConfigurationProblem> {
        let mut configuration: Self =
            toml::from_str(text).map_err(|error| ConfigurationProblem::syntax(path, text, &error))?;
        let folder = path.parent().unwrap_or(Path::new("."));
        configuration.data = folder.join(&configuration.data);
        configuration.master_key_file = configuration.master_key_file.map(|file| folder.join(file));
        let is_file = |log: &PathBuf| log.as_os_str() != "-";
        configuration.access_log =
            configuration.access_log.map(|log| if is_file(&log) { folder.join(log) } else { log });
        if let Some(files) = &mut configuration.certificate {
            files.chain = folder.join(&files.chain);
            files.key = folder.join(&files.key);
        }
        if let Some(acme) = &mut configuration.acme {
            acme.in_folder(folder);
        }
        configuration.check(path, text)?;
        Ok(configuration)
    }

    /// The portal's host name.
    pub(crate) fn portal_host(&self) -> String {
        format!("portal.{}", self.domain)
    }

    /// The device API's host name.
    pub(crate) fn devices_host(&self) -> String {
        format!("devices.{}", self.domain)
    }

    /// The host name of terminals: their sign-in and their tunnels.
    pub(crate) fn terminals_host(&self) -> String {
        format!("terminal.{}", self.domain)
    }

    /// All of our own hosts.
    pub(crate) fn own_hosts(&self) -> [String; 4] {
        [self.portal_host(), self.devices_host(), self.terminals_host(), self.decisions_host()]
    }

    /// The decision point's host name.
    pub(crate) fn decisions_host(&self) -> String {
        format!("decisions.{}", self.domain)
    }

    /// The port that browsers see.
    pub(crate) fn browser_port(&self) -> u16 {
        self.public_port.unwrap_or(self.listen.port())
    }

    /// The origin of a host of ours as browsers write it: the port is left out when it is 443.
    pub(crate) fn origin_of(&self, host: &str) -> String {
        match self.browser_port() {
            443 => format!("https://{host}"),
            port => format!("https://{host}:{port}"),
        }
    }

    fn check(&self, path: &Path, text: &str) -> Result<(), ConfigurationProblem> {
        let wrong = |field: &str, message: &str| Err(ConfigurationProblem::value(path, text, field, message));
        if self.workers == Some(0) || self.workers.is_some_and(|n| n > 256) {
            return wrong("workers", "must be 1 to 256: leave it out for one per core");
        }
        if self.lease > Span::from_minutes(60) || self.lease < Span::from_seconds(1) {
            return wrong("lease", "must be `1s` to `60m`: a longer lease keeps revoked access open");
        }
        if self.drain > Span::from_minutes(24 * 60) || self.drain < Span::from_seconds(1) {
            return wrong("drain", "must be `1s` to `24h`: what is open longer after an upgrade is cut");
        }
        if self.operation_listen.is_some_and(|address| address.port() == 0 || address == self.listen) {
            return wrong("operation_listen", "must be an address and port of its own, such as `127.0.0.1:9464`");
        }
        let taken = [Some(self.listen), self.operation_listen];
        if self.redirect_listen.is_some_and(|address| address.port() == 0 || taken.contains(&Some(address))) {
            return wrong("redirect_listen", "must be an address and port of its own, such as `0.0.0.0:80`");
        }
        if self.connections == Some(0) {
            return wrong(
                "connections",
                "must be 1 or more: leave it out for half of the open files that the system allows",
            );
        }
        if self.connections_per_address == 0 {
            return wrong("connections_per_address", "must be 1 or more: with 0 nobody could connect");
        }
        if self.upstreams_per_session == 0 {
            return wrong("upstreams_per_session", "must be at least 1: with 0 nobody reaches anything");
        }
        if self.agent_port == 0 {
            return wrong("agent_port", "must be a fixed port from 1 to 65535: browsers cannot find port 0");
        }
        if let StoreSetting::Postgres(url) = &self.store
            && !url.starts_with("postgres://")
            && !url.starts_with("postgresql://")
        {
            return wrong("store", "must be `\"embedded\"` or `{ postgres = \"postgres://user@host/database\" }`");
        }
        self.traces.iter().try_for_each(|traces| traces.check(path, text))?;
        self.acme.iter().try_for_each(|acme| acme.check(self, path, text))
    }
}

fn default_listen() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 8443))
}

const fn default_shadow_sample() -> u32 {
    1000
}

const fn default_upstreams_per_session() -> u32 {
    256
}

const fn default_connections_per_address() -> usize {
    256
}

const fn default_new_connections_per_address() -> u32 {
    100
}

const fn default_agent_port() -> u16 {
    47443
}

fn default_lease() -> Span {
    Span::from_seconds(60)
}

fn default_drain() -> Span {
    Span::from_minutes(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Configuration, String> {
        Configuration::parse(Path::new("/etc/sekisho.toml"), text).map_err(|problem| problem.to_string())
    }

    #[test]
    fn a_short_file_is_enough() {
        let configuration = parse("data = \"data\"\ndomain = \"example.jp\"\n").expect("a configuration");
        assert_eq!(configuration.data, Path::new("/etc/data"));
        assert_eq!(configuration.origin_of(&configuration.portal_host()), "https://portal.example.jp:8443");
    }

    #[test]
    fn traces_and_access_log_are_off_unless_they_are_asked_for() {
        let base = "data = \"d\"\ndomain = \"example.jp\"\n";
        let off = parse(base).expect("a configuration");
        assert!(off.access_log.is_none() && off.traces.is_none());
        let on = parse(&format!("{base}access_log = \"a.log\"\ntraces = {{ endpoint = \"http://127.0.0.1:4317\" }}\n"));
        let on = on.expect("a configuration");
        assert_eq!(on.access_log.as_deref(), Some(Path::new("/etc/a.log")));
        assert_eq!(on.traces.map(|traces| traces.clients), Some(ClientsSetting::Link), "nobody steers our traces");
        let output = parse(&format!("{base}access_log = \"-\"\n")).expect("a configuration");
        assert_eq!(output.access_log.as_deref(), Some(Path::new("-")));
    }

    #[test]
    fn i20_a_wrong_file_names_file_line_field_and_fix() {
        let base = "data = \"d\"\ndomain = \"example.jp\"\n";
        for (line, field, fix) in [
            ("requre_mfa = true", "requre_mfa", "expected one of"),
            ("listn = \"0.0.0.0:443\"", "listn", "did you mean `listen`?"),
            ("listen = \"443\"", "listen", "0.0.0.0:443"),
            ("listen = 443", "listen", "0.0.0.0:443"),
            ("operation_listen = \"127.0.0.1\"", "operation_listen", "an address and a port"),
            ("store = \"postgres\"", "store", "{ postgres = "),
            ("store = \"sqlite\"", "store", "\"embedded\""),
            ("certificate = \"x.pem\"", "certificate", "key = "),
            ("public_port = \"443\"", "public_port", "without quotes"),
            ("workers = \"two\"", "workers", "a whole number"),
            ("upstreams_per_session = 0", "upstreams_per_session", "at least 1"),
            ("acme = { directory = \"https://acme.test/\" }", "acme.agree_to_terms", "terms of service"),
            ("workers = 0", "workers", "leave it out"),
            ("listen = \"somewhere\"", "listen", "socket address"),
            ("lease = \"2d\"", "lease", "60m"),
            ("lease = \"15\"", "lease", "15m"),
            ("drain = \"0s\"", "drain", "24h"),
            ("operation_listen = \"127.0.0.1:8443\"", "operation_listen", "of its own"),
            ("redirect_listen = \"127.0.0.1:8443\"", "redirect_listen", "of its own"),
            ("redirect_listen = \"127.0.0.1:0\"", "redirect_listen", "of its own"),
            ("agent_port = 0", "agent_port", "1 to 65535"),
            ("connections = 0", "connections", "leave it out"),
            ("connections_per_address = 0", "connections_per_address", "1 or more"),
            ("store = { postgres = \"mysql://x\" }", "store", "postgres://"),
        ] {
            let problem = parse(&format!("{base}{line}\n")).expect_err(line);
            assert!(problem.starts_with("/etc/sekisho.toml:3"), "{problem}");
            assert!(problem.contains(field) && problem.contains(fix), "{problem}");
        }
    }
}
