//! The session file: what `sekisho login` leaves for the next commands. Only this user can read it.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use sekisho_agent::ServerAddress;
use sekisho_model::{DeviceId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{Server, TerminalError, Trust};

/// A terminal's session.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// The terminals' host.
    pub server: ServerAddress,
    /// How the host is recognised, and which key is shown to it.
    pub trust: Trust,
    /// The portal of the same platform. Sessions from before it was kept have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub portal: Option<ServerAddress>,
    /// Who is signed in.
    pub user: UserId,
    /// The device that the session is bound to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
    /// When it ends whatever happens.
    pub expires_at: Timestamp,
    credential: Zeroizing<String>,
}

/// Where the session is kept when nobody says otherwise.
///
/// # Errors
/// When the environment names no home.
pub fn default_file() -> Result<PathBuf, TerminalError> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = set("XDG_CONFIG_HOME").or_else(|| Some(set("HOME")?.join(".config")));
    Ok(folder.ok_or(TerminalError::NoHome)?.join("sekisho").join("session.json"))
}

impl Session {
    pub(crate) fn new(
        (server, trust): (ServerAddress, Trust),
        portal: Option<ServerAddress>,
        user: UserId,
        device: Option<DeviceId>,
        expires_at: Timestamp,
        credential: Zeroizing<String>,
    ) -> Self {
        Self { server, trust, portal, user, device, expires_at, credential }
    }

    /// The session in a file.
    ///
    /// # Errors
    /// When there is none, or others could have read it.
    pub fn read(path: &Path) -> Result<Self, TerminalError> {
        let failed = |source: std::io::Error| match source.kind() {
            std::io::ErrorKind::NotFound => TerminalError::NotSignedIn(path.to_owned()),
            _ => TerminalError::File { path: path.to_owned(), source },
        };
        let mut file = File::open(path).map_err(failed)?;
        let mode = file.metadata().map_err(failed)?.mode() & 0o7777;
        if mode & 0o077 != 0 {
            return Err(TerminalError::Exposed { path: path.to_owned(), mode });
        }
        let mut text = Zeroizing::new(String::new());
        file.read_to_string(&mut text).map_err(failed)?;
        serde_json::from_str(&text).map_err(|_| TerminalError::Damaged(path.to_owned()))
    }

    /// Keeps it in a file, whole, with mode 0600.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), TerminalError> {
        let draft = path.with_extension(format!("{}.new", std::process::id()));
        let write = || {
            if let Some(folder) = path.parent() {
                DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
            }
            let text = Zeroizing::new(serde_json::to_string_pretty(self)?);
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&draft, path)
        };
        write().map_err(|source| TerminalError::File { path: path.to_owned(), source })
    }

    /// Removes the file.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn remove(path: &Path) -> Result<(), TerminalError> {
        match fs::remove_file(path) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                Err(TerminalError::File { path: path.to_owned(), source })
            }
            _ => Ok(()),
        }
    }

    /// The host that it is a session of.
    ///
    /// # Errors
    /// When the device's key cannot be used.
    pub fn server(&self) -> Result<Server, TerminalError> {
        Server::new(self.server.clone(), &self.trust)
    }

    /// Whether a host is its terminals' host or its portal.
    #[must_use]
    pub fn is_of(&self, host: &ServerAddress) -> bool {
        let same = |own: &ServerAddress| (&own.host, own.port) == (&host.host, host.port);
        same(&self.server) || self.portal.as_ref().is_some_and(same)
    }

    /// What speaks for it. Show it to its server, and to nobody else.
    #[must_use]
    pub fn credential(&self) -> &str {
        &self.credential
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn session() -> Session {
        let place = ("https://terminal.test".parse().expect("an address"), Trust::Pin("ab".repeat(32)));
        let credential = Zeroizing::new("secret".to_owned());
        let portal = "https://portal.test:8443".parse().ok();
        Session::new(place, portal, "alice".parse().expect("a user"), None, Timestamp::from_millis(1), credential)
    }

    #[test]
    fn only_its_owner_reads_a_session_and_one_that_others_could_read_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("sekisho").join("session.json");
        assert!(matches!(Session::read(&path), Err(TerminalError::NotSignedIn(_))));
        session().write(&path).expect("written");
        let mode = |path: &Path| fs::metadata(path).expect("there").mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().expect("a folder"))), (0o600, 0o700));
        assert_eq!(Session::read(&path).expect("a session").credential(), "secret");
        for exposed in [0o640, 0o604, 0o666] {
            fs::set_permissions(&path, fs::Permissions::from_mode(exposed)).expect("set");
            assert!(matches!(Session::read(&path), Err(TerminalError::Exposed { .. })), "{exposed:o}");
        }
        Session::remove(&path).expect("removed");
        Session::remove(&path).expect("nothing to remove");
        assert!(!path.exists());
    }

    #[test]
    fn a_session_is_of_its_own_two_hosts_and_of_no_other() {
        let session = session();
        let is_of = |host: &str| session.is_of(&host.parse().expect("an address"));
        assert!(is_of("https://terminal.test") && is_of("https://portal.test:8443"));
        for other in ["https://portal.test", "https://terminal.test:8443", "https://test", "https://portal.other:8443"]
        {
            assert!(!is_of(other), "{other}");
        }
        let text = serde_json::to_string(&session).expect("JSON");
        let old = text.replace(r#""portal":{"host":"portal.test","port":8443},"#, "");
        assert_ne!(old, text);
        let old: Session = serde_json::from_str(&old).expect("a session of before");
        assert!(old.portal.is_none() && !old.is_of(&"https://portal.test:8443".parse().expect("an address")));
    }
}
