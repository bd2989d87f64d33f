//! Sealing: AES-256-GCM under a key derived from the master key, bound to what the content is.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use zeroize::Zeroizing;

use crate::{MasterKey, StoreError};

const PREFIX: &str = "sealed-1:";
const SALT_LENGTH: usize = 16;

/// Seals content so that only the same key and the same context open it.
///
/// Every sealing has a key of its own, derived with a random salt, so that random nonces never wear the master key out.
pub(crate) fn seal(key: &MasterKey, content: &[u8], context: &str) -> Result<String, StoreError> {
    let mut head = [0; SALT_LENGTH + NONCE_LEN];
    rand::fill(&mut head).map_err(|_| StoreError::Randomness)?;
    let mut sealed = content.to_vec();
    let (cipher, nonce) = cipher(key, &head).ok_or(StoreError::Randomness)?;
    // INVARIANT I-13: a secret at rest is sealed under a key that is not in the database, bound to what it belongs to.
    cipher.seal_in_place_append_tag(nonce, Aad::from(context), &mut sealed).map_err(|_| StoreError::Randomness)?;
    let mut bytes = head.to_vec();
    bytes.append(&mut sealed);
    Ok(format!("{PREFIX}{}", STANDARD_NO_PAD.encode(bytes)))
}

/// Opens what was sealed in the same context.
pub(crate) fn unseal(key: &MasterKey, text: &str, context: &str) -> Result<Zeroizing<Vec<u8>>, StoreError> {
    let open = || {
        let bytes = STANDARD_NO_PAD.decode(text.strip_prefix(PREFIX)?).ok()?;
        let (head, sealed) = bytes.split_first_chunk::<{ SALT_LENGTH + NONCE_LEN }>()?;
        let (cipher, nonce) = cipher(key, head)?;
        let mut content = Zeroizing::new(sealed.to_vec());
        let length = cipher.open_in_place(nonce, Aad::from(context), &mut content).ok()?.len();
        content.truncate(length);
        Some(content)
    };
    open().ok_or_else(|| StoreError::Unsealable(context.to_owned()))
}

fn cipher(key: &MasterKey, head: &[u8; SALT_LENGTH + NONCE_LEN]) -> Option<(LessSafeKey, Nonce)> {
    let (salt, nonce) = head.split_at(SALT_LENGTH);
    let derived = Salt::new(HKDF_SHA256, salt).extract(key.bytes());
    let cipher = UnboundKey::from(derived.expand(&[b"sekisho-seal-v1"], &AES_256_GCM).ok()?);
    Some((LessSafeKey::new(cipher), Nonce::try_assume_unique_for_key(nonce).ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(byte: u8) -> MasterKey {
        let text = base64::engine::general_purpose::STANDARD.encode([byte; 32]);
        MasterKey::from_text(&text, "test").expect("a key")
    }

    proptest! {
        #[test]
        fn i13_what_is_sealed_opens_only_with_its_key_and_context(content: Vec<u8>, context in ".{0,40}", other in ".{0,40}") {
            let sealed = seal(&key(1), &content, &context).expect("sealed");
            prop_assert_eq!(&*unseal(&key(1), &sealed, &context).expect("opened"), &content);
            prop_assert!(unseal(&key(2), &sealed, &context).is_err());
            prop_assert_eq!(unseal(&key(1), &sealed, &other).is_ok(), other == context);
        }
    }

    #[test]
    fn i13_every_altered_character_is_noticed() {
        let sealed = seal(&key(1), b"the seed", "key/ca").expect("sealed");
        assert!(!sealed.contains("seed"));
        for place in 0..sealed.len() {
            let mut altered = sealed.clone().into_bytes();
            altered[place] = if altered[place] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(altered).expect("ASCII");
            assert!(unseal(&key(1), &altered, "key/ca").is_err(), "{place}");
            assert!(unseal(&key(1), sealed.get(..place).expect("ASCII"), "key/ca").is_err(), "{place}");
        }
        assert_ne!(sealed, seal(&key(1), b"the seed", "key/ca").expect("sealed"), "never twice the same");
    }
}
