//! The master key: the one secret that is not in the database.

use std::fmt;
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// 256 bits under which secrets in the database are sealed. Wiped from memory when dropped; never shown.
#[derive(Clone)]
pub struct MasterKey(Zeroizing<[u8; Self::LENGTH]>);

/// Why there is no master key. Never tells a part of it.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// The file cannot be read or made.
    #[error("the master key file `{path}` cannot be used: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Others may read the file.
    #[error(
        "the master key file `{path}` has mode {mode:04o}: others must not read it; run `chmod 600 {path}`, and replace the key if others had access"
    )]
    Mode {
        /// Which file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file belongs to somebody else.
    #[error(
        "the master key file `{path}` belongs to user {owner}, and this program runs as user {user}: run it as user {owner}, or, if the platform runs as user {user}, `chown {user} {path}`"
    )]
    Owner {
        /// Which file.
        path: PathBuf,
        /// The numeric user it belongs to.
        owner: u32,
        /// The numeric user of this process.
        user: u32,
    },
    /// It is a folder, a device or the like.
    #[error("the master key file `{path}` is not a regular file: symbolic links and devices are refused")]
    NotAFile {
        /// Which file.
        path: PathBuf,
    },
    /// The text is not 32 bytes in base64.
    #[error("the master key in {place} is not 32 bytes in base64: make one with `head -c 32 /dev/urandom | base64`")]
    Malformed {
        /// Where it was read.
        place: String,
    },
    /// The operating system gives no random bytes.
    #[error("the operating system gives no random bytes for a new master key")]
    Randomness,
}

impl MasterKey {
    /// Its length in bytes.
    pub const LENGTH: usize = 32;

    /// A new random key.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn generate() -> Result<Self, MasterKeyError> {
        let mut bytes = Zeroizing::new([0; Self::LENGTH]);
        rand::fill(bytes.as_mut_slice()).map_err(|_| MasterKeyError::Randomness)?;
        Ok(Self(bytes))
    }

    /// The key with that text: base64 of 32 bytes. `place` names where it came from (`environment variable X`) in an error.
    ///
    /// # Errors
    /// When the text is something else.
    pub fn from_text(text: &str, place: &str) -> Result<Self, MasterKeyError> {
        let malformed = || MasterKeyError::Malformed { place: place.to_owned() };
        let decoded = Zeroizing::new(STANDARD.decode(text.trim()).map_err(|_| malformed())?);
        let bytes: [u8; Self::LENGTH] = decoded.as_slice().try_into().map_err(|_| malformed())?;
        Ok(Self(Zeroizing::new(bytes)))
    }

    /// The key in that file, which must be a regular file of this user that nobody else may read.
    ///
    /// # Errors
    /// When it is not, or holds something else.
    pub fn open(path: &Path) -> Result<Self, MasterKeyError> {
        let failed = |source| MasterKeyError::File { path: path.to_owned(), source };
        let flags = (rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK).bits();
        let opened = std::fs::OpenOptions::new().read(true).custom_flags(flags.cast_signed()).open(path);
        let file = opened.map_err(|source| {
            let link = source.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error());
            if link { MasterKeyError::NotAFile { path: path.to_owned() } } else { failed(source) }
        })?;
        // The opened file is asked, not the path: what was checked is what is read.
        check_keeping(path, &file.metadata().map_err(failed)?)?;
        let mut text = Zeroizing::new(String::with_capacity(256));
        file.take(256).read_to_string(&mut text).map_err(failed)?;
        Self::from_text(&text, &format!("the file `{}`", path.display()))
    }

    /// The key in that file; when there is no file, a new key in a new file with mode 0600.
    ///
    /// # Errors
    /// As [`MasterKey::open`], or when the file cannot be made.
    pub fn create_or_open(path: &Path) -> Result<Self, MasterKeyError> {
        match std::fs::symlink_metadata(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => create(path)?,
            _ => {}
        }
        Self::open(path)
    }

    pub(crate) fn bytes(&self) -> &[u8; Self::LENGTH] {
        &self.0
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(hidden)")
    }
}

