//! Threat feeds: where lists of hostile addresses are read from, and what an entry of them weighs.

use ipnet::IpNet;
use serde::{Deserialize, Deserializer, Serialize};

use super::bounded::bounded;
use crate::{Name, Span};

/// A source of hostile addresses that the platform reads again and again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThreatFeed {
    /// The feed's identifier, at most 64 bytes long.
    pub id: Name,
    /// Where it is read: `https`, or `http` on this machine. For TAXII the address of the collection.
    pub url: String,
    /// What is read there.
    pub format: FeedFormat,
    /// The score of an address of which the feed is certain, 1 to 100.
    #[serde(deserialize_with = "bounded::<_, 1, 100>")]
    pub score: u8,
    /// Indicators of a lower confidence do not count, 0 to 100.
    #[serde(default, deserialize_with = "bounded::<_, 0, 100>")]
    pub minimum_confidence: u8,
    /// How long after one reading the next begins, `10s` to `7d`.
    #[serde(default = "hour", deserialize_with = "period")]
    pub every: Span,
    /// Addresses that no feed makes a threat, whichever feed names them.
    #[serde(default)]
    pub allowed: Vec<IpNet>,
}

/// What a feed is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FeedFormat {
    /// One address or network in each line.
    Plain,
    /// STIX 2.1 indicators in a collection of a TAXII 2.1 server.
    Taxii,
}

impl ThreatFeed {
    /// The longest identifier, in bytes: identifiers of what the feed names are made of it.
    const LONGEST_ID: usize = 64;

    pub(super) fn check(&self) -> Result<(), String> {
        if self.id.as_str().len() > Self::LONGEST_ID {
            return Err(format!("`id`: write at most {} bytes", Self::LONGEST_ID));
        }
        if is_safe(&self.url) { Ok(()) } else { Err("`url`: write an https address without user name".to_owned()) }
    }
}

/// Whether nobody on the way can change what is read. Credentials in an address would be shown with it.
pub(super) fn is_safe(url: &str) -> bool {
    let (is_open, rest) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => (false, rest),
        (None, Some(rest)) => (true, rest),
        (None, None) => return false,
    };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let host =
        if authority.starts_with('[') { authority.split_inclusive(']').next() } else { authority.split(':').next() };
    let is_here = matches!(host, Some("127.0.0.1" | "[::1]" | "localhost"));
    let is_printable = url.len() <= 2048 && url.bytes().all(|byte| byte.is_ascii_graphic());
    host.is_some_and(|host| !host.is_empty()) && is_printable && !url.contains(['@', '#']) && (is_here || !is_open)
}

pub(super) const fn hour() -> Span {
    Span::from_minutes(60)
}

pub(super) fn period<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Span, D::Error> {
    let every = Span::deserialize(deserializer)?;
    match every.as_seconds() {
        10..=604_800 => Ok(every),
        _ => Err(serde::de::Error::custom("write a length of time from `10s` to `7d`")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::documents::Kind;

    fn feed(field: &str, value: Value) -> Result<Value, String> {
        let mut body = json!({ "id": "f", "url": "https://feeds.example.jp/a?b=c", "format": "plain", "score": 80 });
        body[field] = value;
        Kind::ThreatFeed.normalise(&body)
    }

    #[test]
    fn a_feed_is_read_where_nobody_on_the_way_changes_it() {
        for good in ["https://feeds.example.jp/", "http://127.0.0.1:8080/x", "http://[::1]:8080/", "http://localhost/"]
        {
            assert!(feed("url", json!(good)).is_ok(), "{good}");
        }
        for bad in [
            "http://feeds.example.jp/",
            "http://127.0.0.1.example.jp/",
            "http://127.0.0.1@example.jp/",
            "https://user:word@example.jp/",
            "https://",
            "https:///x",
            "file:///etc/passwd",
            "https://example.jp/\n",
            "https://example.jp/#a",
        ] {
            assert!(feed("url", json!(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn defaults_are_written_out_and_bounds_hold() {
        let written = feed("score", json!(100)).expect("a feed");
        assert_eq!((&written["every"], &written["minimum_confidence"]), (&json!("1h"), &json!(0)));
        for (field, value) in [
            ("score", json!(0)),
            ("minimum_confidence", json!(101)),
            ("every", json!("9s")),
            ("every", json!("8d")),
            ("allowed", json!(["office"])),
            ("id", json!("f".repeat(65))),
            ("password", json!("x")),
        ] {
            assert!(feed(field, value.clone()).is_err(), "{field} {value}");
        }
        assert!(feed("every", json!("10s")).is_ok() && feed("id", json!("f".repeat(64))).is_ok());
    }
}
