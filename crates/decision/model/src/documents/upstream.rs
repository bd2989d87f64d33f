//! Where the traffic of a resource goes, and how: written short as `http://10.0.0.5:8080`, or as a table.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::num::{NonZeroU16, NonZeroU32};
use std::str::FromStr;
use std::time::Duration;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::health_check::HealthCheck;
use super::path_prefix::PathPrefix;
use super::upstream_address::{UpstreamAddress, is_never_an_application};
use super::upstream_tls::UpstreamTls;
use crate::Host;

/// The most addresses that one resource may have.
const MOST_ADDRESSES: usize = 32;
/// How long a body may stand still, in either direction, once enough of it has moved; where the document does not say.
const STALL: Duration = Duration::from_secs(300);

/// Where a resource's traffic goes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Upstream {
    /// The addresses that serve it, at least one; each exchange goes to the one with the fewest.
    pub addresses: Vec<UpstreamAddress>,
    /// IP addresses that are dialled although no application has them as a rule: link-local, or where this gateway listens.
    pub allow_special: Vec<IpAddr>,
    /// What is spoken there.
    pub protocol: UpstreamProtocol,
    /// How the connection is secured; plain text when absent.
    pub tls: Option<UpstreamTls>,
    /// Which host the application is told.
    pub host: UpstreamHost,
    /// How a client's `Authorization` is treated.
    pub authorization: UpstreamAuthorization,
    /// The path prefix that is taken off; what lies outside it is not served.
    pub strip_prefix: PathPrefix,
    /// The path prefix that is put in front.
    pub add_prefix: PathPrefix,
    /// How long an address may take to accept a connection; the gateway's setting when absent.
    pub connect_seconds: Option<NonZeroU16>,
    /// How long an answer may take to begin while nothing of the request moves; the gateway's setting when absent.
    pub response_seconds: Option<NonZeroU16>,
    /// The most exchanges at once, all addresses together; unlimited when absent.
    pub most_exchanges: Option<NonZeroU16>,
    /// The least bytes per second of a body in either direction, over the time that it may stand still; the gateway's setting
    /// when absent.
    pub least_rate: Option<NonZeroU32>,
    /// How long a body may stand still once that much of it has moved; 300 when absent.
    pub stall_seconds: Option<NonZeroU16>,
    /// How the addresses are asked whether they are well; they are not when absent.
    pub health: Option<HealthCheck>,
}

/// What an application speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UpstreamProtocol {
    /// HTTP/1.1.
    #[default]
    Http1,
    /// HTTP/2, as gRPC needs it: by ALPN where the connection is secured, by prior knowledge where it is not.
    Http2,
}

/// Which host the application is told.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UpstreamHost {
    /// The one that people type.
    #[default]
    Preserve,
    /// Its own: the server name of `tls`, or else the first address.
    Upstream,
    /// This one.
    Fixed(Host),
}

/// How a client's `Authorization`, which is never the platform's own, is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UpstreamAuthorization {
    /// The application gets it: a token of its own interface, for one.
    #[default]
    Pass,
    /// The application does not get it: only the assertion identifies the requester.
    Drop,
}

impl UpstreamAuthorization {
    /// Whether it is what a document that does not speak of it says.
    const fn is_usual(&self) -> bool {
        matches!(self, Self::Pass)
    }
}

/// The table form.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    addresses: Vec<UpstreamAddress>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    allow_special: Vec<IpAddr>,
    #[serde(default)]
    protocol: UpstreamProtocol,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tls: Option<UpstreamTls>,
    #[serde(default)]
    host: UpstreamHost,
    #[serde(default, skip_serializing_if = "UpstreamAuthorization::is_usual")]
    authorization: UpstreamAuthorization,
    #[serde(default, skip_serializing_if = "PathPrefix::is_none")]
    strip_prefix: PathPrefix,
    #[serde(default, skip_serializing_if = "PathPrefix::is_none")]
    add_prefix: PathPrefix,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    connect_seconds: Option<NonZeroU16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    response_seconds: Option<NonZeroU16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    most_exchanges: Option<NonZeroU16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    least_rate: Option<NonZeroU32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stall_seconds: Option<NonZeroU16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    health: Option<HealthCheck>,
}

