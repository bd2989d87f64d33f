//! One place where an application listens: an IP address, or a name that is resolved while the gateway runs.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use arcstr::ArcStr;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Where an application listens.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum UpstreamAddress {
    /// An IP address with its port.
    Socket(SocketAddr),
    /// A name with its port: every address that it resolves to serves.
    Named(ArcStr, u16),
}

impl UpstreamAddress {
    /// Its port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        match self {
            Self::Socket(address) => address.port(),
            Self::Named(_, port) => *port,
        }
    }

    /// The host as it stands in a URL.
    #[must_use]
    pub fn written_host(&self) -> String {
        match self {
            Self::Socket(SocketAddr::V4(address)) => address.ip().to_string(),
            Self::Socket(SocketAddr::V6(address)) => format!("[{}]", address.ip()),
            Self::Named(name, _) => name.to_string(),
        }
    }

    /// The name that is resolved, where there is one.
    #[must_use]
    pub const fn name(&self) -> Option<&ArcStr> {
        match self {
            Self::Socket(_) => None,
            Self::Named(name, _) => Some(name),
        }
    }
}

/// Addresses that no application has unless its document names them: unspecified, broadcast, multicast, and those where
/// clouds keep the secrets of a machine (link-local, and the few that are not), also where a network translates an IPv6 address to one.
#[must_use]
pub fn is_never_an_application(address: IpAddr) -> bool {
    const METADATA_V4: [Ipv4Addr; 3] =
        [Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(168, 63, 129, 16), Ipv4Addr::new(192, 0, 0, 192)];
    const METADATA_V6: [Ipv6Addr; 2] =
        [Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254), Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)];
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            v4.octets().starts_with(&[0])
                || v4.is_broadcast()
                || v4.is_multicast()
                || v4.is_link_local()
                || METADATA_V4.contains(&v4)
        }
        IpAddr::V6(v6) => {
            v6.is_unspecified()
                || v6.is_multicast()
                || v6.is_unicast_link_local()
                || METADATA_V6.contains(&v6)
                || translated(v6).is_some_and(|v4| is_never_an_application(IpAddr::V4(v4)))
        }
    }
}

/// The IPv4 address to which a network may translate an IPv6 address: NAT64 (RFC 6052, RFC 8215), SIIT (RFC 7915), 6to4 (RFC 3056) and
/// IPv4-compatible addresses. With DNS64 every name of an IPv4 address has one.
fn translated(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let four = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 1] => None,
        [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x64, 0xff9b, 1, _, _, _, high, low]
        | [0, 0, 0, 0, 0xffff | 0, 0, high, low]
        | [0x2002, high, low, ..] => Some(four(high, low)),
        _ => None,
    }
}

impl From<SocketAddr> for UpstreamAddress {
    fn from(address: SocketAddr) -> Self {
        Self::Socket(address)
    }
}

impl FromStr for UpstreamAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(address) = text.parse::<SocketAddr>() {
            return Ok(Self::Socket(address));
        }
        let wrong = || {
            format!(
                "`{}` is not the address of an application: write an IP address or a name with its port, for example `10.0.0.5:8080` or `payroll:8080`",
                text.escape_debug()
            )
        };
        let (name, port) = text.rsplit_once(':').ok_or_else(wrong)?;
        let port = port.parse::<u16>().map_err(|_| wrong())?;
        if is_name(name) { Ok(Self::Named(ArcStr::from(name.to_ascii_lowercase()), port)) } else { Err(wrong()) }
    }
}

/// Whether a text is a name: labels of letters, digits, hyphens and, as container platforms have them, underscores. A last
/// label that begins with a digit could be read as an IPv4 address.
fn is_name(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let labels = text.strip_suffix('.').unwrap_or(text);
    let last = labels.rsplit('.').next().unwrap_or_default();
    text.len() <= 253 && labels.split('.').all(is_label) && !last.starts_with(|first: char| first.is_ascii_digit())
}

impl fmt::Display for UpstreamAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Socket(address) => address.fmt(f),
            Self::Named(name, port) => write!(f, "{name}:{port}"),
        }
    }
}

impl Serialize for UpstreamAddress {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for UpstreamAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_number_or_a_name_with_a_port() {
        for (text, host, port) in [
            ("10.0.0.5:8080", "10.0.0.5", 8080),
            ("[fd00::6]:8443", "[fd00::6]", 8443),
            ("Payroll:80", "payroll", 80),
            ("localhost:1", "localhost", 1),
            ("my_service.app.svc.cluster.local.:8080", "my_service.app.svc.cluster.local.", 8080),
        ] {
            let address = text.parse::<UpstreamAddress>().expect("an address");
            assert_eq!((address.written_host().as_str(), address.port()), (host, port));
            assert_eq!(address.to_string(), text.to_ascii_lowercase());
        }
        for wrong in [
            "",
            "payroll",
            ":80",
            "pay roll:80",
            "a/b:80",
            "u@a:80",
            "10.0.0:80",
            "1:80",
            "0x7f.1:80",
            "a..b:80",
            "-a:80",
            "a:b",
            "a:99999",
            "日本:80",
            "fd00::6:80",
        ] {
            assert!(wrong.parse::<UpstreamAddress>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn addresses_where_clouds_keep_secrets_are_no_applications() {
        for never in [
            "169.254.169.254",
            "fd00:ec2::254",
            "fe80::1",
            "0.0.0.0",
            "0.0.0.1",
            "::ffff:169.254.1.1",
            "168.63.129.16",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::169.254.169.254",
            "64:ff9b::100.100.100.200",
            "::ffff:0:169.254.169.254",
            "::169.254.169.254",
            "2002:a9fe:a9fe::1",
        ] {
            assert!(is_never_an_application(never.parse().expect("an address")), "{never}");
        }
        for may_be in
            ["127.0.0.1", "::1", "10.0.0.5", "fd00::6", "192.0.2.1", "64:ff9b::10.0.0.5", "2002:a00:5::1", "::10.0.0.5"]
        {
            assert!(!is_never_an_application(may_be.parse().expect("an address")), "{may_be}");
        }
    }
}
