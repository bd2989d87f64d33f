//! Entry bundles: entries one after the other, each with its length in two bytes (c2sp.org/tlog-tiles).

use crate::error::LedgerError;
use crate::tree::{Hash, leaf_hash};

/// An entry on its way into the log: a record's JSON, and its hash.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) content: Vec<u8>,
    pub(crate) leaf: Hash,
}

impl Entry {
    pub(crate) fn of(record: &sekisho_model::Record) -> Result<Self, LedgerError> {
        let content = serde_json::to_vec(record).map_err(|error| LedgerError::NotJson(error.to_string().into()))?;
        if u16::try_from(content.len()).is_err() {
            return Err(LedgerError::TooLarge(content.len()));
        }
        let leaf = leaf_hash(&content);
        Ok(Self { content, leaf })
    }
}

/// Appends one entry to a bundle.
pub(crate) fn write_entry(bundle: &mut Vec<u8>, content: &[u8]) {
    // Entries are bounded when they are made; the length of one that was not would be seen at once by its hash.
    let length = u16::try_from(content.len()).unwrap_or(u16::MAX);
    bundle.extend(length.to_be_bytes());
    bundle.extend(content);
}

/// The entries of a bundle, and whether it ends where its last entry ends.
pub(crate) fn read_entries(bundle: &[u8]) -> (Vec<&[u8]>, bool) {
    let mut entries = Vec::new();
    let mut rest = bundle;
    while let Some((entry, after)) = split_entry(rest) {
        entries.push(entry);
        rest = after;
    }
    (entries, rest.is_empty())
}

/// The first entry and what follows it.
pub(crate) fn split_entry(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<2>()?;
    rest.split_at_checked(u16::from_be_bytes(*length).into())
}