impl Upstream {
    /// A plain HTTP/1.1 application at one address.
    #[must_use]
    pub fn plain(address: SocketAddr) -> Self {
        Self::at(address.into())
    }

    fn at(address: UpstreamAddress) -> Self {
        Self {
            addresses: vec![address],
            allow_special: Vec::new(),
            protocol: UpstreamProtocol::default(),
            tls: None,
            host: UpstreamHost::default(),
            authorization: UpstreamAuthorization::default(),
            strip_prefix: PathPrefix::default(),
            add_prefix: PathPrefix::default(),
            connect_seconds: None,
            response_seconds: None,
            most_exchanges: None,
            least_rate: None,
            stall_seconds: None,
            health: None,
        }
    }

    /// How long an address may take to accept a connection, where the document says.
    #[must_use]
    pub fn connect_timeout(&self) -> Option<Duration> {
        self.connect_seconds.map(|seconds| Duration::from_secs(seconds.get().into()))
    }

    /// How long an answer may take to begin, where the document says.
    #[must_use]
    pub fn response_timeout(&self) -> Option<Duration> {
        self.response_seconds.map(|seconds| Duration::from_secs(seconds.get().into()))
    }

    /// How long a body may stand still once enough of it has moved.
    #[must_use]
    pub fn stall(&self) -> Duration {
        self.stall_seconds.map_or(STALL, |seconds| Duration::from_secs(seconds.get().into()))
    }

    /// Whether an address may be dialled for this application, as far as the address itself says.
    #[must_use]
    pub fn may_be_at(&self, address: IpAddr) -> bool {
        !is_never_an_application(address) || self.names(address)
    }

    /// Whether the document names an address that is special.
    #[must_use]
    pub fn names(&self, address: IpAddr) -> bool {
        self.allow_special.iter().any(|named| named.to_canonical() == address.to_canonical())
    }

    fn of_table(table: Table) -> Result<Self, String> {
        if table.addresses.is_empty() || table.addresses.len() > MOST_ADDRESSES {
            return Err(format!("`addresses` has {}: write 1 to {MOST_ADDRESSES}", table.addresses.len()));
        }
        for address in &table.addresses {
            check_address(address, &table.allow_special)?;
        }
        Ok(Self {
            addresses: table.addresses,
            allow_special: table.allow_special,
            protocol: table.protocol,
            tls: table.tls,
            host: table.host,
            authorization: table.authorization,
            strip_prefix: table.strip_prefix,
            add_prefix: table.add_prefix,
            connect_seconds: table.connect_seconds,
            response_seconds: table.response_seconds,
            most_exchanges: table.most_exchanges,
            least_rate: table.least_rate,
            stall_seconds: table.stall_seconds,
            health: table.health,
        })
    }

    fn to_table(&self) -> Table {
        Table {
            addresses: self.addresses.clone(),
            allow_special: self.allow_special.clone(),
            protocol: self.protocol,
            tls: self.tls.clone(),
            host: self.host.clone(),
            authorization: self.authorization,
            strip_prefix: self.strip_prefix.clone(),
            add_prefix: self.add_prefix.clone(),
            connect_seconds: self.connect_seconds,
            response_seconds: self.response_seconds,
            most_exchanges: self.most_exchanges,
            least_rate: self.least_rate,
            stall_seconds: self.stall_seconds,
            health: self.health.clone(),
        }
    }

    /// The address, when that is all there is to say.
    fn short(&self) -> Option<&UpstreamAddress> {
        let [address] = self.addresses.as_slice() else { return None };
        (*self == Self::at(address.clone())).then_some(address)
    }
}

impl FromStr for Upstream {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.starts_with("https://") {
            return Err(format!(
                "`{}` does not say whom to trust: write a table, `{{ addresses = [\"10.0.0.5:8443\"], tls = {{ … }} }}`",
                text.escape_debug()
            ));
        }
        let wrong = || {
            format!(
                "`{}` is not an upstream: write `http://` and an IP address or a name with its port, for example `http://127.0.0.1:8080`, or a table with `addresses`",
                text.escape_debug()
            )
        };
        let address = text.strip_prefix("http://").ok_or_else(wrong)?;
        let address: UpstreamAddress = address.strip_suffix('/').unwrap_or(address).parse().map_err(|_| wrong())?;
        check_address(&address, &[])?;
        Ok(Self::at(address))
    }
}

