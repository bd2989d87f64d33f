//! TCP services: their addresses, and what fits a resource of that kind.

use std::net::SocketAddr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::upstream_address::is_never_an_application;
use super::{ClientCertificate, Resource, ResourceKind};

/// The most addresses that one service may have.
const MOST: usize = 16;

/// Where a TCP service listens: an IP address with its port. Never a name, so that nothing can answer it otherwise later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TcpAddress(SocketAddr);

impl TcpAddress {
    /// The address to dial.
    #[must_use]
    pub const fn socket(self) -> SocketAddr {
        self.0
    }

    /// Its port.
    #[must_use]
    pub const fn port(self) -> u16 {
        self.0.port()
    }
}

impl FromStr for TcpAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let address: SocketAddr = text.parse().map_err(|_| {
            format!(
                "`{}` is not the address of a TCP service: write an IP address and its port, for example `10.0.0.5:5432`",
                text.escape_debug()
            )
        })?;
        if address.port() == 0 || is_never_an_application(address.ip()) {
            return Err(format!("`{}` is not an address of a TCP service: name another", text.escape_debug()));
        }
        Ok(Self(address))
    }
}

impl std::fmt::Display for TcpAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for TcpAddress {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TcpAddress {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl Resource {
    /// Whether the way in fits the kind: a TCP service has addresses and nothing of the web, every other kind no addresses.
    ///
    /// # Errors
    /// A message that names the field and the fix.
    pub fn check_way_in(&self) -> Result<(), String> {
        let wrong = |field: &str, message: &str| Err(format!("`{field}`: {message}"));
        if self.kind != ResourceKind::Tcp {
            return match self.addresses.is_empty() {
                true => Ok(()),
                false => wrong(
                    "addresses",
                    "only a resource of kind `tcp` has addresses: write `kind = \"tcp\"`, or `upstream`",
                ),
            };
        }
        if self.host.is_some() {
            return wrong("host", "a TCP service is reached by its `id` with `sekisho connect`: leave the host out");
        }
        if self.upstream.is_some() {
            return wrong(
                "upstream",
                "a TCP service has no web upstream: write `addresses = [\"10.0.0.5:5432\"]` instead",
            );
        }
        if self.client_certificate != ClientCertificate::None {
            return wrong(
                "client_certificate",
                "the terminals' host asks for every device's certificate: leave it out",
            );
        }
        if self.id.as_str().contains('@') {
            return wrong("id", "the name of a TCP service is written where a host stands: leave the `@` out");
        }
        let Some(first) = self.addresses.first() else {
            return wrong("addresses", "a TCP service needs one: write `addresses = [\"10.0.0.5:5432\"]`");
        };
        if self.addresses.iter().any(|address| address.port() != first.port()) {
            return wrong("addresses", "all have the same port: make a resource for each port");
        }
        if self.addresses.len() > MOST {
            return wrong("addresses", "at most 16");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(rest: serde_json::Value) -> Resource {
        let mut body = serde_json::json!({ "id": "db", "name": { "en": "Database" } });
        for (name, value) in rest.as_object().expect("an object") {
            body[name] = value.clone();
        }
        serde_json::from_value(body).expect("a resource")
    }

    #[test]
    fn a_way_in_that_fits_its_kind_is_taken() {
        for fits in [
            serde_json::json!({ "kind": "tcp", "addresses": ["10.0.0.5:5432", "[2001:db8::5]:5432"] }),
            serde_json::json!({ "kind": "web", "host": "app.test", "upstream": "http://10.0.0.5:80" }),
            serde_json::json!({ "kind": "data" }),
        ] {
            assert_eq!(resource(fits.clone()).check_way_in(), Ok(()), "{fits}");
        }
    }

    #[test]
    fn one_that_does_not_is_refused_by_field_and_fix() {
        let addresses = ["10.0.0.5:22"];
        for (wrong, field) in [
            (serde_json::json!({ "kind": "tcp" }), "`addresses`"),
            (serde_json::json!({ "kind": "tcp", "addresses": ["10.0.0.5:22", "10.0.0.6:23"] }), "`addresses`"),
            (serde_json::json!({ "kind": "tcp", "addresses": vec!["10.0.0.5:22"; 17] }), "`addresses`"),
            (serde_json::json!({ "kind": "web", "addresses": addresses }), "`addresses`"),
            (serde_json::json!({ "kind": "tcp", "addresses": addresses, "host": "db.test" }), "`host`"),
            (
                serde_json::json!({ "kind": "tcp", "addresses": addresses, "upstream": "http://10.0.0.5:80" }),
                "`upstream`",
            ),
            (serde_json::json!({ "kind": "tcp", "addresses": addresses, "id": "a@b" }), "`id`"),
            (
                serde_json::json!({ "kind": "tcp", "addresses": addresses, "client_certificate": "optional" }),
                "`client_certificate`",
            ),
        ] {
            let problem = resource(wrong.clone()).check_way_in().expect_err("it does not fit");
            assert!(problem.starts_with(field), "{wrong}: {problem}");
        }
    }

    #[test]
    fn an_address_is_numbers_and_can_be_a_service() {
        for good in ["127.0.0.1:22", "[::1]:22", "10.1.2.3:65535"] {
            assert_eq!(good.parse::<TcpAddress>().map(|address| address.to_string()), Ok(good.to_owned()));
        }
        for bad in [
            "db:22",
            "10.0.0.5",
            "10.0.0.5:0",
            "10.0.0.5:65536",
            "10.0.0.5:22 ",
            "tcp://10.0.0.5:22",
            "0.0.0.0:22",
            "169.254.169.254:80",
            "[::ffff:169.254.169.254]:80",
            "224.0.0.1:22",
            "255.255.255.255:22",
            "",
        ] {
            assert!(bad.parse::<TcpAddress>().is_err(), "{bad}");
        }
    }
}
