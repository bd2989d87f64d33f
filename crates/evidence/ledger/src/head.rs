//! The newest signed head, in a file of 512 bytes that is overwritten in place: no disk tears one sector.

use std::fs::File;
use std::os::unix::fs::FileExt;

use crate::checkpoint::Checkpoint;
use crate::error::LedgerError;
use crate::folder::{self, Folder};
use crate::key::PublicKey;
use crate::report::Finding;

const HEAD_LENGTH: usize = 512;
const NAME: &str = "head";

/// Where the newest signed head is written after the group it closes is on the disk. It may lag behind the journal after
/// a power failure, which loses nothing; the journal never lags behind it unless somebody shortened the journal.
#[derive(Debug)]
pub(crate) struct HeadFile {
    file: File,
    folder: Folder,
    unsynced: bool,
}

impl HeadFile {
    /// Puts a head in its place, whole, and opens it to be overwritten.
    pub(crate) fn begin(folder: &Folder, note: &str) -> Result<Self, LedgerError> {
        let path = folder.head();
        folder::replace(&path, &sector(note))?;
        let file = File::options().write(true).open(&path).map_err(LedgerError::file(&path))?;
        let mut head = Self { file, folder: folder.clone(), unsynced: true };
        head.sync()?;
        Ok(head)
    }

    pub(crate) fn write(&mut self, note: &str) -> Result<(), LedgerError> {
        self.unsynced = true;
        self.file.write_all_at(&sector(note), 0).map_err(LedgerError::file(&self.folder.head()))
    }

    pub(crate) fn sync(&mut self) -> Result<(), LedgerError> {
        if self.unsynced {
            self.file.sync_data().map_err(LedgerError::file(&self.folder.head()))?;
            self.unsynced = false;
        }
        Ok(())
    }
}

fn sector(note: &str) -> [u8; HEAD_LENGTH] {
    let mut sector = [0; HEAD_LENGTH];
    sector.iter_mut().zip(note.as_bytes()).for_each(|(to, from)| *to = *from);
    sector
}

/// Reads the head; or what is wrong with it.
pub(crate) fn read(folder: &Folder, key: &PublicKey) -> Result<(String, Checkpoint), Finding> {
    let bytes = folder::read(&folder.head()).map_err(|error| finding(&error.to_string()))?;
    parse(bytes.as_deref(), key)
}

/// The log that the head names; its signature is not checked.
pub(crate) fn origin(folder: &Folder) -> Option<String> {
    let bytes = folder::read(&folder.head()).ok()??;
    let (origin, _) = std::str::from_utf8(&bytes).ok()?.split_once('\n')?;
    crate::key::is_name(origin).then(|| origin.to_owned())
}

/// Reads the head in the bytes of its file.
pub(crate) fn parse(bytes: Option<&[u8]>, key: &PublicKey) -> Result<(String, Checkpoint), Finding> {
    let bytes = bytes.ok_or_else(|| finding("the signed head is missing"))?;
    let length = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    let (note, padding) = bytes.split_at(length);
    if bytes.len() != HEAD_LENGTH || padding.iter().any(|byte| *byte != 0) {
        return Err(finding("the signed head was altered"));
    }
    let note = std::str::from_utf8(note).map_err(|_| finding("the signed head was altered"))?;
    let head =
        Checkpoint::open(note, key).map_err(|error| finding(&format!("the signed head was altered: {error}")))?;
    Ok((note.to_owned(), head))
}

fn finding(what: &str) -> Finding {
    Finding { index: None, file: NAME.to_owned(), what: what.to_owned() }
}
