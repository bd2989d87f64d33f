//! A certificate that was issued: checked before it is kept and shown.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::sign::CertifiedKey;
use sekisho_model::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::failure::{OrderFailure, shown};

/// The longest chain that every client takes: they bound a message of the handshake, some at 64 KiB.
const LONGEST: usize = 48 * 1024;

/// A certificate for one host, with its key.
pub struct Issued {
    /// The host.
    pub host: String,
    /// The chain, leaf first.
    pub chain: Vec<CertificateDer<'static>>,
    /// When it begins.
    pub from: Timestamp,
    /// When it ends.
    pub until: Timestamp,
    /// When it came.
    pub(crate) taken: Timestamp,
    key: Zeroizing<Vec<u8>>,
}

/// The same as it is sealed.
#[derive(Serialize, Deserialize)]
pub(crate) struct StoredCertificate {
    /// The directory of the authority that issued it.
    pub(crate) directory: String,
    taken: Timestamp,
    chain: Vec<String>,
    key: String,
}

impl Issued {
    /// The key.
    #[must_use]
    pub fn key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key.to_vec()))
    }

    /// What an authority sent for a key of ours, if it is what was ordered.
    pub(crate) fn from_pem(
        host: &str,
        pem: &str,
        key: Zeroizing<Vec<u8>>,
        now: Timestamp,
    ) -> Result<Self, OrderFailure> {
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
        let chain = chain.map_err(|error| OrderFailure::Unusable(shown(&error.to_string())))?;
        let issued = Self::checked(host, chain, key, now).map_err(|why| OrderFailure::Unusable(shown(&why)))?;
        if now < issued.from || now >= issued.until {
            let (from, until) = (issued.from, issued.until);
            let why = format!("it is valid from {from} to {until}, and here it is {now}: compare the clocks");
            return Err(OrderFailure::Unusable(why));
        }
        Ok(issued)
    }

    pub(crate) fn stored(&self, directory: &str) -> StoredCertificate {
        StoredCertificate {
            directory: directory.to_owned(),
            taken: self.taken,
            chain: self.chain.iter().map(|certificate| STANDARD.encode(certificate)).collect(),
            key: STANDARD.encode(&self.key),
        }
    }

    pub(crate) fn read(host: &str, stored: &StoredCertificate) -> Result<Self, String> {
        let decode = |text: &String| STANDARD.decode(text).map_err(|error| error.to_string());
        let chain: Result<Vec<_>, _> = stored.chain.iter().map(|text| decode(text).map(CertificateDer::from)).collect();
        Self::checked(host, chain?, Zeroizing::new(decode(&stored.key)?), stored.taken)
    }

    /// A certificate that is for that host and that key.
    fn checked(
        host: &str,
        chain: Vec<CertificateDer<'static>>,
        key: Zeroizing<Vec<u8>>,
        taken: Timestamp,
    ) -> Result<Self, String> {
        let leaf = chain.first().ok_or("there is no certificate")?;
        if chain.iter().map(|certificate| certificate.len()).sum::<usize>() > LONGEST {
            return Err(format!("the chain is longer than {LONGEST} bytes: clients would not take it"));
        }
        let (_, read) = x509_parser::parse_x509_certificate(leaf).map_err(|error| error.to_string())?;
        let (from, until) = (read.validity().not_before.timestamp(), read.validity().not_after.timestamp());
        let parsed = rustls::server::ParsedCertificate::try_from(leaf).map_err(|error| error.to_string())?;
        let name = ServerName::try_from(host).map_err(|error| error.to_string())?;
        rustls::client::verify_server_name(&parsed, &name).map_err(|_| format!("it is not for `{host}`"))?;
        let at = |seconds| Timestamp::from_millis(i64::saturating_mul(seconds, 1000));
        let issued = Self { host: host.to_owned(), from: at(from), until: at(until), taken, chain, key };
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        CertifiedKey::from_der(issued.chain.clone(), issued.key(), &provider).map_err(|error| error.to_string())?;
        Ok(issued)
    }
}

impl fmt::Debug for Issued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Issued({}, {} to {})", self.host, self.from, self.until)
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};

    use super::*;

    fn issue(host: &str, key: &KeyPair) -> String {
        let mut params = CertificateParams::new(vec![host.to_owned()]).expect("a host");
        params.not_before = rcgen::date_time_ymd(2026, 1, 1);
        params.not_after = rcgen::date_time_ymd(2026, 4, 1);
        params.self_signed(key).expect("a certificate").pem()
    }

    fn secret(key: &KeyPair) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(key.serialize_der())
    }

    #[test]
    fn what_was_ordered_is_taken_and_kept_as_it_is() {
        let key = KeyPair::generate().expect("a key");
        let in_it = Timestamp::from_millis(1_770_000_000_000);
        let issued = Issued::from_pem("a.example", &issue("a.example", &key), secret(&key), in_it).expect("taken");
        let stored = serde_json::to_value(issued.stored("https://ca/d")).expect("a document");
        let read = Issued::read("a.example", &serde_json::from_value(stored).expect("a document")).expect("read");
        assert_eq!((read.from, read.until, read.taken), (issued.from, issued.until, in_it));
        assert_eq!((&read.chain, read.key()), (&issued.chain, issued.key()));
    }

    #[test]
    fn another_host_another_key_and_another_time_are_refused() {
        let (key, other) = (KeyPair::generate().expect("a key"), KeyPair::generate().expect("a key"));
        let in_it = Timestamp::from_millis(1_770_000_000_000);
        let pem = issue("a.example", &key);
        for (host, pem, key, now, why) in [
            ("b.example", &pem, &key, in_it, "not for `b.example`"),
            ("a.example", &pem, &other, in_it, "keys may not be consistent"),
            ("a.example", &pem, &key, Timestamp::from_millis(0), "compare the clocks"),
            ("a.example", &String::new(), &key, in_it, "no certificate"),
            ("a.example", &pem.repeat(200), &key, in_it, "longer than"),
        ] {
            let failure = Issued::from_pem(host, pem, secret(key), now).expect_err(why).to_string();
            assert!(failure.contains(why), "{failure}");
        }
    }
}
