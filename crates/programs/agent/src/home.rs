//! The agent's folder: key, certificate, server CA and enrolment. Only this user can read it.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rcgen::KeyPair;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use sekisho_model::{DeviceId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::error::AgentError;
use crate::server::ServerAddress;

const KEY: &str = "device.key";
const CERTIFICATE: &str = "device.crt";
const SERVER_CA: &str = "server-ca.pem";
const ENROLMENT: &str = "agent.json";

/// What the agent knows of its enrolment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enrolment {
    /// Which device it is.
    pub device: DeviceId,
    /// Where it reports to.
    pub server: ServerAddress,
    /// The only site it proves the device to.
    pub portal_origin: String,
    /// When its certificate ends.
    pub not_after: Timestamp,
    /// The port on 127.0.0.1 where that site looks for the agent; absent means the usual one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_port: Option<u16>,
}

/// The enrolment in a folder.
///
/// # Errors
/// When there is none.
pub fn enrolment(data_dir: &Path) -> Result<Enrolment, AgentError> {
    Home::new(data_dir).enrolment()
}

/// Notes that the platform of an enrolment is reached at another address now. The device, its key and the authority that it
/// trusts stay.
///
/// # Errors
/// When there is no enrolment, or its file cannot be written.
pub fn follow(data_dir: &Path, server: ServerAddress, portal_origin: String) -> Result<(), AgentError> {
    let home = Home::new(data_dir);
    home.write_enrolment(&Enrolment { server, portal_origin, ..home.enrolment()? })
}

/// The agent's folder.
#[derive(Debug, Clone)]
pub(crate) struct Home(PathBuf);

impl Home {
    pub(crate) fn new(folder: &Path) -> Self {
        Self(folder.to_owned())
    }

    /// Makes the folder, readable by this user only.
    pub(crate) fn make(&self) -> Result<(), AgentError> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.0).map_err(|source| file_error(&self.0, source))
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.0
    }

    pub(crate) fn is_enrolled(&self) -> bool {
        self.0.join(ENROLMENT).exists()
    }

    pub(crate) fn enrolment(&self) -> Result<Enrolment, AgentError> {
        let path = self.0.join(ENROLMENT);
        if !path.exists() {
            return Err(AgentError::NotEnrolled(self.0.clone()));
        }
        serde_json::from_slice(&read(&path)?).map_err(|_| AgentError::Damaged(path))
    }

    /// The device's key. Refused when others could have read it.
    pub(crate) fn key(&self) -> Result<KeyPair, AgentError> {
        let path = self.0.join(KEY);
        let mut file = File::open(&path).map_err(|source| file_error(&path, source))?;
        let mode = file.metadata().map_err(|source| file_error(&path, source))?.mode() & 0o7777;
        if mode & 0o077 != 0 {
            return Err(AgentError::KeyExposed { path, mode });
        }
        let mut pem = String::new();
        file.read_to_string(&mut pem).map_err(|source| file_error(&path, source))?;
        KeyPair::from_pem(&pem).map_err(|_| AgentError::Damaged(path))
    }

    /// The device's key for rustls.
    pub(crate) fn private_key(&self) -> Result<PrivateKeyDer<'static>, AgentError> {
        Ok(PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key()?.serialize_der())))
    }

    pub(crate) fn chain(&self) -> Result<Vec<CertificateDer<'static>>, AgentError> {
        self.certificates(CERTIFICATE)
    }

    pub(crate) fn server_ca(&self) -> Result<Vec<CertificateDer<'static>>, AgentError> {
        self.certificates(SERVER_CA)
    }

    pub(crate) fn write_key(&self, key: &KeyPair) -> Result<(), AgentError> {
        self.write(KEY, key.serialize_pem().as_bytes())
    }

    pub(crate) fn write_chain(&self, chain: &[CertificateDer<'_>]) -> Result<(), AgentError> {
        self.write(CERTIFICATE, pem(chain).as_bytes())
    }

    pub(crate) fn write_server_ca(&self, chain: &[CertificateDer<'_>]) -> Result<(), AgentError> {
        self.write(SERVER_CA, pem(chain).as_bytes())
    }

    pub(crate) fn write_enrolment(&self, enrolment: &Enrolment) -> Result<(), AgentError> {
        let text = serde_json::to_vec_pretty(enrolment).map_err(|_| AgentError::Damaged(self.0.join(ENROLMENT)))?;
        self.write(ENROLMENT, &text)
    }

    fn certificates(&self, name: &str) -> Result<Vec<CertificateDer<'static>>, AgentError> {
        let path = self.0.join(name);
        let pem = read(&path)?;
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
        chain.ok().filter(|chain| !chain.is_empty()).ok_or(AgentError::Damaged(path))
    }

    /// Replaces a file whole: a reader, or the next start, sees the old one or the new one.
    fn write(&self, name: &str, content: &[u8]) -> Result<(), AgentError> {
        let (path, draft) = (self.0.join(name), self.0.join(format!("{name}.new")));
        let write = || {
            if draft.exists() {
                fs::remove_file(&draft)?;
            }
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
            file.write_all(content)?;
            file.sync_all()?;
            fs::rename(&draft, &path)
        };
        write().map_err(|source| file_error(&path, source))
    }
}

