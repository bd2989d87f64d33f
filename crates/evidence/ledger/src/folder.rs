//! Where things lie in a ledger's folder, and how files are written and synced there.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::error::LedgerError;
use crate::tree::TILE;

/// A ledger's folder.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    root: PathBuf,
}

impl Folder {
    pub(crate) fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn checkpoint(&self) -> PathBuf {
        self.root.join("checkpoint")
    }

    pub(crate) fn head(&self) -> PathBuf {
        self.root.join("head")
    }

    pub(crate) fn journals(&self) -> PathBuf {
        self.root.join("journal")
    }

    pub(crate) fn journal(&self, first: u64) -> PathBuf {
        self.journals().join(format!("{first:020}"))
    }

    pub(crate) fn segments(&self) -> PathBuf {
        self.root.join("access")
    }

    pub(crate) fn segment(&self, number: u64) -> PathBuf {
        self.segments().join(format!("{number:010}"))
    }

    /// The file with the summaries of the bundles of that number and the 255 after it, in numbers of 256.
    pub(crate) fn summaries(&self, number: u64) -> PathBuf {
        self.root.join(format!("search/{number:010}"))
    }

    /// A tile of hashes with that many of its 256 places filled.
    pub(crate) fn tile(&self, level: usize, number: u64, width: usize) -> PathBuf {
        self.root.join(format!("tile/{level}/{}", numbered(number, width)))
    }

    /// An entry bundle with that many of its 256 places filled.
    pub(crate) fn bundle(&self, number: u64, width: usize) -> PathBuf {
        self.root.join(format!("tile/entries/{}", numbered(number, width)))
    }

    /// A path as it is named in a finding.
    pub(crate) fn name(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }

    /// The numbers that name the files in one of the folders `journal` and `access`, in order; other names are passed over.
    pub(crate) fn numbers(&self, folder: &Path) -> Result<Vec<u64>, LedgerError> {
        let mut numbers = Vec::new();
        let entries = match std::fs::read_dir(folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(numbers),
            entries => entries.map_err(LedgerError::opening(folder))?,
        };
        for entry in entries {
            let name = entry.map_err(LedgerError::file(folder))?.file_name();
            numbers.extend(name.to_str().and_then(|name| name.parse::<u64>().ok()));
        }
        numbers.sort_unstable();
        Ok(numbers)
    }
}

/// The number of a tile as tlog-tiles writes it: groups of three digits, all but the last marked with `x`.
fn numbered(number: u64, width: usize) -> String {
    let mut text = format!("{:03}", number % 1000);
    let mut rest = number / 1000;
    while rest > 0 {
        text = format!("x{:03}/{text}", rest % 1000);
        rest /= 1000;
    }
    if width < TILE { format!("{text}.p/{width}") } else { text }
}

/// Makes a folder that only this user reads, and those above it.
pub(crate) fn make_folder(path: &Path) -> Result<(), LedgerError> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(LedgerError::file(path))
}

/// Makes a file that only this user reads.
pub(crate) fn create(path: &Path) -> Result<File, LedgerError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    options.open(path).map_err(LedgerError::opening(path))
}

/// Puts a file or a folder on the disk.
pub(crate) fn sync(path: &Path) -> Result<(), LedgerError> {
    let file = File::open(path).map_err(LedgerError::opening(path))?;
    file.sync_all().map_err(LedgerError::file(path))
}

/// The content of a file; `None` when there is no such file.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>, LedgerError> {
    match std::fs::read(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        content => content.map(Some).map_err(LedgerError::file(path)),
    }
}

/// Replaces a small file whole, so that a reader sees the old or the new one.
pub(crate) fn replace(path: &Path, content: &[u8]) -> Result<(), LedgerError> {
    let draft = path.with_extension("draft");
    create(&draft)?.write_all(content).map_err(LedgerError::file(&draft))?;
    std::fs::rename(&draft, path).map_err(LedgerError::file(path))
}

/// Files that were written and are not yet known to be on the disk.
#[derive(Debug, Default)]
pub(crate) struct Unsynced {
    files: BTreeSet<PathBuf>,
}

impl Unsynced {
    /// Writes a whole file, to be synced later.
    pub(crate) fn write(&mut self, path: PathBuf, content: &[u8]) -> Result<(), LedgerError> {
        if let Some(folder) = path.parent()
            && !folder.is_dir()
        {
            make_folder(folder)?;
        }
        create(&path)?.write_all(content).map_err(LedgerError::file(&path))?;
        self.files.insert(path);
        Ok(())
    }

    /// Removes a file that is no longer needed.
    pub(crate) fn remove(&mut self, path: &Path) -> Result<(), LedgerError> {
        self.files.remove(path);
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(LedgerError::file(path)(error)),
            _ => Ok(()),
        }
    }

    /// Puts everything on the disk: the files, and the folders they are in up to the ledger's.
    pub(crate) fn sync(&mut self, folder: &Folder) -> Result<(), LedgerError> {
        let mut folders = BTreeSet::new();
        for path in &self.files {
            sync(path)?;
            let above = path.ancestors().skip(1).take_while(|above| above.starts_with(folder.root()));
            folders.extend(above.map(Path::to_owned));
        }
        folders.iter().try_for_each(|path| sync(path))?;
        self.files.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_are_named_as_the_specification_names_them() {
        assert_eq!(numbered(0, 256), "000");
        assert_eq!(numbered(1_234_067, 256), "x001/x234/067");
        assert_eq!(numbered(5, 8), "005.p/8");
        assert_eq!(numbered(1000, 255), "x001/000.p/255");
    }
}
