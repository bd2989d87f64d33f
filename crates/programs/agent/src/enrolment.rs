//! Enrolment: a fresh key, a one-time token, a certificate. And renewal, with the same key.

use std::path::PathBuf;

use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256};
use rustls::pki_types::CertificateDer;
use sekisho_device_protocol::Base64;
use sekisho_device_protocol::enrolment::{ENROL_PATH, EnrolRequest, Issued, RENEW_PATH, RenewRequest};

use crate::client::{Client, Failure};
use crate::error::AgentError;
use crate::home::{Enrolment, Home};
use crate::server::ServerAddress;
use crate::trust::{self, ServerTrust};

/// What enrolment needs. Without `Debug`, so that no log tells the token.
#[derive(Clone)]
pub struct EnrolOptions {
    /// The devices host.
    pub server: ServerAddress,
    /// How it is recognised.
    pub trust: ServerTrust,
    /// The one-time token.
    pub token: String,
    /// Where key and certificate are kept.
    pub data_dir: PathBuf,
}

/// Enrols this machine: makes a key, proves it to the server, keeps the certificate.
///
/// # Errors
/// When the folder holds an enrolment already, the server cannot be reached or recognised, or it refuses.
pub async fn enroll(options: &EnrolOptions) -> Result<Enrolment, AgentError> {
    let home = Home::new(&options.data_dir);
    if home.is_enrolled() {
        return Err(AgentError::Enrolled(options.data_dir.clone()));
    }
    home.make()?;
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    home.write_key(&key)?;
    let client = Client::new(options.server.clone(), trust::anonymous_config(&options.trust)?);
    let request = EnrolRequest { token: options.token.clone(), csr: request(&key)? };
    let answer = client.post::<Issued>(ENROL_PATH, &request).await.map_err(AgentError::from)?;
    home.write_server_ca(&trust::believed(&options.trust, &answer.chain)?)?;
    keep(&home, &options.server, answer.value)
}

/// Renews the certificate with the same key.
pub(crate) async fn renew(home: &Home, server: &ServerAddress, client: &Client) -> Result<Enrolment, Failure> {
    let request = RenewRequest { csr: request(&home.key()?)? };
    let answer = client.post::<Issued>(RENEW_PATH, &request).await?;
    Ok(keep(home, server, answer.value)?)
}

/// A certificate request: only its public key and signature count.
fn request(key: &KeyPair) -> Result<Base64, AgentError> {
    Ok(Base64(CertificateParams::default().serialize_request(key)?.der().to_vec()))
}

/// Keeps what was issued. The enrolment comes last: it says that the rest is complete.
fn keep(home: &Home, server: &ServerAddress, issued: Issued) -> Result<Enrolment, AgentError> {
    let chain: Vec<_> = issued.chain.into_iter().map(|der| CertificateDer::from(der.0)).collect();
    home.write_chain(&chain)?;
    let enrolment = Enrolment {
        device: issued.device,
        server: server.clone(),
        portal_origin: issued.portal_origin,
        not_after: issued.not_after,
        agent_port: issued.agent_port,
    };
    home.write_enrolment(&enrolment)?;
    Ok(enrolment)
}
