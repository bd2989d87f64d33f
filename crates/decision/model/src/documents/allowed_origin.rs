//! An origin whose pages may call an application with the session of who looks at them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::text_form::text_form;

use crate::Host;

/// An origin as browsers write it: scheme, host and port, or `null` for pages without one (files, sandboxed frames).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AllowedOrigin(String);

impl AllowedOrigin {
    /// As browsers write it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether that `Origin` is this one. WebSockets of some clients say `wss` where pages say `https`.
    #[must_use]
    pub fn is(&self, origin: &[u8]) -> bool {
        let same = |own: &str| origin.eq_ignore_ascii_case(own.as_bytes());
        let by_socket = |(scheme, rest): (&str, &str)| match scheme {
            "https" => same(&format!("wss://{rest}")),
            _ => same(&format!("ws://{rest}")),
        };
        same(&self.0) || self.0.split_once("://").is_some_and(by_socket)
    }
}

impl FromStr for AllowedOrigin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{}` is not an origin: write scheme and host, and the port where it is not the scheme's own, for example `https://board.example.jp`; or `null`",
                text.escape_debug()
            )
        };
        if text == "null" {
            return Ok(Self(text.to_owned()));
        }
        let (scheme, usual, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => ("https", 443, rest),
            (_, Some(rest)) => ("http", 80, rest),
            _ => return Err(wrong()),
        };
        let (host, port) = match rest.split_once(':') {
            Some((host, port)) => (host, Some(port.parse::<u16>().map_err(|_| wrong())?)),
            None => (rest, None),
        };
        let host: Host = host.parse().map_err(|_| wrong())?;
        Ok(Self(match port.filter(|port| *port != usual) {
            Some(port) => format!("{scheme}://{host}:{port}"),
            None => format!("{scheme}://{host}"),
        }))
    }
}

text_form!(AllowedOrigin);

impl fmt::Display for AllowedOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_scheme_a_host_and_a_port_and_never_a_pattern() {
        for (text, is, is_not) in [
            ("https://Board.test:443", "https://board.test", "https://board.test:8443"),
            ("https://board.test", "wss://board.test", "ws://board.test"),
            ("http://localhost:3000", "http://localhost:3000", "http://localhost"),
            ("https://board.test:8443", "https://BOARD.test:8443", "https://board.test"),
            ("https://board.test", "https://board.test", "http://board.test"),
            ("https://board.test", "https://board.test", "https://board.test.evil"),
            ("null", "null", "nullx"),
        ] {
            let origin: AllowedOrigin = text.parse().expect("an origin");
            assert!(origin.is(is.as_bytes()) && !origin.is(is_not.as_bytes()), "{text}");
        }
        for wrong in [
            "",
            "*",
            "https://*",
            "https://*.test",
            "board.test",
            "https://a/",
            "https://u@a",
            "ftp://a",
            "https://10.0.0.1",
        ] {
            assert!(wrong.parse::<AllowedOrigin>().is_err(), "{wrong}");
        }
    }
}
