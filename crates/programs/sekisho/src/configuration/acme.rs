//! The `[acme]` table: from which authority people's hosts get their certificates.

use std::path::{Path, PathBuf};

use http::Uri;
use sekisho_model::Host;
use serde::Deserialize;

use super::{Configuration, ConfigurationProblem};

/// An authority that speaks ACME (RFC 8555), and the account there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AcmeSetting {
    /// The address of its directory.
    pub directory: String,
    /// How it reaches the account's owner.
    #[serde(default)]
    pub contact: Vec<String>,
    /// That its terms of service were read and are agreed to. It must be said.
    #[serde(default)]
    pub agree_to_terms: bool,
    /// The account elsewhere that the new one is bound to.
    #[serde(default)]
    pub external_account: Option<ExternalAccountSetting>,
    /// The PEM file with the authorities that the directory's certificate may be from; those of the system by default.
    #[serde(default)]
    pub trust: Option<PathBuf>,
    /// The hosts; by default the portal's and those of all applications.
    #[serde(default)]
    pub hosts: Option<Vec<String>>,
}

/// An account elsewhere (external account binding).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExternalAccountSetting {
    /// The name of its key.
    pub key_id: String,
    /// The file with its key in base64url, mode 0600.
    pub key_file: PathBuf,
}

impl AcmeSetting {
    /// Paths count from the folder of the configuration file.
    pub(super) fn in_folder(&mut self, folder: &Path) {
        self.trust = self.trust.take().map(|file| folder.join(file));
        if let Some(account) = &mut self.external_account {
            account.key_file = folder.join(&account.key_file);
        }
    }

    pub(super) fn check(
        &self,
        configuration: &Configuration,
        path: &Path,
        text: &str,
    ) -> Result<(), ConfigurationProblem> {
        let wrong = |field: &str, message: &str| Err(ConfigurationProblem::within(path, text, "acme", field, message));
        if configuration.certificate.is_some() {
            return wrong("", "certificates come from `certificate` or from `[acme]`: remove one of them");
        }
        if !is_https(&self.directory) {
            return wrong("directory", "must be the `https://` address of the authority's directory");
        }
        if !self.agree_to_terms {
            return wrong("agree_to_terms", "must be `true`: read the terms of service of the authority, then say so");
        }
        if !self.contact.iter().all(|contact| is_mail(contact)) {
            return wrong("contact", "must be addresses such as `\"mailto:security@example.jp\"`");
        }
        if self.external_account.as_ref().is_some_and(|account| account.key_id.is_empty()) {
            return wrong("external_account", "`key_id` must be the name that the authority gave to the key");
        }
        self.hosts.iter().try_for_each(|hosts| match why_not(hosts, configuration) {
            Some(why) => wrong("hosts", &why),
            None => Ok(()),
        })
    }
}

/// Why these hosts cannot be ordered for.
fn why_not(hosts: &[String], configuration: &Configuration) -> Option<String> {
    if hosts.is_empty() {
        return Some("names no host: leave it out for the portal's and those of all applications".to_owned());
    }
    hosts.iter().find_map(|host| {
        if host.contains('*') {
            let why = "a wildcard needs `dns-01`, which Sekisho does not speak: name each host";
            return Some(format!("`{}`: {why}", host.escape_debug()));
        }
        let Ok(name) = host.parse::<Host>() else {
            return Some(format!("`{}` is not a host name such as `portal.example.jp`", host.escape_debug()));
        };
        let machines = [configuration.devices_host(), configuration.terminals_host()];
        machines.iter().any(|machine| machine == name.as_str()).then(|| {
            format!(
                "`{name}` is asked by agents and terminals, which believe the platform's own authority: leave it out"
            )
        })
    })
}

fn is_https(address: &str) -> bool {
    let uri = address.parse::<Uri>().ok();
    uri.is_some_and(|uri| uri.scheme_str() == Some("https") && uri.host().is_some_and(|host| !host.is_empty()))
        && !address.contains('@')
}

fn is_mail(contact: &str) -> bool {
    let address = contact.strip_prefix("mailto:").and_then(|address| address.split_once('@'));
    let plain =
        |text: &str| !text.is_empty() && !text.contains([',', '?', ' ', '@']) && !text.contains(char::is_control);
    address.is_some_and(|(user, host)| plain(user) && plain(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "data = \"d\"\ndomain = \"example.jp\"\n";
    const DIRECTORY: &str = "directory = \"https://ca.example.jp/directory\"\n";

    fn parse(text: &str) -> Result<Configuration, String> {
        let text = format!("{BASE}{text}");
        Configuration::parse(Path::new("/etc/sekisho.toml"), &text).map_err(|problem| problem.to_string())
    }

    #[test]
    fn a_short_table_is_enough_and_paths_count_from_the_file() {
        let text = format!("[acme]\n{DIRECTORY}agree_to_terms = true\ntrust = \"ca.pem\"\n");
        let acme = parse(&text).expect("a configuration").acme.expect("the table");
        assert_eq!(acme.trust.as_deref(), Some(Path::new("/etc/ca.pem")));
        assert_eq!(acme.hosts, None);
    }

    #[test]
    fn i20_a_wrong_table_names_file_line_field_and_fix() {
        for (line, at, field, fix) in [
            ("", 3, "agree_to_terms", "terms of service"),
            ("agree_to_terms = false", 5, "agree_to_terms", "must be `true`"),
            ("agree_to_terms = true\ncontact = [\"security@example.jp\"]", 6, "contact", "mailto:"),
            ("agree_to_terms = true\nhosts = [\"*.example.jp\"]", 6, "hosts", "dns-01"),
            ("agree_to_terms = true\nhosts = [\"192.0.2.1\"]", 6, "hosts", "not a host name"),
            ("agree_to_terms = true\nhosts = []", 6, "hosts", "leave it out"),
            ("agree_to_terms = true\nhosts = [\"devices.example.jp\"]", 6, "hosts", "own authority"),
            ("agree_to_terms = true\nexternal_account = { key_id = \"\", key_file = \"k\" }", 6, "external", "key_id"),
            ("agree_to_terms = true\ncontacts = []", 6, "contacts", "expected one of"),
        ] {
            let problem = parse(&format!("[acme]\n{DIRECTORY}{line}\n")).expect_err(line);
            assert!(problem.starts_with(&format!("/etc/sekisho.toml:{at}")), "{line}: {problem}");
            assert!(problem.contains(field) && problem.contains(fix), "{problem}");
        }
    }

    #[test]
    fn i20_the_directory_is_asked_over_tls_only() {
        for directory in ["http://ca.example.jp/d", "ca.example.jp", "https://", "https://u:p@ca.example.jp/"] {
            let text = format!("[acme]\ndirectory = \"{directory}\"\nagree_to_terms = true\n");
            let problem = parse(&text).expect_err(directory);
            assert!(problem.starts_with("/etc/sekisho.toml:4: `acme.directory`"), "{problem}");
        }
    }

    #[test]
    fn i20_certificates_come_from_one_place() {
        let files = "certificate = { chain = \"c\", key = \"k\" }\n";
        let problem = parse(&format!("{files}[acme]\n{DIRECTORY}agree_to_terms = true\n")).expect_err("both");
        assert!(problem.starts_with("/etc/sekisho.toml:4: `acme`") && problem.contains("remove one"), "{problem}");
    }
}
