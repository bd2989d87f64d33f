//! A prefix of paths: whole segments, so that `/api` is never found in `/apiary`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::text_form::text_form;

/// Whole segments in canonical form; none of them is no prefix.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PathPrefix(String);

impl PathPrefix {
    /// Whether there is no prefix.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        self.0.is_empty()
    }

    /// The prefix: empty, or beginning with `/` and not ending with it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is left of a canonical path without this prefix, beginning with `/`. `None` when the path lies outside.
    #[must_use]
    pub fn strip<'a>(&self, path: &'a str) -> Option<&'a str> {
        match path.strip_prefix(self.0.as_str())? {
            "" => Some("/"),
            rest if rest.starts_with('/') => Some(rest),
            _ => None,
        }
    }
}

impl FromStr for PathPrefix {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{}` is not a path prefix: write whole segments of letters, digits, `-`, `_`, `~` and `.`, for example `/api/v1`",
                text.escape_debug()
            )
        };
        let segments = text.strip_prefix('/').ok_or_else(wrong)?;
        let segments = segments.strip_suffix('/').unwrap_or(segments);
        let canonical = |segment: &str| {
            !matches!(segment, "" | "." | "..")
                && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_~.".contains(&byte))
        };
        if text.len() > 256 || !segments.split('/').all(canonical) {
            return Err(wrong());
        }
        Ok(Self(format!("/{segments}")))
    }
}

text_form!(PathPrefix);

impl fmt::Display for PathPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_segments_are_taken_off() {
        let prefix: PathPrefix = "/api/".parse().expect("a prefix");
        for (path, left) in [
            ("/api", Some("/")),
            ("/api/", Some("/")),
            ("/api/x/y", Some("/x/y")),
            ("/apiary", None),
            ("/api.", None),
            ("/api./admin", None),
            ("/API/x", None),
            ("/x/api", None),
            ("/", None),
        ] {
            assert_eq!(prefix.strip(path), left, "{path}");
        }
        assert_eq!(PathPrefix::default().strip("/x"), Some("/x"));
    }

    #[test]
    fn what_servers_could_read_differently_is_no_prefix() {
        for wrong in ["", "/", "api", "//", "/a//b", "/a/../b", "/.", "/a%2fb", "/a b", "/a;b", "/ä"] {
            assert!(wrong.parse::<PathPrefix>().is_err(), "{wrong}");
        }
    }
}
