//! The server's certificates by host name, and the authorities of device certificates; both can be replaced while running.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::{ArcSwap, ArcSwapOption};
use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

/// Which certificate each host gets. Replacing them affects new handshakes only.
#[derive(Debug)]
pub struct Certificates {
    current: ArcSwap<Table>,
    challenge: ArcSwapOption<Challenge>,
}

/// The answer to a certificate authority that asks whether a host is ours (`tls-alpn-01`, RFC 8737).
#[derive(Debug)]
struct Challenge {
    host: String,
    key: Arc<CertifiedKey>,
}

#[derive(Debug)]
struct Table {
    by_host: HashMap<String, Arc<CertifiedKey>>,
    default: Option<Arc<CertifiedKey>>,
    device_roots: Arc<RootCertStore>,
}

/// A certificate chain with its key.
pub struct ServerCertificate {
    /// The hosts it is for; empty makes it the one for every other host.
    pub hosts: Vec<String>,
    /// The chain, leaf first.
    pub chain: Vec<CertificateDer<'static>>,
    /// The leaf's private key.
    pub key: PrivateKeyDer<'static>,
}

/// Why certificates cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A key cannot be used, or does not belong to its certificate.
    #[error("the certificate for {hosts} cannot be used: {source}")]
    Key {
        /// The hosts of the certificate.
        hosts: String,
        /// What rustls said.
        source: rustls::Error,
    },
    /// A device authority's certificate is not one.
    #[error("a certificate of the device authority cannot be used: {0}")]
    Root(rustls::Error),
}

impl ServerCertificate {
    /// Whether the key can be used and belongs to the certificate.
    ///
    /// # Errors
    /// What rustls says when not.
    pub fn fits(&self) -> Result<(), rustls::Error> {
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        CertifiedKey::from_der(self.chain.clone(), self.key.clone_key(), &provider).map(drop)
    }
}

impl Certificates {
    /// The certificates, and the authorities (DER) whose device certificates are accepted.
    ///
    /// # Errors
    /// [`CertificateError`] when a key does not fit its certificate, or a certificate is not one.
    pub fn new(server: Vec<ServerCertificate>, device_roots: &[Vec<u8>]) -> Result<Self, CertificateError> {
        let current = ArcSwap::from_pointee(table(server, device_roots)?);
        Ok(Self { current, challenge: ArcSwapOption::empty() })
    }

    /// Shows this certificate to an authority that asks for its host with the protocol `acme-tls/1`, and to nobody else; or
    /// answers no such question any more.
    ///
    /// # Errors
    /// [`CertificateError::Key`] when the key cannot be used; no question is answered then.
    pub fn answer(&self, answer: Option<ServerCertificate>) -> Result<(), CertificateError> {
        self.challenge.store(None);
        let Some(ServerCertificate { hosts, chain, key }) = answer else { return Ok(()) };
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let host = hosts.join(", ");
        let key = provider.key_provider.load_private_key(key);
        let key = key.map_err(|source| CertificateError::Key { hosts: host.clone(), source })?;
        // Its critical extension is one that certificates of servers do not have: it is not read here.
        let key = Arc::new(CertifiedKey::new(chain, key));
        self.challenge.store(Some(Arc::new(Challenge { host: host.to_ascii_lowercase(), key })));
        Ok(())
    }

    /// Replaces everything at once.
    ///
    /// # Errors
    /// As [`Certificates::new`]; the old ones stay.
    pub fn replace(&self, server: Vec<ServerCertificate>, device_roots: &[Vec<u8>]) -> Result<(), CertificateError> {
        self.current.store(Arc::new(table(server, device_roots)?));
        Ok(())
    }

    pub(crate) fn for_host(&self, host: &str) -> Option<Arc<CertifiedKey>> {
        let table = self.current.load();
        table.by_host.get(host).or(table.default.as_ref()).cloned()
    }

    pub(crate) fn for_challenge(&self, host: &str) -> Option<Arc<CertifiedKey>> {
        let challenge = self.challenge.load();
        challenge.as_ref().filter(|challenge| challenge.host == host).map(|challenge| challenge.key.clone())
    }

    pub(crate) fn device_roots(&self) -> Arc<RootCertStore> {
        self.current.load().device_roots.clone()
    }
}

fn table(server: Vec<ServerCertificate>, device_roots: &[Vec<u8>]) -> Result<Table, CertificateError> {
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let mut table = Table { by_host: HashMap::new(), default: None, device_roots: Arc::new(RootCertStore::empty()) };
    for ServerCertificate { hosts, chain, key } in server {
        let certified = CertifiedKey::from_der(chain, key, &provider)
            .map_err(|source| CertificateError::Key { hosts: hosts.join(", "), source })?;
        let certified = Arc::new(certified);
        if hosts.is_empty() {
            table.default = Some(certified.clone());
        }
        for host in hosts {
            table.by_host.insert(host.to_ascii_lowercase(), certified.clone());
        }
    }
    let mut roots = RootCertStore::empty();
    for root in device_roots {
        roots.add(CertificateDer::from(root.clone())).map_err(CertificateError::Root)?;
    }
    table.device_roots = Arc::new(roots);
    Ok(table)
}
