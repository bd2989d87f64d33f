//! Device public keys: which kinds are accepted, and how a signature by one is verified.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ED25519, ParsedPublicKey, VerificationAlgorithm,
};
use rcgen::{PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519, PublicKeyData, SubjectPublicKeyInfo};
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::prelude::FromDer;

/// The public key of a device or of another client, of an accepted kind: ECDSA on P-256 or P-384, or Ed25519.
#[derive(Debug, Clone)]
pub struct DeviceKey {
    der: Vec<u8>,
    info: SubjectPublicKeyInfo,
}

impl DeviceKey {
    /// The key in a DER SubjectPublicKeyInfo, if it is of an accepted kind and really a key.
    pub(crate) fn from_der(der: &[u8]) -> Option<Self> {
        let info = SubjectPublicKeyInfo::from_der(der).ok()?;
        let key = Self { der: der.to_vec(), info };
        ParsedPublicKey::new(key.algorithm()?, key.info.der_bytes()).ok()?;
        Some(key)
    }

    /// The key in a PKCS#10 request, if the request proves that its sender holds the private key. Nothing else in the
    /// request is looked at.
    #[must_use]
    pub fn from_request(der: &[u8]) -> Option<Self> {
        let (rest, request) = X509CertificationRequest::from_der(der).ok()?;
        let key = Self::from_der(request.certification_request_info.subject_pki.raw)?;
        request.verify_signature().ok()?;
        rest.is_empty().then_some(key)
    }

    /// The DER SubjectPublicKeyInfo.
    pub(crate) fn der(&self) -> &[u8] {
        &self.der
    }

    /// The same for the certificate's maker.
    #[must_use]
    pub const fn info(&self) -> &SubjectPublicKeyInfo {
        &self.info
    }

    /// Hexadecimal SHA-256 of the DER form.
    #[must_use]
    pub fn sha256(&self) -> String {
        sha256_hex(&self.der)
    }

    /// Whether this key signed that message.
    pub(crate) fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let key = self.algorithm().and_then(|kind| ParsedPublicKey::new(kind, self.info.der_bytes()).ok());
        key.is_some_and(|key| key.verify_sig(message, signature).is_ok())
    }

    fn algorithm(&self) -> Option<&'static dyn VerificationAlgorithm> {
        let kind = self.info.algorithm();
        if kind == &PKCS_ECDSA_P256_SHA256 {
            Some(&ECDSA_P256_SHA256_ASN1)
        } else if kind == &PKCS_ECDSA_P384_SHA384 {
            Some(&ECDSA_P384_SHA384_ASN1)
        } else if kind == &PKCS_ED25519 {
            Some(&ED25519)
        } else {
            None
        }
    }
}

/// Hexadecimal SHA-256.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(digest(&SHA256, bytes))
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};

    use super::*;

    #[test]
    fn accepted_kinds_prove_possession_and_sign() {
        for kind in [&PKCS_ECDSA_P256_SHA256, &PKCS_ECDSA_P384_SHA384, &PKCS_ED25519] {
            let pair = KeyPair::generate_for(kind).expect("a key");
            let request = CertificateParams::default().serialize_request(&pair).expect("a request");
            let key = DeviceKey::from_request(request.der()).expect("accepted");
            assert_eq!(key.der(), pair.subject_public_key_info());
            let signature = rcgen::SigningKey::sign(&pair, b"message").expect("a signature");
            assert!(key.signed(b"message", &signature));
            assert!(!key.signed(b"other message", &signature));
            assert!(!key.signed(b"message", &[]));
        }
    }

    #[test]
    fn other_kinds_are_refused() {
        for kind in [&rcgen::PKCS_ECDSA_P521_SHA512, &rcgen::PKCS_RSA_SHA256] {
            let pair = KeyPair::generate_for(kind).expect("a key");
            let request = CertificateParams::default().serialize_request(&pair).expect("a request");
            assert!(DeviceKey::from_request(request.der()).is_none(), "{kind:?}");
        }
    }

    #[test]
    fn a_request_that_does_not_prove_possession_is_refused() {
        let pair = KeyPair::generate().expect("a key");
        let request = CertificateParams::default().serialize_request(&pair).expect("a request");
        let good = request.der().to_vec();
        assert!(DeviceKey::from_request(&good).is_some());
        for position in 0..good.len() {
            let mut bad = good.clone();
            bad[position] ^= 1;
            assert!(DeviceKey::from_request(&bad).is_none_or(|key| key.der() == pair.subject_public_key_info()));
        }
        let mut flipped = good.clone();
        *flipped.last_mut().expect("not empty") ^= 1;
        assert!(DeviceKey::from_request(&flipped).is_none());
        let mut trailing = good.clone();
        trailing.push(0);
        assert!(DeviceKey::from_request(&trailing).is_none());
        assert!(DeviceKey::from_request(&good[..good.len() - 1]).is_none());
        assert!(DeviceKey::from_request(&[]).is_none());
    }
}
