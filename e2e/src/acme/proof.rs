//! The question whether a host is the client's: a handshake with `acme-tls/1` (RFC 8737), checked as strictly as it is written.

use std::net::SocketAddr;
use std::sync::Arc;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use x509_parser::extensions::GeneralName;

use crate::Trouble;

/// The extension that carries the digest.
const ACME_IDENTIFIER: &str = "1.3.6.1.5.5.7.1.31";

/// Asks for a host with those protocols, and gives the certificate that is shown. Nothing may come after it.
pub async fn ask(address: SocketAddr, host: &str, protocols: &[&[u8]]) -> Result<Vec<u8>, Trouble> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(Trouble::during("the protocol versions"))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anybody(provider)))
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    let name = ServerName::try_from(host.to_owned()).map_err(Trouble::during(host))?;
    let stream = TcpStream::connect(address).await.map_err(Trouble::during(address))?;
    let connected = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
    let mut stream = connected.map_err(Trouble::during("the handshake"))?;
    let (_, session) = stream.get_ref();
    if session.alpn_protocol() != Some(b"acme-tls/1") {
        return Err(Trouble::new("another protocol than acme-tls/1 was agreed on"));
    }
    let shown = session.peer_certificates().and_then(<[_]>::first).map(|certificate| certificate.to_vec());
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.map_err(Trouble::during("the end after the handshake"))?;
    if !rest.is_empty() {
        return Err(Trouble::new("something came after the handshake"));
    }
    shown.ok_or_else(|| Trouble::new("no certificate was shown"))
}

/// Checks that a certificate proves a host under that digest.
pub(super) fn proves(certificate: &[u8], host: &str, digest: &[u8]) -> Result<(), Trouble> {
    let (_, read) =
        x509_parser::parse_x509_certificate(certificate).map_err(Trouble::during("the certificate that was shown"))?;
    if read.issuer() != read.subject() {
        return Err(Trouble::new("the certificate is not self-signed"));
    }
    let names = read.subject_alternative_name().ok().flatten().map(|names| &names.value.general_names);
    if names.is_none_or(|names| *names != [GeneralName::DNSName(host)]) {
        return Err(Trouble::new("the certificate names another host, or more than one"));
    }
    let identifier = read.extensions().iter().find(|extension| extension.oid.to_id_string() == ACME_IDENTIFIER);
    match identifier {
        None => Err(Trouble::new("the certificate has no acmeIdentifier")),
        Some(found) if !found.critical => Err(Trouble::new("the acmeIdentifier is not critical")),
        Some(found) if found.value != [&[4, 32], digest].concat() => {
            Err(Trouble::new("the acmeIdentifier is of another key authorisation"))
        }
        Some(_) => Ok(()),
    }
}

/// Believes every certificate: it is read afterwards. That whoever shows it has its key is checked here, and not by rustls, which
/// reads no certificate with a critical extension that it does not know.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl Anybody {
    fn check(
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let wrong = || rustls::Error::General("whoever shows the certificate does not have its key".to_owned());
        let (_, read) = x509_parser::parse_x509_certificate(certificate).map_err(|_| wrong())?;
        let point = read.public_key().subject_public_key.data.to_vec();
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point);
        let is_signed = key.verify(message, signed.signature()).is_ok();
        let is_known = signed.scheme == SignatureScheme::ECDSA_NISTP256_SHA256;
        if is_known && is_signed { Ok(HandshakeSignatureValid::assertion()) } else { Err(wrong()) }
    }
}

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Self::check(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Self::check(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
