//! The one configuration file: read and checked whole before any port is bound.
//!
//! Every setting is declared once, in `settings.rs`; what may change while running is in the `settings` document
//! instead. A wrong file ends the program with exit status 64 (usage, sysexits.h) and names file, line, field and fix.

mod acme;
mod changes;
mod dns;
#[macro_use]
mod declare;
mod problem;
mod reference;
mod setting;
mod settings;
mod syslog;
mod traces;

use std::path::Path;

pub(crate) use acme::AcmeSetting;
pub(crate) use changes::Changes;
pub(crate) use dns::DnsSetting;
pub(crate) use problem::ConfigurationProblem;
pub(crate) use reference::{Row, page, rows};
pub(crate) use settings::{Configuration, SETTINGS, StoreSetting};
pub(crate) use syslog::SyslogSetting;
pub(crate) use traces::{ClientsSetting, TracesSetting};

use settings::FromToml;

impl Configuration {
    /// Reads and checks a file.
    pub(crate) fn read(path: &Path) -> Result<Self, ConfigurationProblem> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigurationProblem::unreadable(path, &source))?;
        Self::parse(path, &text)
    }

    /// Checks a text as the content of a file. Relative paths count from that file's folder.
    pub(crate) fn parse(path: &Path, text: &str) -> Result<Self, ConfigurationProblem> {
        let mut configuration = Self::from_toml(text).map_err(|problem| match problem {
            FromToml::Syntax(error) => ConfigurationProblem::syntax(path, text, &error, explain),
            FromToml::Missing(name) => ConfigurationProblem::missing(path, name),
        })?;
        let folder = path.parent().unwrap_or(Path::new("."));
        configuration.data = folder.join(&configuration.data);
        configuration.master_key_file = configuration.master_key_file.map(|file| folder.join(file));
        let is_file = |log: &std::path::PathBuf| log.as_os_str() != "-";
        configuration.access_log =
            configuration.access_log.map(|log| if is_file(&log) { folder.join(log) } else { log });
        if let Some(files) = &mut configuration.certificate {
            files.chain = folder.join(&files.chain);
            files.key = folder.join(&files.key);
        }
        if let Some(acme) = &mut configuration.acme {
            acme.in_folder(folder);
        }
        if let Some(dns) = &mut configuration.dns {
            dns.in_folder(folder);
        }
        if let Some(syslog) = &mut configuration.syslog {
            syslog.in_folder(folder);
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

    /// All of our own hosts, the portal's first. The resolver's is among them where one runs.
    pub(crate) fn own_hosts(&self) -> Vec<String> {
        let resolver = self.dns.as_ref().map(|_| self.dns_host());
        let always = [self.portal_host(), self.devices_host(), self.terminals_host(), self.decisions_host()];
        always.into_iter().chain(resolver).collect()
    }

    /// The resolver's host name.
    pub(crate) fn dns_host(&self) -> String {
        format!("dns.{}", self.domain)
    }

    /// The address of the resolver over HTTPS, if there is one.
    pub(crate) fn dns_address(&self) -> Option<String> {
        self.dns.as_ref().map(|_| format!("{}/dns-query", self.origin_of(&self.dns_host())))
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
        if let Some(setting) = SETTINGS.iter().find(|setting| !(setting.range.holds)(self)) {
            let message = format!("must be {}", setting.range.must_be);
            return Err(ConfigurationProblem::value(path, text, setting.name, &message));
        }
        self.traces.iter().try_for_each(|traces| traces.check(path, text))?;
        self.syslog.iter().try_for_each(|syslog| syslog.check(path, text))?;
        let taken = [Some(self.listen), self.redirect_listen, self.operation_listen];
        let taken: Vec<_> = taken.into_iter().flatten().collect();
        self.dns.iter().try_for_each(|dns| dns.check(&taken, path, text))?;
        self.acme.iter().try_for_each(|acme| acme.check(self, path, text))
    }
}

/// The parser's message about a field, with how the field's value is written.
fn explain(field: &str, said: &str) -> String {
    let setting = SETTINGS.iter().find(|setting| setting.name == field);
    setting.map_or_else(|| said.to_owned(), |setting| setting.form.explain(said))
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
    fn a_setting_without_a_default_must_be_given() {
        for (text, name) in [("domain = \"example.jp\"\n", "data"), ("data = \"d\"\n", "domain")] {
            let problem = parse(text).expect_err(name);
            assert!(problem.starts_with(&format!("/etc/sekisho.toml: `{name}`: is missing")), "{problem}");
        }
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
