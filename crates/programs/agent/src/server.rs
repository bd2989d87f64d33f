//! The address of the devices host: the name it must prove, and where to connect.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;

use sekisho_model::Host;
use serde::{Deserialize, Serialize};

use crate::error::AgentError;

/// The devices host: `https://name[:port]`, and optionally another address to connect to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerAddress {
    /// Its name: what its certificate must be for.
    pub host: Host,
    /// Its port.
    pub port: u16,
    /// Where to connect instead of what the name resolves to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connect: Option<SocketAddr>,
}

impl ServerAddress {
    /// The `Host` of requests.
    #[must_use]
    pub fn authority(&self) -> String {
        if self.port == 443 { self.host.to_string() } else { format!("{}:{}", self.host, self.port) }
    }

    /// The addresses to try. Names under `localhost` are this machine (RFC 6761) whatever the resolver says.
    ///
    /// # Errors
    /// When the name cannot be resolved.
    pub async fn addresses(&self) -> std::io::Result<Vec<SocketAddr>> {
        if let Some(address) = self.connect {
            return Ok(vec![address]);
        }
        let host = self.host.as_str();
        if host == "localhost" || host.ends_with(".localhost") {
            return Ok(vec![SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), self.port)]);
        }
        Ok(tokio::net::lookup_host((host, self.port)).await?.collect())
    }
}

impl FromStr for ServerAddress {
    type Err = AgentError;

    fn from_str(text: &str) -> Result<Self, AgentError> {
        let wrong = || AgentError::Address(text.chars().take(200).collect());
        let rest = text.strip_prefix("https://").ok_or_else(wrong)?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = match rest.split_once(':') {
            Some((host, port)) => (host, port.parse().ok().filter(|port| *port != 0).ok_or_else(wrong)?),
            None => (rest, 443),
        };
        Ok(Self { host: host.parse().map_err(|_| wrong())?, port, connect: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_https_and_a_name() {
        let address: ServerAddress = "https://devices.localhost:8443/".parse().expect("an address");
        assert_eq!(address.authority(), "devices.localhost:8443");
        assert_eq!("https://d.example".parse::<ServerAddress>().expect("an address").authority(), "d.example");
        for bad in
            ["http://d.example", "d.example", "https://", "https://d:0", "https://d:x", "https://d/x", "https://u@d"]
        {
            assert!(bad.parse::<ServerAddress>().is_err(), "{bad}");
        }
    }
}
