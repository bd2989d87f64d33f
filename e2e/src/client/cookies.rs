//! Cookies by host. The platform sets only `__Host-` cookies, so there is no domain and no path to match.

use std::collections::BTreeMap;

use http::HeaderMap;

/// The cookies of one person.
#[derive(Debug, Default, Clone)]
pub(super) struct Cookies {
    by_host: BTreeMap<String, BTreeMap<String, String>>,
}

impl Cookies {
    /// Takes what a response from that host sets and removes.
    pub(super) fn take(&mut self, host: &str, headers: &HeaderMap) {
        let cookies = self.by_host.entry(host.to_owned()).or_default();
        for header in headers.get_all("set-cookie").iter().filter_map(|header| header.to_str().ok()) {
            let Some((name, value)) = header.split(';').next().and_then(|pair| pair.split_once('=')) else { continue };
            if value.is_empty() || header.to_ascii_lowercase().contains("max-age=0") {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// Puts one there that no response has set.
    pub(super) fn plant(&mut self, host: &str, name: &str, value: &str) {
        self.by_host.entry(host.to_owned()).or_default().insert(name.to_owned(), value.to_owned());
    }

    /// Removes those of a host.
    pub(super) fn forget(&mut self, host: &str) {
        self.by_host.remove(host);
    }

    /// The `Cookie` header for that host; empty when there is none.
    pub(super) fn header(&self, host: &str) -> String {
        let cookies = self.by_host.get(host).into_iter().flatten();
        cookies.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }
}
