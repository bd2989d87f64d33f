//! The server that questions are forwarded to, as the configuration names it.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};

/// A server: `tls://192.0.2.53#dns.example.jp` speaks DNS over TLS and proves that name; `tcp://127.0.0.1:53` speaks plainly, and only on
/// this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) name: Option<ServerName<'static>>,
}

/// Why a text names no server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write `tls://192.0.2.53#dns.example.jp`, or `tcp://127.0.0.1:53` for a server on this machine")]
pub struct ServerError;

const TLS_PORT: u16 = 853;
const PLAIN_PORT: u16 = 53;

impl FromStr for Server {
    type Err = ServerError;

    fn from_str(text: &str) -> Result<Self, ServerError> {
        if let Some(rest) = text.strip_prefix("tls://") {
            let (address, name) = rest.split_once('#').ok_or(ServerError)?;
            let name = ServerName::try_from(name.to_owned()).map_err(|_| ServerError)?;
            return Ok(Self { address: place(address, TLS_PORT)?, name: Some(name) });
        }
        let address = place(text.strip_prefix("tcp://").ok_or(ServerError)?, PLAIN_PORT)?;
        // What goes over a network in the clear tells everybody on the way what is asked, and lets them answer.
        if address.ip().is_loopback() { Ok(Self { address, name: None }) } else { Err(ServerError) }
    }
}

fn place(text: &str, port: u16) -> Result<SocketAddr, ServerError> {
    let alone = text.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, port));
    let place = alone.or_else(|_| text.parse::<SocketAddr>()).map_err(|_| ServerError)?;
    if place.port() == 0 { Err(ServerError) } else { Ok(place) }
}

/// What servers' certificates are checked with: the authorities in this file, or those of the system.
pub(crate) fn client_config(authority: Option<&Path>) -> Result<Arc<ClientConfig>, String> {
    let mut roots = RootCertStore::empty();
    match authority {
        Some(file) => {
            let certificates =
                CertificateDer::pem_file_iter(file).map_err(|error| format!("{}: {error}", file.display()))?;
            for certificate in certificates {
                let added = certificate
                    .map_err(|error| error.to_string())
                    .and_then(|it| roots.add(it).map_err(|error| error.to_string()));
                added.map_err(|error| format!("{}: {error}", file.display()))?;
            }
        }
        None => drop(roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs)),
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let mut config = config.map_err(|error| error.to_string())?.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"dot".to_vec()];
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_proves_its_name_or_is_on_this_machine() {
        for (text, address) in [
            ("tls://192.0.2.53#dns.example.jp", "192.0.2.53:853"),
            ("tls://[2001:db8::1]:8853#dns.example.jp", "[2001:db8::1]:8853"),
            ("tcp://127.0.0.1", "127.0.0.1:53"),
            ("tcp://[::1]:5353", "[::1]:5353"),
        ] {
            let server: Server = text.parse().expect(text);
            assert_eq!(server.address.to_string(), address);
        }
        for wrong in [
            "",
            "192.0.2.53",
            "udp://127.0.0.1",
            "tcp://192.0.2.53",
            "tls://192.0.2.53",
            "tls://192.0.2.53#",
            "tls://dns.example.jp#a",
            "tls://192.0.2.53:0#a.test",
            "tcp://127.0.0.1#a.test",
            "tls://192.0.2.53#a b",
        ] {
            assert_eq!(wrong.parse::<Server>(), Err(ServerError), "{wrong}");
        }
    }
}
