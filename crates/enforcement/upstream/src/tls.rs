//! TLS to an upstream: trust in the authorities and the keys that the document names, and in nobody else.

use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use sekisho_model::documents::{ClientIdentity, Pin, UpstreamProtocol, UpstreamTls};

use crate::plain_file::{read_plain, read_private_key};

/// The configuration for an upstream, or what is wrong with the document's or with the files that it names.
pub(crate) fn client_config(tls: &UpstreamTls, protocol: UpstreamProtocol) -> Result<Arc<ClientConfig>, String> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = Verifier::new(tls, provider.clone())?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(|error| error.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = match &tls.client_certificate {
        None => builder.with_no_client_auth(),
        Some(identity) => {
            let (chain, key) = load(identity)?;
            builder
                .with_client_auth_cert(chain, key)
                .map_err(|error| format!("`tls.client_certificate` cannot be used: {error}"))?
        }
    };
    config.alpn_protocols = match protocol {
        UpstreamProtocol::Http1 => vec![b"http/1.1".to_vec()],
        UpstreamProtocol::Http2 => vec![b"h2".to_vec()],
    };
    Ok(Arc::new(config))
}

fn load(identity: &ClientIdentity) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), String> {
    let unread =
        |field, error: &dyn std::fmt::Display| format!("`tls.client_certificate.{field}` cannot be read: {error}");
    let chain =
        read_plain(Path::new(&identity.certificate_file)).map_err(|error| unread("certificate_file", &error))?;
    let key = read_private_key(Path::new(&identity.key_file)).map_err(|error| unread("key_file", &error))?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&chain).collect();
    let chain = chain.map_err(|error| unread("certificate_file", &error))?;
    let key = PrivateKeyDer::from_pem_slice(&key).map_err(|error| unread("key_file", &error))?;
    Ok((chain, key))
}

/// Checks an upstream's certificate: by its authority and name, by its key, or by both.
#[derive(Debug)]
struct Verifier {
    by_authority: Option<Arc<WebPkiServerVerifier>>,
    pins: Vec<Pin>,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    fn new(tls: &UpstreamTls, provider: Arc<CryptoProvider>) -> Result<Self, String> {
        let by_authority = match &tls.authorities {
            None => None,
            Some(authorities) => {
                let mut roots = RootCertStore::empty();
                for certificate in authorities.certificates() {
                    let added = roots.add(certificate);
                    added.map_err(|error| format!("`tls.authorities` holds no authority's certificate: {error}"))?;
                }
                let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build();
                Some(verifier.map_err(|error| format!("`tls.authorities` cannot be used: {error}"))?)
            }
        };
        if by_authority.is_none() && tls.pins.is_empty() {
            return Err("`tls` trusts nobody: write `authorities` or `pins`".to_owned());
        }
        Ok(Self { by_authority, pins: tls.pins.clone(), provider })
    }

    fn is_pinned(&self, certificate: &CertificateDer<'_>) -> Result<bool, rustls::Error> {
        let key = ParsedCertificate::try_from(certificate)?.subject_public_key_info();
        let shown = digest(&SHA256, key.as_ref());
        Ok(self.pins.iter().any(|pin| verify_slices_are_equal(pin.sha256(), shown.as_ref()).is_ok()))
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if !self.pins.is_empty() && !self.is_pinned(certificate)? {
            return Err(CertificateError::ApplicationVerificationFailure.into());
        }
        match &self.by_authority {
            Some(verifier) => verifier.verify_server_cert(certificate, intermediates, name, ocsp, now),
            None => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
