//! The journal: groups of entries as they were synced, each closed by the signed head of the log after it.
//!
//! A group is `length: u32`, `count: u32`, then per entry `length: u16`, content and 32 bytes of leaf hash, then the signed
//! note with `length: u16`. All numbers are big-endian.

use crate::checkpoint::Checkpoint;
use crate::entry::{Entry, split_entry, write_entry};
use crate::key::PublicKey;
use crate::report::Finding;
use crate::tree::{Edge, Hash, leaf_hash};

/// One group, for the disk.
pub(crate) fn encode(entries: &[Entry], note: &str) -> Vec<u8> {
    let room: usize = entries.iter().map(|entry| entry.content.len() + 34).sum();
    let mut body = Vec::with_capacity(room + note.len() + 10);
    body.extend([0; 4]);
    body.extend(u32::try_from(entries.len()).unwrap_or(u32::MAX).to_be_bytes());
    for entry in entries {
        write_entry(&mut body, &entry.content);
        body.extend(entry.leaf);
    }
    write_entry(&mut body, note.as_bytes());
    let length = u32::try_from(body.len().saturating_sub(4)).unwrap_or(u32::MAX);
    if let Some(place) = body.first_chunk_mut::<4>() {
        *place = length.to_be_bytes();
    }
    body
}

/// What a journal holds.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    /// The index of its first entry.
    pub(crate) first: u64,
    /// Its entries, of whole groups.
    pub(crate) entries: Vec<Entry>,
    /// The signed head after each whole group.
    pub(crate) heads: Vec<Checkpoint>,
    /// The bytes of whole groups.
    pub(crate) whole: usize,
    /// The bytes after them.
    pub(crate) torn: usize,
    /// What was found wrong with the group after the whole ones, if anything but its end is missing.
    pub(crate) broken: Option<Finding>,
}

impl Journal {
    /// Reads a journal on top of the tree that precedes it. Reading ends at the first group that is not whole, or whose head
    /// is not the signed head of the tree as it is after it.
    pub(crate) fn read(bytes: &[u8], file: &str, mut edge: Edge, key: &PublicKey) -> Self {
        let mut journal = Self { first: edge.size(), ..Self::default() };
        let mut rest = bytes;
        while let Some((group, after)) = split_group(rest) {
            let start = journal.first + journal.entries.len() as u64;
            match read_group(group, start, &mut edge, key) {
                Ok((entries, head)) => {
                    journal.entries.extend(entries);
                    journal.heads.push(head);
                }
                Err((index, what)) => {
                    let finding = Finding { index: Some(index), file: file.to_owned(), what: what.to_owned() };
                    journal.broken = Some(finding);
                    break;
                }
            }
            journal.whole += group.len() + 4;
            rest = after;
        }
        journal.torn = bytes.len() - journal.whole;
        journal
    }

    /// The entries of the log up to the end of this journal.
    pub(crate) fn size(&self) -> u64 {
        self.first + self.entries.len() as u64
    }
}

fn split_group(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

type Broken = (u64, &'static str);

/// Reads one whole group and adds it to the tree; or the first entry that is wrong, and why.
fn read_group(group: &[u8], start: u64, edge: &mut Edge, key: &PublicKey) -> Result<(Vec<Entry>, Checkpoint), Broken> {
    let (count, mut rest) = group.split_first_chunk::<4>().ok_or((start, "a group of the journal is malformed"))?;
    let mut entries = Vec::new();
    for index in start..start + u64::from(u32::from_be_bytes(*count)) {
        let malformed = (index, "an entry in the journal is malformed");
        let (content, after) = split_entry(rest).ok_or(malformed)?;
        let (leaf, after): (&Hash, _) = after.split_first_chunk().ok_or(malformed)?;
        if leaf_hash(content) != *leaf {
            return Err((index, "the entry in the journal does not match its hash"));
        }
        entries.push(Entry { content: content.to_vec(), leaf: *leaf });
        rest = after;
    }
    let unsigned = (start, "the group in the journal is not closed by a signed head");
    let (note, after) = split_entry(rest).ok_or(unsigned)?;
    let note = std::str::from_utf8(note).map_err(|_| unsigned)?;
    let head = Checkpoint::open(note, key).map_err(|_| unsigned)?;
    entries.iter().for_each(|entry| edge.push(entry.leaf, &mut |_| ()));
    if !after.is_empty() || head.size != edge.size() || head.root != edge.root() {
        return Err((start, "the signed head in the journal does not match the entries before it"));
    }
    Ok((entries, head))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::key::SigningKey;

    fn groups(contents: &[Vec<Vec<u8>>], key: &SigningKey) -> (Vec<u8>, Vec<usize>) {
        let (mut edge, mut bytes, mut ends) = (Edge::default(), Vec::new(), vec![0]);
        for group in contents {
            let entries: Vec<Entry> =
                group.iter().map(|content| Entry { content: content.clone(), leaf: leaf_hash(content) }).collect();
            entries.iter().for_each(|entry| edge.push(entry.leaf, &mut |_| ()));
            let head = Checkpoint { origin: "log".to_owned(), size: edge.size(), root: edge.root() };
            bytes.extend(encode(&entries, &head.sign(key)));
            ends.push(bytes.len());
        }
        (bytes, ends)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn i11_a_journal_cut_anywhere_holds_its_whole_groups(
            contents in prop::collection::vec(prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..4), 1..5),
            cut in any::<prop::sample::Index>(),
        ) {
            let key = SigningKey::from_seed(&[5; 32]).expect("a key");
            let (bytes, ends) = groups(&contents, &key);
            let cut = cut.index(bytes.len() + 1);
            let read = Journal::read(&bytes[..cut], "journal", Edge::default(), &key.public("log"));
            let whole = ends.iter().filter(|end| **end <= cut).count() - 1;
            prop_assert_eq!(read.whole, ends[whole]);
            prop_assert_eq!(read.whole + read.torn, cut);
            let read: Vec<&Vec<u8>> = read.entries.iter().map(|entry| &entry.content).collect();
            prop_assert_eq!(read, contents[..whole].iter().flatten().collect::<Vec<_>>());
        }

        #[test]
        fn any_bytes_are_read_to_some_end(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let key = SigningKey::from_seed(&[5; 32]).expect("a key").public("log");
            let read = Journal::read(&bytes, "journal", Edge::default(), &key);
            prop_assert_eq!((read.whole, read.torn, read.entries.len()), (0, bytes.len(), 0));
            let _ = crate::entry::read_entries(&bytes);
        }
    }
}
