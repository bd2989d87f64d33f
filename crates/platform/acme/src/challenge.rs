//! The answer to an authority's question: a certificate that says what only the account's owner knows (RFC 8737).

use rcgen::{CertificateParams, CustomExtension, DistinguishedName, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use serde::{Deserialize, Serialize};

use crate::failure::OrderFailure;

/// What is shown to a client that asks for a host with the protocol `acme-tls/1`, and to nobody else.
#[derive(Debug)]
pub struct ChallengeAnswer {
    /// The host.
    pub host: String,
    /// The self-signed certificate.
    pub certificate: CertificateDer<'static>,
    /// Its key.
    pub key: PrivateKeyDer<'static>,
}

/// An open question, as it is sealed for other processes on the same store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Question {
    /// The order's lease: the question is answered for as long as it is held.
    pub(crate) lease: String,
    /// The host.
    pub(crate) host: String,
    /// SHA-256 of the key authorisation, hexadecimal.
    pub(crate) digest: String,
}

impl Question {
    pub(crate) fn answer(&self) -> Result<ChallengeAnswer, OrderFailure> {
        let digest = hex::decode(&self.digest).ok().filter(|digest| digest.len() == 32);
        let digest = digest.ok_or_else(|| OrderFailure::Own("the digest of a challenge is damaged".to_owned()))?;
        let mut params = CertificateParams::new(vec![self.host.clone()])?;
        params.distinguished_name = DistinguishedName::new();
        params.custom_extensions = vec![CustomExtension::new_acme_identifier(&digest)];
        let key = KeyPair::generate()?;
        let certificate = params.self_signed(&key)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        Ok(ChallengeAnswer { host: self.host.clone(), certificate: certificate.into(), key })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_names_the_host_and_the_digest_and_is_critical() {
        let digest = "ab".repeat(32);
        let question = Question { lease: "l".to_owned(), host: "a.example".to_owned(), digest: digest.clone() };
        let answer = question.answer().expect("an answer");
        let (_, read) = x509_parser::parse_x509_certificate(&answer.certificate).expect("a certificate");
        let found = read.extensions().iter().find(|extension| extension.oid.to_id_string() == "1.3.6.1.5.5.7.1.31");
        let found = found.expect("the acmeIdentifier");
        assert!(found.critical);
        assert_eq!(hex::encode(found.value), format!("0420{digest}"));
        let names = read.subject_alternative_name().expect("names").expect("names");
        assert_eq!(names.value.general_names, [x509_parser::extensions::GeneralName::DNSName("a.example")]);
    }

    #[test]
    fn a_damaged_digest_is_no_answer() {
        for digest in ["", "ab", &"zz".repeat(32)] {
            let question = Question { lease: String::new(), host: "a.example".to_owned(), digest: digest.to_owned() };
            assert!(question.answer().is_err(), "{digest}");
        }
    }
}
