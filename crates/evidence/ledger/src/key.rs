//! The ledger's signing key, and its public half as a signed-note verifier key (`name+hash+key`).

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The algorithm byte of Ed25519 in signed notes.
const ED25519_NOTE: u8 = 1;

/// An Ed25519 key that signs tree heads. Never shown.
pub struct SigningKey(Ed25519KeyPair);

/// Who signs, and the key to check it with.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    name: String,
    key: [u8; 32],
}

/// Why there is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The text is not a verifier key.
    #[error("a ledger's public key is `name+hash+key`, as `sekisho ledger status` prints it")]
    Malformed,
    /// The seed makes no key.
    #[error("the seed makes no signing key")]
    Seed,
}

impl SigningKey {
    /// The key of that secret seed.
    ///
    /// # Errors
    /// When the seed is refused.
    pub fn from_seed(seed: &[u8; 32]) -> Result<Self, KeyError> {
        Ed25519KeyPair::from_seed_unchecked(seed).map(Self).map_err(|_| KeyError::Seed)
    }

    /// The public half, for a log of that origin.
    #[must_use]
    pub fn public(&self, origin: &str) -> PublicKey {
        let mut key = [0; 32];
        key.copy_from_slice(self.0.public_key().as_ref());
        PublicKey { name: origin.to_owned(), key }
    }

    pub(crate) fn sign(&self, text: &[u8]) -> Vec<u8> {
        self.0.sign(text).as_ref().to_vec()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(hidden)")
    }
}

impl PublicKey {
    /// The name it signs under: the log's origin.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The four bytes that tell keys of one name apart.
    pub(crate) fn hash(&self) -> [u8; 4] {
        let mut content = self.name.as_bytes().to_vec();
        content.extend([b'\n', ED25519_NOTE]);
        content.extend(self.key);
        let digest = digest(&SHA256, &content);
        let mut hash = [0; 4];
        hash.iter_mut().zip(digest.as_ref()).for_each(|(to, from)| *to = *from);
        hash
    }

    pub(crate) fn verifies(&self, text: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.key).verify(text, signature).is_ok()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = vec![ED25519_NOTE];
        key.extend(self.key);
        write!(f, "{}+{}+{}", self.name, hex::encode(self.hash()), STANDARD.encode(key))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let read = || {
            let mut parts = text.trim().splitn(3, '+');
            let (name, hash, key) = (parts.next()?, parts.next()?, parts.next()?);
            let key = STANDARD.decode(key).ok()?;
            let (algorithm, key) = key.split_first()?;
            let key: [u8; 32] = key.try_into().ok()?;
            let read = Self { name: name.to_owned(), key };
            (*algorithm == ED25519_NOTE && is_name(name) && hex::encode(read.hash()) == hash).then_some(read)
        };
        read().ok_or(KeyError::Malformed)
    }
}

/// Whether a text can be the name in a signed note.
pub(crate) fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_key_reads_what_it_writes() {
        let key = SigningKey::from_seed(&[3; 32]).expect("a key").public("sekisho.example/ledger");
        assert_eq!(key.to_string().parse(), Ok(key.clone()));
        for place in 0..key.to_string().len() {
            let mut text = key.to_string().into_bytes();
            text[place] = if text[place] == b'x' { b'y' } else { b'x' };
            let text = String::from_utf8(text).expect("ASCII");
            assert_eq!(text.parse::<PublicKey>(), Err(KeyError::Malformed), "{text}");
        }
    }

    #[test]
    fn the_published_example_of_signed_notes_verifies() {
        let text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
        let key: PublicKey = text.parse().expect("a verifier key");
        let note =
            b"If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
        let line = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=";
        let signature = STANDARD.decode(line).expect("base64");
        assert_eq!(key.hash(), signature[..4]);
        assert!(key.verifies(note, &signature[4..]));
        assert!(!key.verifies(b"If you think", &signature[4..]));
    }
}
