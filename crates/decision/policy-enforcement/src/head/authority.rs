//! Host and port, from the Host field, `:authority` or an absolute target.

use std::fmt;
use std::net::Ipv6Addr;

use sekisho_model::Host;

use crate::Malformed;

/// A host name with the port that was written after it, if any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    host: Host,
    port: Option<u16>,
}

impl Authority {
    /// The canonical host.
    #[must_use]
    pub const fn host(&self) -> &Host {
        &self.host
    }

    /// The port, if it was written.
    #[must_use]
    pub const fn port(&self) -> Option<u16> {
        self.port
    }

    /// Reads `host` or `host:port`: no user information, no path, no list, no trailing dot.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let text = std::str::from_utf8(bytes).map_err(|_| Malformed::HostForm)?;
        if text.is_empty() {
            return Err(Malformed::HostMissing);
        }
        if let Some(rest) = text.strip_prefix('[') {
            let is_address = rest.split_once(']').is_some_and(|(address, port)| {
                address.parse::<Ipv6Addr>().is_ok()
                    && (port.is_empty() || port.strip_prefix(':').is_some_and(|port| read_port(port).is_ok()))
            });
            return Err(if is_address { Malformed::HostIsAddress } else { Malformed::HostForm });
        }
        let (name, port) = match text.split_once(':') {
            Some((name, port)) => (name, Some(read_port(port)?)),
            None => (text, None),
        };
        match name.parse() {
            Ok(host) => Ok(Self { host, port }),
            Err(_) if reads_as_ipv4(name) => Err(Malformed::HostIsAddress),
            Err(_) => Err(Malformed::HostForm),
        }
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => write!(f, "{}:{port}", self.host),
            None => self.host.fmt(f),
        }
    }
}

pub(super) fn read_port(text: &str) -> Result<u16, Malformed> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    if plain { text.parse().map_err(|_| Malformed::HostForm) } else { Err(Malformed::HostForm) }
}

/// Whether some parser takes the name for an IPv4 address: dotted numbers, octal, hexadecimal or short forms.
pub(super) fn reads_as_ipv4(name: &str) -> bool {
    name.split('.').all(|label| {
        let hexadecimal = label.strip_prefix("0x").or_else(|| label.strip_prefix("0X"));
        match hexadecimal {
            Some(digits) => digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
            None => !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_digit()),
        }
    })
}
