//! Whom the agent believes to be its server: the pinned server CA, under the server's right name.

use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

use crate::error::AgentError;
use crate::home::Home;

/// How the server is recognised at enrolment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerTrust {
    /// The server CA's certificate in PEM.
    Pem(String),
    /// The SHA-256 of the server CA's DER certificate, 64 hexadecimal digits. The server sends the certificate itself.
    Pin(String),
}

/// A TLS client configuration that authenticates with the device's key and believes the pinned server CA only.
///
/// # Errors
/// When the folder holds no usable enrolment.
pub fn client_config(data_dir: &Path) -> Result<ClientConfig, AgentError> {
    let home = Home::new(data_dir);
    let roots = roots(home.server_ca()?)?;
    let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(roots).with_client_auth_cert(home.chain()?, home.private_key()?)?)
}

/// A TLS client configuration without a client certificate: for enrolment, and for terminals of machines that are not enrolled.
///
/// # Errors
/// When the trusted CA or its pin is not one.
pub fn anonymous_config(trust: &ServerTrust) -> Result<ClientConfig, AgentError> {
    let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
    match trust {
        ServerTrust::Pem(pem) => {
            let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
            let roots = roots(chain.map_err(|_| AgentError::Trust)?)?;
            Ok(builder.with_root_certificates(roots).with_no_client_auth())
        }
        ServerTrust::Pin(pin) => {
            let verifier = Arc::new(PinnedCa { pin: decode_pin(pin)?, provider: provider() });
            Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
        }
    }
}

/// The server CA that was believed, out of the chain that the server sent.
pub(crate) fn believed(
    trust: &ServerTrust,
    sent: &[CertificateDer<'static>],
) -> Result<Vec<CertificateDer<'static>>, AgentError> {
    match trust {
        ServerTrust::Pem(pem) => {
            let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
            chain.map_err(|_| AgentError::Trust)
        }
        ServerTrust::Pin(pin) => {
            let pin = decode_pin(pin)?;
            Ok(vec![sent.iter().find(|der| is_pinned(der, &pin)).ok_or(AgentError::Trust)?.clone()])
        }
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

fn roots(certificates: Vec<CertificateDer<'static>>) -> Result<RootCertStore, AgentError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates {
        roots.add(certificate)?;
    }
    if roots.is_empty() { Err(AgentError::Trust) } else { Ok(roots) }
}

fn decode_pin(pin: &str) -> Result<[u8; 32], AgentError> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(pin.trim(), &mut bytes).map_err(|_| AgentError::Trust)?;
    Ok(bytes)
}

fn is_pinned(der: &CertificateDer<'_>, pin: &[u8; 32]) -> bool {
    digest(&SHA256, der).as_ref() == pin
}

/// Believes a chain that ends in the CA certificate with that hash, by the ordinary rules.
#[derive(Debug)]
struct PinnedCa {
    pin: [u8; 32],
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for PinnedCa {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let unknown = || rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer);
        let ca = intermediates.iter().find(|der| is_pinned(der, &self.pin)).ok_or_else(unknown)?;
        let mut roots = RootCertStore::empty();
        roots.add(ca.clone().into_owned())?;
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&self.provider));
        let verifier = verifier.build().map_err(|_| unknown())?;
        verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
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
