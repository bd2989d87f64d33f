//! Certificates of the platform's own hosts.

use rcgen::{ExtendedKeyUsagePurpose, KeyPair, SanType};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use sekisho_model::{Span, Timestamp};

use crate::authority::Authority;
use crate::certificate_authority::parameters;
use crate::error::AuthorityError;

/// How long a certificate of one of our hosts lasts.
const LIFE: Span = Span::from_minutes(90 * 24 * 60);

/// A certificate for some of the platform's hosts, with its key.
pub struct ServerCertificate {
    /// The chain: the hosts' certificate, then the server authority's, so that a client that only has its hash can find it.
    pub chain: Vec<CertificateDer<'static>>,
    /// The key.
    pub key: PrivateKeyDer<'static>,
    /// When it ends.
    pub not_after: Timestamp,
}

impl Authority {
    /// A new key and certificate for the platform's hosts (DNS names; a leading `*.` is allowed).
    ///
    /// # Errors
    /// When a host is not a DNS name.
    pub fn issue_server(&self, hosts: &[impl AsRef<str>], now: Timestamp) -> Result<ServerCertificate, AuthorityError> {
        let key = KeyPair::generate()?;
        let not_after = now.plus(LIFE);
        let mut params = parameters(hosts.first().map_or("sekisho", AsRef::as_ref), now, not_after)?;
        for host in hosts {
            params.subject_alt_names.push(SanType::DnsName(host.as_ref().try_into()?));
        }
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = params.signed_by(&key, &self.server.issuer)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        Ok(ServerCertificate { chain: vec![certificate.into(), self.server.certificate.clone()], key, not_after })
    }
}