fn check_keeping(path: &Path, metadata: &std::fs::Metadata) -> Result<(), MasterKeyError> {
    let path = path.to_owned();
    if !metadata.is_file() {
        return Err(MasterKeyError::NotAFile { path });
    }
    let mode = metadata.mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(MasterKeyError::Mode { path, mode });
    }
    let (owner, user) = (metadata.uid(), rustix::process::geteuid().as_raw());
    if owner != user {
        return Err(MasterKeyError::Owner { path, owner, user });
    }
    Ok(())
}

/// Makes the file whole or not at all: a crash leaves no half-written key, and of two processes one wins.
fn create(path: &Path) -> Result<(), MasterKeyError> {
    let failed = |source| MasterKeyError::File { path: path.to_owned(), source };
    let folder = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let key = MasterKey::generate()?;
    let text = Zeroizing::new(STANDARD.encode(key.bytes()) + "\n");
    let draft = path.with_extension(format!("draft-{}", std::process::id()));
    let write = || {
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        match std::fs::hard_link(&draft, path) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        std::fs::remove_file(&draft)?;
        std::fs::File::open(folder)?.sync_all()
    };
    write().map_err(failed)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn same(a: &MasterKey, b: &MasterKey) -> bool {
        a.bytes() == b.bytes()
    }

    #[test]
    fn i13_a_key_is_made_once_and_read_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("master.key");
        let made = MasterKey::create_or_open(&path).expect("made");
        assert!(same(&made, &MasterKey::create_or_open(&path).expect("read")));
        assert!(same(&made, &MasterKey::open(&path).expect("read")));
        assert_eq!(std::fs::metadata(&path).expect("a file").mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1, "no draft is left");
    }

    #[test]
    fn i13_a_key_that_others_may_read_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("master.key");
        MasterKey::create_or_open(&path).expect("made");
        for mode in [0o640, 0o604, 0o644, 0o660, 0o601] {
            std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).expect("chmod");
            let refused = MasterKey::create_or_open(&path).expect_err("refused");
            assert!(matches!(refused, MasterKeyError::Mode { mode: found, .. } if found == mode), "{refused}");
        }
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o400)).expect("chmod");
        MasterKey::open(&path).expect("0400 is as narrow as 0600");
    }

    #[test]
    fn i13_a_link_a_folder_and_a_wrong_text_are_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, link) = (folder.path().join("master.key"), folder.path().join("link"));
        MasterKey::create_or_open(&path).expect("made");
        symlink(&path, &link).expect("linked");
        assert!(matches!(MasterKey::create_or_open(&link), Err(MasterKeyError::NotAFile { .. })));
        assert!(MasterKey::create_or_open(folder.path()).is_err());
        assert!(matches!(MasterKey::open(&folder.path().join("none")), Err(MasterKeyError::File { .. })));
        for text in ["", "AAAA", "not base64 at all!", &"A".repeat(44)] {
            std::fs::write(&path, text).expect("written");
            assert!(matches!(MasterKey::open(&path), Err(MasterKeyError::Malformed { .. })), "{text}");
        }
    }

    #[test]
    fn a_file_of_another_user_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("master.key");
        MasterKey::create_or_open(&path).expect("made");
        // Only root can give a file away; for anybody else the system's own files are somebody else's.
        let given = std::os::unix::fs::chown(&path, Some(65_534), None).is_ok();
        if given {
            assert!(matches!(MasterKey::open(&path), Err(MasterKeyError::Owner { owner: 65_534, .. })));
        } else {
            assert!(MasterKey::open(Path::new("/etc/hostname")).is_err());
        }
    }

    #[test]
    fn a_key_is_not_shown() {
        let key = MasterKey::from_text(&STANDARD.encode([7; 32]), "test").expect("a key");
        assert_eq!(format!("{key:?}"), "MasterKey(hidden)");
        let error = MasterKey::from_text("c2VjcmV0", "environment variable X").expect_err("too short");
        assert!(!format!("{error} {error:?}").contains("c2VjcmV0"), "{error}");
    }
}
