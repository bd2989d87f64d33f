//! One certificate for every host, from files.

use std::fmt;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use sekisho_model::Timestamp;
use zeroize::Zeroizing;

use crate::problem::CertificateProblem;
use crate::served::ServedCertificate;

/// The files of a certificate, both PEM.
#[derive(Debug, Clone)]
pub struct Files {
    /// The chain, leaf first.
    pub chain: PathBuf,
    /// The private key.
    pub key: PathBuf,
    /// How they are read.
    pub reader: Reader,
}

/// How files are read: the program's way, which bounds them and checks who else may read a key.
#[derive(Clone, Copy)]
pub struct Reader {
    /// Reads a file that others may read.
    pub plain: fn(&Path) -> io::Result<Zeroizing<Vec<u8>>>,
    /// Reads a file that holds a private key. The error of one that others may read is of the kind `Other`.
    pub private: fn(&Path) -> io::Result<Zeroizing<Vec<u8>>>,
}

/// What tells that a file was replaced, written or opened to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp([Option<(u64, u64, i64, i64)>; 2]);

impl Files {
    /// The certificate in the files, if it can be used for these hosts at `now`, and when it ends.
    ///
    /// # Errors
    /// [`CertificateProblem::Files`] with what is wrong and the fix.
    pub fn read(&self, hosts: &[String], now: Timestamp) -> Result<(ServedCertificate, Timestamp), CertificateProblem> {
        let of_chain = |error: &dyn fmt::Display| wrong("chain", &self.chain, error);
        let of_key = |error: &dyn fmt::Display| wrong("key", &self.key, error);
        let unreadable = |error: &dyn fmt::Display| format!("{error}: name a readable PEM file");
        let chain = (self.reader.plain)(&self.chain).map_err(|error| of_chain(&unreadable(&error)))?;
        let key = (self.reader.private)(&self.key).map_err(|error| match error.kind() {
            io::ErrorKind::Other => of_key(&error),
            _ => of_key(&unreadable(&error)),
        })?;
        let chain: Result<Vec<CertificateDer<'static>>, _> = CertificateDer::pem_slice_iter(&chain).collect();
        let chain = chain.map_err(|error| of_chain(&unreadable(&error)))?;
        let key = PrivateKeyDer::from_pem_slice(&key).map_err(|error| of_key(&unreadable(&error)))?;
        let leaf = chain.first().ok_or_else(|| of_chain(&"holds no certificate: name its PEM file"))?;
        let until = is_usable(leaf, hosts, now).map_err(|error| of_chain(&error))?;
        let certificate = ServedCertificate { hosts: Vec::new(), chain, key };
        certificate
            .fits()
            .map_err(|error| of_key(&format!("{error}: name the key that the certificate was made for")))?;
        Ok((certificate, until))
    }

    /// The files as they are now.
    pub(crate) fn stamp(&self) -> Stamp {
        Stamp([&self.chain, &self.key].map(|path| {
            let metadata = std::fs::metadata(path).ok()?;
            Some((metadata.ino(), metadata.len(), metadata.ctime(), metadata.ctime_nsec()))
        }))
    }
}

fn wrong(field: &str, path: &Path, error: &dyn fmt::Display) -> CertificateProblem {
    CertificateProblem::Files(format!("`certificate`: `{field}`: {}: {error}", path.display()))
}

/// When a certificate ends that is valid at `now` and good for those hosts.
fn is_usable(leaf: &CertificateDer<'_>, hosts: &[String], now: Timestamp) -> Result<Timestamp, String> {
    let (_, read) = x509_parser::parse_x509_certificate(leaf).map_err(|error| format!("is no certificate: {error}"))?;
    let (from, until) = (read.validity().not_before.timestamp(), read.validity().not_after.timestamp());
    let at = |seconds| Timestamp::from_millis(i64::saturating_mul(seconds, 1000));
    if now.as_seconds() < from || now.as_seconds() > until {
        return Err(format!("is valid from {} to {}, not now: renew it", at(from), at(until)));
    }
    let parsed = rustls::server::ParsedCertificate::try_from(leaf).map_err(|error| error.to_string())?;
    for host in hosts {
        let name = ServerName::try_from(host.as_str()).map_err(|error| error.to_string())?;
        rustls::client::verify_server_name(&parsed, &name)
            .map_err(|_| format!("is not good for `{host}`: it must name every host of the platform"))?;
    }
    Ok(at(until))
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reader")
    }
}
