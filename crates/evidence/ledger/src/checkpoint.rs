//! Checkpoints: a tree head as a signed note (c2sp.org/tlog-checkpoint).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::key::{PublicKey, SigningKey};
use crate::tree::Hash;

/// A tree head: which log, how many entries, their root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: String,
    /// How many entries.
    pub size: u64,
    /// The root of the tree over them.
    pub root: Hash,
}

/// Why a note is not a checkpoint of this log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// It is not a signed note with a checkpoint.
    #[error("it is not a signed checkpoint")]
    Malformed,
    /// It is of another log.
    #[error("it is of another log")]
    OtherLog,
    /// No signature by the key fits.
    #[error("its signature does not fit")]
    Signature,
}

impl Checkpoint {
    /// The signed note.
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> String {
        let text = self.text();
        let mut signature = key.public(&self.origin).hash().to_vec();
        signature.extend(key.sign(text.as_bytes()));
        format!("{text}\n\u{2014} {} {}\n", self.origin, STANDARD.encode(signature))
    }

    /// Reads a signed note. Further signatures, as witnesses add them, are passed over.
    ///
    /// # Errors
    /// When it is not a checkpoint of that key's log, or its signature does not fit.
    pub fn open(note: &str, key: &PublicKey) -> Result<Self, CheckpointError> {
        let (text, signatures) = note.split_once("\n\n").ok_or(CheckpointError::Malformed)?;
        let text = format!("{text}\n");
        let checkpoint = Self::read(&text).ok_or(CheckpointError::Malformed)?;
        if checkpoint.origin != key.name() {
            return Err(CheckpointError::OtherLog);
        }
        let signatures = signatures.strip_suffix('\n').ok_or(CheckpointError::Malformed)?;
        let mut signed = false;
        for line in signatures.split('\n') {
            let line = line.strip_prefix("\u{2014} ").ok_or(CheckpointError::Malformed)?;
            let (name, signature) = line.split_once(' ').ok_or(CheckpointError::Malformed)?;
            let signature = STANDARD.decode(signature).map_err(|_| CheckpointError::Malformed)?;
            if name == key.name()
                && let Some((hash, signature)) = signature.split_first_chunk::<4>()
                && *hash == key.hash()
            {
                if !key.verifies(text.as_bytes(), signature) {
                    return Err(CheckpointError::Signature);
                }
                signed = true;
            }
        }
        if signed { Ok(checkpoint) } else { Err(CheckpointError::Signature) }
    }

    fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root))
    }

    fn read(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        let root = STANDARD.decode(root).ok()?.try_into().ok()?;
        let read = Self { origin: origin.to_owned(), size: size.parse().ok()?, root };
        // One spelling only: `007` is not a size.
        (read.text() == text && crate::key::is_name(origin)).then_some(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i11_every_altered_byte_of_a_checkpoint_is_noticed() {
        let key = SigningKey::from_seed(&[3; 32]).expect("a key");
        let checkpoint = Checkpoint { origin: "sekisho.example/ledger".into(), size: 12, root: [9; 32] };
        let note = checkpoint.sign(&key);
        let public = key.public("sekisho.example/ledger");
        assert_eq!(Checkpoint::open(&note, &public), Ok(checkpoint.clone()));
        for place in 0..note.len() {
            for bit in 0..8 {
                let mut altered = note.clone().into_bytes();
                altered[place] ^= 1 << bit;
                let opened = String::from_utf8(altered).ok().map(|note| Checkpoint::open(&note, &public));
                assert!(!matches!(opened, Some(Ok(_))), "byte {place}, bit {bit}");
            }
            if let Some(cut) = note.get(..place) {
                assert!(Checkpoint::open(cut, &public).is_err(), "cut at {place}");
            }
        }
        let other = SigningKey::from_seed(&[4; 32]).expect("a key").public("sekisho.example/ledger");
        assert_eq!(Checkpoint::open(&note, &other), Err(CheckpointError::Signature));
        assert_eq!(Checkpoint::open(&note, &key.public("other")), Err(CheckpointError::OtherLog));
        let witnessed = format!("{note}\u{2014} witness.example AAAAAAAA\n");
        assert_eq!(Checkpoint::open(&witnessed, &public), Ok(checkpoint));
    }
}
