//! Certificates that authenticate clients and nothing else.

use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, IsCa, KeyPair, PublicKeyData, SanType};
use rustls::pki_types::CertificateDer;
use sekisho_model::{Span, Timestamp};
use zeroize::Zeroizing;

use crate::authority::Authority;
use crate::certificate_authority::parameters;
use crate::error::AuthorityError;
use crate::pem::{certificate_pem, sha256_hex};

/// Whom a client certificate names, and for how long.
#[derive(Debug, Clone)]
pub struct ClientName<'a> {
    /// The common name, for people.
    pub name: &'a str,
    /// The one subject alternative name, a URI: what counts.
    pub uri: String,
    /// How long the certificate lasts.
    pub life: Span,
}

/// A certificate for a client's own key.
#[derive(Debug, Clone)]
pub struct ClientCertificate {
    /// The chain: the client's certificate, then the device authority's.
    pub chain: Vec<CertificateDer<'static>>,
    /// When it ends.
    pub not_after: Timestamp,
}

/// A new key with its certificate. The key is stored nowhere.
pub struct ClientKey {
    /// The chain in PEM.
    pub chain: String,
    /// The private key in PEM (PKCS #8).
    pub key: Zeroizing<String>,
    /// Hexadecimal SHA-256 of the public key (DER SubjectPublicKeyInfo).
    pub key_sha256: String,
    /// When the certificate ends.
    pub not_after: Timestamp,
}

impl Authority {
    /// A certificate for a client's public key. The authority sets every field.
    ///
    /// # Errors
    /// When the URI is not one, or the certificate would end after the year 9999.
    pub fn issue_client(
        &self,
        client: ClientName<'_>,
        key: &impl PublicKeyData,
        now: Timestamp,
    ) -> Result<ClientCertificate, AuthorityError> {
        let not_after = now.plus(client.life);
        let certificate = client_parameters(client, now, not_after)?.signed_by(key, &self.device.issuer)?;
        Ok(ClientCertificate { chain: vec![certificate.into(), self.device.certificate.clone()], not_after })
    }

    /// A new key with a certificate, for a client that cannot make a key itself.
    ///
    /// # Errors
    /// As [`Authority::issue_client`].
    pub fn issue_client_key(&self, client: ClientName<'_>, now: Timestamp) -> Result<ClientKey, AuthorityError> {
        let key = KeyPair::generate()?;
        let ClientCertificate { chain, not_after } = self.issue_client(client, &key, now)?;
        Ok(ClientKey {
            chain: chain.iter().map(|certificate| certificate_pem(certificate)).collect(),
            key: Zeroizing::new(key.serialize_pem()),
            key_sha256: sha256_hex(&key.subject_public_key_info()),
            not_after,
        })
    }
}

/// The fields of a leaf that authenticates a client and does nothing else.
fn client_parameters(
    client: ClientName<'_>,
    now: Timestamp,
    not_after: Timestamp,
) -> Result<CertificateParams, AuthorityError> {
    let mut params = parameters(client.name, now, not_after)?;
    params.subject_alt_names = vec![SanType::URI(client.uri.try_into()?)];
    params.is_ca = IsCa::ExplicitNoCa;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    Ok(params)
}
