//! The certificate that a proxy shows to browsers: its own, which the test's clients trust.

use std::path::{Path, PathBuf};

use crate::Trouble;

/// A certificate for some hosts, in a folder.
#[derive(Debug)]
pub struct Site {
    folder: PathBuf,
}

impl Site {
    /// A new one in that folder.
    pub fn make(folder: &Path, hosts: &[&str]) -> Result<Self, Trouble> {
        let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
        let made = rcgen::generate_simple_self_signed(hosts).map_err(Trouble::during("a certificate"))?;
        std::fs::create_dir_all(folder).map_err(Trouble::during(folder.display()))?;
        let site = Self { folder: folder.to_owned() };
        for (file, text) in [(site.certificate(), made.cert.pem()), (site.key(), made.signing_key.serialize_pem())] {
            std::fs::write(&file, text).map_err(Trouble::during(file.display()))?;
        }
        Ok(site)
    }

    /// The certificate's file, in PEM; who trusts it trusts the proxy.
    #[must_use]
    pub fn certificate(&self) -> PathBuf {
        self.folder.join("certificate.pem")
    }

    /// The file of its private key, in PEM.
    #[must_use]
    pub fn key(&self) -> PathBuf {
        self.folder.join("key.pem")
    }
}
