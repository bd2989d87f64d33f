//! A platform with a resolver, two lists of names, and two people of whom one may reach what the first list names.

use std::path::PathBuf;

use sekisho_e2e::peer::server_address;
use sekisho_e2e::platform::Platform;
use serde_json::Value;
use std::net::SocketAddr;
use std::time::Instant;
use tempfile::TempDir;

use crate::PATIENCE;
use crate::asking::{Answer, Asking, kdig};
use crate::upstream::Upstream;

/// A name on the first list.
pub(crate) const ADS: &str = "ads.test";

const POLICY: &str = "@id(\"ads-for-researchers\")
permit (principal in Sekisho::Group::\"researchers\", action == Sekisho::Action::\"connect\", resource == Sekisho::Resource::\"names-ads\")
when { context has device && context.device has compliant && context.device.compliant };
";

const DOCUMENTS: &str = r#"
[[group]]
id = "researchers"
name = "Researchers"
[[user]]
id = "alice"
name = "Alice"
groups = ["researchers"]
[[user]]
id = "mallory"
name = "Mallory"
[[resource]]
id = "names-ads"
name = { en = "Advertising", ja = "広告" }
kind = "data"
sensitivity = 1
[[resource]]
id = "names-walled"
name = { en = "Walled", ja = "遮断" }
kind = "data"
sensitivity = 1
[[name-list]]
id = "ads"
resource = "names-ads"
names = ["ads.test"]
[[name-list]]
id = "walled"
resource = "names-walled"
names = ["walled.test"]
answer = "no-address"
[[name-list]]
id = "feed"
resource = "names-walled"
file = "FEED"
format = "rpz"
"#;

pub(crate) struct Place {
    pub(crate) platform: Platform,
    folder: TempDir,
    tls: SocketAddr,
    _upstream: Upstream,
}

impl Place {
    pub(crate) async fn new() -> Self {
        let (upstream, tls, folder) =
            (Upstream::start().await, server_address().unwrap(), tempfile::tempdir().unwrap());
        let settings = format!("dns = {{ listen = \"{tls}\", {} }}\n", upstream.settings());
        let platform = Platform::start_with(1, &[], &settings).await.unwrap();
        let place = Self { platform, folder, tls, _upstream: upstream };
        place.feed("; nothing yet\n");
        let documents = DOCUMENTS.replace("FEED", &place.file().display().to_string());
        place.apply("names.toml", &documents).await;
        place.apply("ads.cedar", POLICY).await;
        place
            .until(async || place.command(&["name", "list"]).await.as_array().is_some_and(|rows| rows.len() == 3))
            .await;
        place
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("feed.zone")
    }

    /// Puts another zone in the feed's place.
    pub(crate) fn feed(&self, text: &str) {
        let new = self.folder.path().join("new");
        std::fs::write(&new, text).unwrap();
        std::fs::rename(new, self.file()).unwrap();
    }

    pub(crate) async fn command(&self, arguments: &[&str]) -> Value {
        self.platform.command(arguments).await.unwrap()
    }

    pub(crate) async fn apply(&self, name: &str, text: &str) {
        self.platform.apply(&[(name, text)]).await.unwrap();
    }

    /// Somebody's enrolled device, which asks over TLS.
    pub(crate) async fn device(&self, device: &str, owner: &str) -> Asking {
        let agent = self.platform.enrolled(device, owner).await.unwrap();
        Asking::new(self.tls, self.platform.authority(), Some(agent))
    }

    /// Somebody without a certificate.
    pub(crate) fn nobody(&self) -> Asking {
        Asking::new(self.tls, self.platform.authority(), None)
    }

    /// The address over HTTPS with a new token in it.
    pub(crate) async fn token(&self, user: &str, id: &str) -> String {
        let made = self.command(&["name", "token", user, "--id", id]).await;
        made["address"].as_str().unwrap().to_owned()
    }

    /// What kdig is answered at that address.
    pub(crate) async fn over_https(&self, address: &str, name: &str, get: bool) -> Answer {
        let path = address.split_once("/dns-query").map(|(_, rest)| format!("/dns-query{rest}")).unwrap();
        let authority = format!("+tls-ca={}", self.platform.authority().display());
        let url = format!("+https=dns.localhost{path}");
        let port = self.platform.port().to_string();
        let mut arguments = vec!["@127.0.0.1", "-p", &port, &authority, "+tls-hostname=dns.localhost", &url];
        if get {
            arguments.push("+https-get");
        }
        kdig(&[&arguments[..], &[name, "A"]].concat()).await
    }

    /// The denials of a resource.
    pub(crate) async fn denials(&self, resource: &str) -> Vec<Value> {
        let found =
            self.command(&["decision", "list", "--resource", resource, "--outcome", "deny", "--limit", "200"]).await;
        let entries = found.get("items").unwrap_or(&found).as_array().cloned().unwrap_or_default();
        entries.into_iter().map(|mut entry| entry["decision"].take()).collect()
    }

    /// Waits for an event of a class that says this.
    pub(crate) async fn until_event(&self, class: &str, text: &str) {
        self.until(async || self.command(&["event", "list", "--class", class]).await.to_string().contains(text)).await;
    }

    pub(crate) async fn until(&self, mut holds: impl AsyncFnMut() -> bool) {
        let began = Instant::now();
        while !holds().await {
            assert!(began.elapsed() < PATIENCE, "{}", self.platform.log());
        }
    }
}
