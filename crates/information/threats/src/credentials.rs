//! The user name and password that a feed asks for: sealed in the store, and bound to the origin that they were set for.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, Uri};
use sekisho_capability::Services;
use sekisho_model::Actor;
use sekisho_model::documents::{Kind, ThreatFeed};
use sekisho_store::{Expected, Store, StoreError, Write};
use serde::{Deserialize, Serialize};
use serde_json::json;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::acts::THREAT_FEED_CREDENTIALS_SET;
use crate::failure::RenewalError;

/// The longest user name and the longest password, in bytes.
pub(crate) const LONGEST: usize = 256;

/// A user name and a password for one origin.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(crate) struct Credentials {
    /// `https://host:port` of the feed when they were set.
    origin: String,
    username: String,
    password: String,
}

impl Credentials {
    /// Credentials for the place where a feed is read now. `None` when they cannot be written into a header.
    pub(crate) fn new(feed: &ThreatFeed, username: String, password: String) -> Option<Self> {
        let fits = |text: &str| text.len() <= LONGEST && !text.chars().any(char::is_control);
        let are_usable = !username.is_empty() && !username.contains(':') && fits(&username) && fits(&password);
        let credentials = Self { origin: origin(&feed.url)?, username, password };
        are_usable.then_some(credentials)
    }

    /// The header for a request to that address.
    // INVARIANT I-28: credentials go to the origin for which they were set, so that who may change a feed's address does not get them.
    pub(crate) fn header(&self, url: &str) -> Option<HeaderValue> {
        if origin(url)? != self.origin {
            return None;
        }
        let basic = STANDARD.encode(format!("{}:{}", self.username, self.password));
        let mut value = HeaderValue::try_from(format!("Basic {basic}")).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// Keeps them for a feed, as an act of somebody.
    pub(crate) async fn keep(&self, services: &Services, feed: &str, actor: Actor) -> Result<(), RenewalError> {
        let body = json!({ "origin": self.origin, "username": self.username, "password": self.password });
        let change = services.changes.begin(actor, THREAT_FEED_CREDENTIALS_SET.code, format!("threat-feed/{feed}"));
        let change = change.detail(json!({ "origin": self.origin })).put(Kind::Key, id(feed), Expected::Any, body);
        change.commit(services.clock.now()).await?;
        Ok(())
    }

    /// Those of a feed.
    pub(crate) async fn of(store: &Store, feed: &str) -> Result<Option<Self>, StoreError> {
        let stored = store.get(Kind::Key, &id(feed)).await?;
        Ok(stored.and_then(|document| serde_json::from_value(document.body).ok()))
    }
}

/// The deletion of those of a feed that is gone.
pub(crate) fn forget(feed: &str) -> Write {
    Write::Delete { kind: Kind::Key, id: id(feed), expected: Expected::Any }
}

fn id(feed: &str) -> String {
    format!("threat-feed/{feed}")
}

fn origin(url: &str) -> Option<String> {
    let uri: Uri = url.parse().ok()?;
    let (scheme, host) = (uri.scheme_str()?, uri.host()?.to_ascii_lowercase());
    let port = uri.port_u16().unwrap_or(if scheme == "https" { 443 } else { 80 });
    Some(format!("{scheme}://{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(url: &str) -> ThreatFeed {
        let body = json!({ "id": "f", "url": url, "format": "taxii", "score": 80 });
        serde_json::from_value(body).expect("a feed")
    }

    fn credentials(username: &str, password: &str) -> Option<Credentials> {
        Credentials::new(&feed("https://cti.example.jp/api/"), username.to_owned(), password.to_owned())
    }

    #[test]
    fn i28_credentials_go_to_their_origin_and_nowhere_else() {
        let kept = credentials("sekisho", "word").expect("credentials");
        for url in ["https://cti.example.jp/other?x=1", "https://CTI.example.jp:443/"] {
            assert_eq!(kept.header(url).expect("a header"), "Basic c2VraXNobzp3b3Jk", "{url}");
        }
        for url in [
            "https://cti.example.jp.example.org/",
            "https://cti.example.jp:8443/",
            "http://cti.example.jp/",
            "https://example.org/?https://cti.example.jp/",
            "/",
        ] {
            assert_eq!(kept.header(url), None, "{url}");
        }
    }

    #[test]
    fn what_no_header_can_carry_is_refused() {
        for (username, password) in [("", "x"), ("a:b", "x"), ("a\n", "x"), ("a", "x\r\ny"), ("a", &"x".repeat(257))] {
            assert!(credentials(username, password).is_none(), "{username:?}");
        }
    }
}
