//! The reserve: a file that keeps room on the disk, released when the disk is full so that administration goes on.

use std::fs::File;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FallocateFlags, fallocate, statvfs};

/// Less room than this is not worth an attempt to open the ledger again.
const WORTH_OPENING: u64 = 256 << 10;

/// A file that only keeps room.
#[derive(Debug, Clone)]
pub(crate) struct Reserve {
    path: PathBuf,
    bytes: u64,
}

impl Reserve {
    pub(crate) const fn new(path: PathBuf, bytes: u64) -> Self {
        Self { path, bytes }
    }

    /// Keeps the room.
    pub(crate) fn keep(&self) -> std::io::Result<()> {
        let mut options = File::options();
        let file = options.write(true).create(true).truncate(false).mode(0o600).open(&self.path)?;
        if file.metadata()?.len() >= self.bytes {
            return Ok(());
        }
        let folder = self.path.parent().unwrap_or(Path::new("."));
        if free_bytes(folder).is_ok_and(|free| free < self.bytes.saturating_add(WORTH_OPENING)) {
            self.release();
            return Err(rustix::io::Errno::NOSPC.into());
        }
        match fallocate(&file, FallocateFlags::empty(), 0, self.bytes) {
            // A file system that cannot keep room has no reserve.
            Err(rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::NOSYS) => Ok(()),
            kept => {
                if kept.is_err() {
                    // What was kept so far is needed more elsewhere.
                    self.release();
                }
                Ok(kept?)
            }
        }
    }

    /// Gives the room back to the disk.
    pub(crate) fn release(&self) {
        if let Err(error) = std::fs::remove_file(&self.path)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::error!(%error, "the reserve on the disk was not released");
        }
    }
}

/// The bytes that this user may still write on the disk of a folder.
///
/// # Errors
/// When the system does not say.
pub fn free_bytes(folder: &Path) -> std::io::Result<u64> {
    let disk = statvfs(folder)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Whether there is enough room to try; a file system that does not say is tried.
pub(crate) fn is_worth_opening(folder: &Path) -> bool {
    free_bytes(folder).map_or(true, |free| free >= WORTH_OPENING)
}
