//! Reading a ledger's entries from the first to the last, without the process that writes it.

use std::path::Path;

use crate::checkpoint::Checkpoint;
use crate::entry::read_entries;
use crate::error::LedgerError;
use crate::folder::Folder;
use crate::journal::Journal;
use crate::key::PublicKey;
use crate::recover::{parse_journal, read_journal};
use crate::report::Finding;
use crate::tiles::read_bundle;
use crate::tree::{Edge, TILE, leaf_hash};

/// The journal may be replaced while it is looked for.
const ATTEMPTS: u32 = 200;

/// Gives every entry that `head` covers to `each`, with its index and in its bytes, the oldest first. Take `head` from the
/// report of a verification.
///
/// # Errors
/// When a file cannot be read, when what was read is not what `head` signs, or as `each`.
pub fn read<E: From<LedgerError>>(
    folder: &Path,
    key: &PublicKey,
    head: &Checkpoint,
    mut each: impl FnMut(u64, &[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let folder = Folder::new(folder);
    let journal = newest_journal(&folder, key)?;
    let mut edge = Edge::default();
    let mut take = |entry: &[u8]| -> Result<(), E> {
        let index = edge.size();
        if index >= head.size {
            return Ok(());
        }
        edge.push(leaf_hash(entry), &mut |_| ());
        each(index, entry)
    };
    for number in 0..journal.first / TILE as u64 {
        let bundle = read_bundle(&folder, number, journal.first)?.unwrap_or_default();
        read_entries(&bundle).0.into_iter().try_for_each(&mut take)?;
    }
    journal.entries.iter().try_for_each(|entry| take(&entry.content))?;
    if edge.size() != head.size || edge.root() != head.root {
        let what = "the entries are not those of the signed head: they changed while they were read".to_owned();
        let finding = Finding { index: None, file: "journal".to_owned(), what };
        return Err(LedgerError::Altered { folder: folder.root().to_owned(), finding }.into());
    }
    Ok(())
}

fn newest_journal(folder: &Folder, key: &PublicKey) -> Result<Journal, LedgerError> {
    let mut attempt = 1;
    loop {
        match read_journal(folder).and_then(|(first, bytes)| parse_journal(folder, first, &bytes, key)) {
            Err(_) if attempt < ATTEMPTS => attempt += 1,
            read => return read,
        }
    }
}
