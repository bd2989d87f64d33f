//! A certificate that an application shows, for people who decide whether to trust it.

use sekisho_model::Timestamp;
use sekisho_model::documents::Pin;
use x509_parser::parse_x509_certificate;

/// What a page says of a certificate.
#[derive(Debug)]
pub(crate) struct CertificateView {
    pub(crate) subject: String,
    pub(crate) issuer: String,
    pub(crate) until: Option<Timestamp>,
    pub(crate) pin: String,
}

impl CertificateView {
    pub(crate) fn of((der, sha256): &(Vec<u8>, [u8; 32])) -> Self {
        let parsed = parse_x509_certificate(der).ok().map(|(_, parsed)| parsed);
        let text = |of: Option<String>| of.unwrap_or_default();
        Self {
            subject: text(parsed.as_ref().map(|one| one.subject().to_string())),
            issuer: text(parsed.as_ref().map(|one| one.issuer().to_string())),
            until: parsed.map(|one| Timestamp::from_millis(one.validity().not_after.timestamp().saturating_mul(1000))),
            pin: Pin::of(*sha256).to_string(),
        }
    }
}
