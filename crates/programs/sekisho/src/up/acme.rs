//! What `[acme]` orders: the settings with the files that they name.

use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use sekisho_acme::{ExternalAccount, Settings};
use sekisho_certificates::Ordering;
use sekisho_gateway::{open_plain, read_plain};
use zeroize::Zeroizing;

use crate::cli::Failure;
use crate::configuration::{AcmeSetting, Configuration, StoreSetting};

/// Authorities give the key with or without padding.
const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
/// The largest file with a key.
const MOST_KEY: u64 = 4096;

/// What is ordered, if anything is.
pub(super) fn ordering(configuration: &Configuration) -> Result<Option<Ordering>, Failure> {
    let Some(setting) = &configuration.acme else { return Ok(None) };
    let external_account = match &setting.external_account {
        None => None,
        Some(account) => {
            let key = secret(&account.key_file).map_err(|why| {
                let file = account.key_file.display();
                Failure::usage(format_args!("`acme`: `external_account`: `key_file`: {file}: {why}"))
            })?;
            Some(ExternalAccount { key_id: account.key_id.clone(), key })
        }
    };
    let settings = Arc::new(Settings {
        directory: setting.directory.clone(),
        contact: setting.contact.clone(),
        external_account,
        roots: Arc::new(roots(setting)?),
        shared_store: configuration.store != StoreSetting::Embedded,
    });
    Ok(Some(Ordering { settings, hosts: setting.hosts.clone() }))
}

/// The authorities that the directory's certificate may be from.
fn roots(setting: &AcmeSetting) -> Result<RootCertStore, Failure> {
    let mut roots = RootCertStore::empty();
    let Some(file) = &setting.trust else {
        for certificate in rustls_native_certs::load_native_certs().certs {
            // What the system keeps and rustls does not understand vouches for nobody.
            let _ = roots.add(certificate);
        }
        return if roots.is_empty() {
            let fix = "install the package `ca-certificates`, or name the directory's authority as `trust`";
            Err(Failure::usage(format_args!("`acme`: this system trusts no authority: {fix}")))
        } else {
            Ok(roots)
        };
    };
    let wrong = |error: &dyn std::fmt::Display| {
        Failure::usage(format_args!("`acme`: `trust`: {}: {error}: name a readable PEM file", file.display()))
    };
    let text = read_plain(file).map_err(|error| wrong(&error))?;
    for certificate in CertificateDer::pem_slice_iter(&text) {
        roots.add(certificate.map_err(|error| wrong(&error))?).map_err(|error| wrong(&error))?;
    }
    if roots.is_empty() { Err(wrong(&"holds no certificate")) } else { Ok(roots) }
}

/// The key in a file that nobody else may read.
fn secret(path: &Path) -> Result<Zeroizing<Vec<u8>>, String> {
    let file = open_plain(path).map_err(|error| format!("{error}: name a readable file"))?;
    // The opened file is asked, not the path: what was checked is what is read.
    let metadata = file.metadata().map_err(|error| error.to_string())?;
    if metadata.mode() & 0o077 != 0 {
        return Err(format!("others must not read it: run `chmod 600 {}`", path.display()));
    }
    let mut text = Zeroizing::new(String::with_capacity(256));
    file.take(MOST_KEY).read_to_string(&mut text).map_err(|error| error.to_string())?;
    let key = BASE64URL.decode(text.trim()).unwrap_or_default();
    if key.is_empty() {
        return Err("holds no key in base64url: copy it as the authority shows it".to_owned());
    }
    Ok(Zeroizing::new(key))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_key_that_others_may_read_or_that_is_none_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("key");
        let mode = |mode| std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).expect("chmod");
        assert!(secret(&file).expect_err("no file").contains("readable file"));
        std::fs::write(&file, "c2VjcmV0\n").expect("a file");
        mode(0o644);
        assert!(secret(&file).expect_err("0644").contains("chmod 600"));
        mode(0o600);
        assert_eq!(&**secret(&file).expect("a key"), b"secret");
        std::fs::write(&file, "c2VjcmV0cw==").expect("a file");
        assert_eq!(&**secret(&file).expect("a padded key"), b"secrets");
        std::fs::write(&file, "no key").expect("a file");
        assert!(secret(&file).expect_err("no key").contains("base64url"));
    }
}
