//! Reads a file that others replace while the process runs, such as a renewed certificate. Refuses what is no plain file or is
//! larger than any file of its kind: a pipe would block the reader, and a device would never end.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rustix::fs::{Mode, OFlags};
use zeroize::Zeroizing;

/// The largest one: a chain of certificates, or a key, is a few thousand bytes.
const MOST: u64 = 1024 * 1024;

/// Opens a plain file to read it.
///
/// # Errors
/// What the system says; when it is no plain file.
pub fn open_plain(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    // The opened file is asked, not the path: what was looked at is what is read.
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("it is no plain file")) }
}

/// What is in a plain file. It may be a key.
///
/// # Errors
/// As [`open_plain`]; when it is larger than 1 MiB.
pub fn read_plain(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    read_whole(open_plain(path)?)
}

/// The permissions that a private key's file may not give: nothing to others, and to its group reading only, as a group of those
/// who serve TLS is usual (`root:ssl-cert`, mode 0640).
const EXPOSED: u32 = 0o037;

/// A private key in a plain file that others may not read.
///
/// # Errors
/// As [`read_plain`]; when others may read it, or its group may write it.
pub fn read_private_key(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let file = open_plain(path)?;
    let mode = file.metadata()?.mode() & 0o7777;
    if mode & EXPOSED != 0 {
        return Err(io::Error::other(format!(
            "it has mode {mode:04o}: nobody but its owner and a group that may read it must have access; run `chmod 640 {0}` (or \
             600), and replace the key if others had access",
            path.display()
        )));
    }
    read_whole(file)
}

fn read_whole(file: File) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(MOST + 1).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= MOST) {
        Ok(bytes)
    } else {
        Err(io::Error::other("it is larger than 1 MiB"))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_plain_file_is_read_whole_also_by_a_link() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        std::fs::write(&file, vec![b'a'; 1024 * 1024]).expect("written");
        std::os::unix::fs::symlink(&file, &link).expect("a link");
        assert_eq!(read_plain(&file).expect("read").len(), 1024 * 1024);
        assert_eq!(read_plain(&link).expect("read").len(), 1024 * 1024);
    }

    #[test]
    fn a_key_that_others_may_read_is_refused_and_its_group_may() {
        let folder = tempfile::tempdir().expect("a folder");
        let key = folder.path().join("key.pem");
        std::fs::write(&key, "a key").expect("written");
        let allow = |mode| std::fs::set_permissions(&key, std::fs::Permissions::from_mode(mode)).expect("chmod");
        for mode in [0o400, 0o440, 0o600, 0o640] {
            allow(mode);
            assert_eq!(read_private_key(&key).expect("read").as_slice(), b"a key", "{mode:o}");
        }
        for mode in [0o644, 0o604, 0o641, 0o660, 0o620, 0o666, 0o777] {
            allow(mode);
            let error = read_private_key(&key).expect_err("others may read it").to_string();
            assert!(error.contains(&format!("mode {mode:04o}")) && error.contains("chmod 640"), "{error}");
        }
    }

    #[test]
    fn what_would_hold_us_up_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let (pipe, large) = (folder.path().join("pipe"), folder.path().join("large"));
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, Mode::RUSR | Mode::WUSR, 0)
            .expect("a pipe");
        std::fs::write(&large, vec![b'a'; 1024 * 1024 + 1]).expect("written");
        for (path, why) in [
            (pipe.as_path(), "no plain file"),
            (folder.path(), "no plain file"),
            (Path::new("/dev/zero"), "no plain file"),
            (&large, "larger than 1 MiB"),
        ] {
            let error = read_plain(path).expect_err(why).to_string();
            assert!(error.contains(why), "{}: {error}", path.display());
        }
    }
}
