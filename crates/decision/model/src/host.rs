//! Host names as routes know them: lower case, no port, no trailing dot, never an address.

use std::fmt;
use std::str::FromStr;

use arcstr::ArcStr;
use serde::{Deserialize, Serialize};

/// A DNS host name in its one canonical form: lower-case letters, digits and hyphens in dot-separated labels.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(transparent)]
pub struct Host(ArcStr);

/// Why a text is not a [`Host`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a host name: use letters, digits and hyphens in labels joined by dots, without port, path or trailing dot", .0.escape_debug())]
pub struct HostError(String);

impl Host {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Host {
    type Err = HostError;

    fn from_str(text: &str) -> Result<Self, HostError> {
        let label_ok = |label: &str| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        // A last label of digits only would read as an IPv4 address (WHATWG URL, "ends in a number").
        let last = text.rsplit('.').next().unwrap_or(text);
        let like_an_address = last.bytes().all(|b| b.is_ascii_digit())
            || (last.len() > 1 && (last.starts_with("0x") || last.starts_with("0X")));
        if text.len() > 253 || like_an_address || !text.split('.').all(label_ok) {
            return Err(HostError(text.chars().take(80).collect()));
        }
        Ok(Self(ArcStr::from(text.to_ascii_lowercase())))
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::borrow::Borrow<str> for Host {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Host {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_has_one_form() {
        assert_eq!("APP.T".parse::<Host>().expect("a host").as_str(), "app.t");
        for bad in
            ["", "a.", ".a", "a..b", "127.0.0.1", "0x7f.1", "[::1]", "a:80", "a/b", "u@a", "a b", "a_b", "日本.jp"]
        {
            assert!(bad.parse::<Host>().is_err(), "{bad}");
        }
    }
}