fn check_address(address: &UpstreamAddress, special: &[IpAddr]) -> Result<(), String> {
    let never = match address {
        UpstreamAddress::Socket(socket) => is_never_an_application(socket.ip()) && !special.contains(&socket.ip()),
        // What a name resolves to is checked whenever it is resolved.
        UpstreamAddress::Named(..) => false,
    };
    if address.port() == 0 || never {
        return Err(format!(
            "`{address}` is not an address of an application: name another, or write it in `allow_special` too"
        ));
    }
    Ok(())
}

impl fmt::Display for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        for (number, address) in self.addresses.iter().enumerate() {
            let comma = if number == 0 { "" } else { ", " };
            write!(f, "{comma}{scheme}://{address}")?;
        }
        Ok(())
    }
}

impl Serialize for Upstream {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.short() {
            Some(_) => serializer.collect_str(self),
            None => self.to_table().serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Upstream {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextOrTable)
    }
}

struct TextOrTable;

impl<'de> Visitor<'de> for TextOrTable {
    type Value = Upstream;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`http://ADDRESS:PORT`, or a table with `addresses`")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Upstream, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Upstream, A::Error> {
        let table = Table::deserialize(MapAccessDeserializer::new(map))?;
        Upstream::of_table(table).map_err(A::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: serde_json::Value) -> Result<Upstream, String> {
        serde_json::from_value(value).map_err(|error| error.to_string())
    }

    #[test]
    fn the_short_form_and_the_table_come_back_as_they_were_written() {
        let short = json!("http://127.0.0.1:8080");
        let long = json!({
            "addresses": ["10.0.0.5:8443", "[fd00::6]:8443"],
            "protocol": "http2",
            "tls": { "server_name": "payroll.internal", "pins": ["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="] },
            "host": { "fixed": "payroll.internal" },
            "strip_prefix": "/api",
            "add_prefix": "/v1",
            "response_seconds": 120,
            "most_exchanges": 50,
            "least_rate": 100,
            "stall_seconds": 600,
        });
        let named = json!("http://payroll:8080");
        let special = json!({ "addresses": ["169.254.10.5:80", "localhost:8080"], "allow_special": ["169.254.10.5"], "protocol": "http1", "host": "preserve" });
        for written in [short, long, named, special] {
            let upstream = read(written.clone()).expect("an upstream");
            assert_eq!(serde_json::to_value(&upstream).expect("a document"), written);
        }
    }

    #[test]
    fn what_is_wrong_is_named_with_what_to_write() {
        let one = json!(["10.0.0.5:8443"]);
        for (wrong, says) in [
            (json!("https://10.0.0.5:8443"), "does not say whom to trust"),
            (json!("http://wiki"), "is not an upstream: write `http://`"),
            (json!("http://wiki/a:80"), "is not an upstream: write `http://`"),
            (
                json!({ "addresses": ["169.254.169.254:80"], "allow_special": ["169.254.169.253"] }),
                "write it in `allow_special`",
            ),
            (json!({ "addresses": [] }), "`addresses` has 0: write 1 to 32"),
            (json!({ "addresses": ["169.254.169.254:80"] }), "is not an address of an application"),
            (json!({ "addresses": ["10.0.0.5"] }), "is not the address of an application"),
            (json!({ "addresses": one, "protocol": "http3" }), "expected `http1` or `http2`"),
            (json!({ "addresses": one, "tsl": {} }), "unknown field `tsl`"),
            (json!({ "addresses": one, "tls": { "server_name": "a.internal" } }), "write `authorities` or `pins`"),
            (json!({ "addresses": one, "tls": { "server_name": "a.internal", "pins": ["abc"] } }), "base64"),
            (json!({ "addresses": one, "tls": { "server_name": "a.internal", "authorities": "abc" } }), "PEM"),
            (json!({ "addresses": one, "strip_prefix": "api" }), "is not a path prefix"),
            (json!({ "addresses": one, "response_seconds": 0 }), "nonzero"),
            (json!({ "addresses": one, "host": "other" }), "unknown variant `other`"),
        ] {
            let error = read(wrong.clone()).expect_err(says);
            assert!(error.contains(says), "{wrong}: {error}");
        }
    }
}