fn read(path: &Path) -> Result<Vec<u8>, AgentError> {
    fs::read(path).map_err(|source| file_error(path, source))
}

fn file_error(path: &Path, source: std::io::Error) -> AgentError {
    AgentError::File { path: path.to_owned(), source }
}

fn pem(chain: &[CertificateDer<'_>]) -> String {
    use base64::Engine;
    let mut text = String::new();
    for certificate in chain {
        text.push_str("-----BEGIN CERTIFICATE-----\n");
        let body = base64::engine::general_purpose::STANDARD.encode(certificate);
        for line in body.as_bytes().chunks(64) {
            text.push_str(&String::from_utf8_lossy(line));
            text.push('\n');
        }
        text.push_str("-----END CERTIFICATE-----\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_key_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let home = Home::new(&folder.path().join("agent"));
        home.make().expect("made");
        home.write_key(&KeyPair::generate().expect("a key")).expect("written");
        assert!(home.key().is_ok());
        assert_eq!(fs::metadata(home.folder()).expect("there").mode() & 0o777, 0o700);
        for mode in [0o640, 0o604, 0o660, 0o644, 0o777] {
            fs::set_permissions(home.folder().join(KEY), fs::Permissions::from_mode(mode)).expect("set");
            assert!(matches!(home.key(), Err(AgentError::KeyExposed { .. })), "{mode:o}");
        }
        fs::set_permissions(home.folder().join(KEY), fs::Permissions::from_mode(0o400)).expect("set");
        assert!(home.key().is_ok());
    }

    #[test]
    fn a_folder_without_an_enrolment_says_so() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(matches!(enrolment(folder.path()), Err(AgentError::NotEnrolled(_))));
        fs::write(folder.path().join(ENROLMENT), "{").expect("written");
        assert!(matches!(enrolment(folder.path()), Err(AgentError::Damaged(_))));
    }

    #[test]
    fn an_enrolment_follows_its_platform_and_stays_what_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let home = Home::new(folder.path());
        let address = |text: &str| -> ServerAddress { text.parse().expect("an address") };
        let there = address("https://devices.localhost:2");
        assert!(matches!(follow(folder.path(), there.clone(), String::new()), Err(AgentError::NotEnrolled(_))));
        let first = Enrolment {
            device: "laptop".parse().expect("a name"),
            server: address("https://devices.localhost:1"),
            portal_origin: "https://portal.localhost:1".to_owned(),
            not_after: Timestamp::from_millis(7),
            agent_port: Some(3),
        };
        home.write_enrolment(&first).expect("written");
        let portal = "https://portal.localhost:2".to_owned();
        follow(folder.path(), there.clone(), portal.clone()).expect("followed");
        assert_eq!(enrolment(folder.path()).ok(), Some(Enrolment { server: there, portal_origin: portal, ..first }));
    }
}
