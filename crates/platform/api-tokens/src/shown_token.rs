//! A token as its holder shows it: `sekisho_<id>_<secret>`.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand;
use sekisho_model::documents::{ApiTokenId, Sha256Hex};
use zeroize::Zeroizing;

/// What every token begins with, so that scanners for leaked secrets know one.
const PREFIX: &str = "sekisho_";
/// The random bytes of a token: as many as its hash has.
const SECRET_BYTES: usize = 32;

/// What is read of a shown token. The secret itself is not kept.
#[derive(Debug)]
pub(crate) struct ShownToken {
    pub(crate) id: ApiTokenId,
    /// The hash of the whole text, so that a secret counts under no other identifier.
    pub(crate) hash: Sha256Hex,
}

impl ShownToken {
    /// Reads a token; `None` where the text has not the form of one.
    pub(crate) fn read(text: &str) -> Option<Self> {
        // An identifier has no `_`, so there is one way to read this.
        let (id, secret) = text.strip_prefix(PREFIX)?.split_once('_')?;
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if secret.len() != 2 * SECRET_BYTES || !secret.bytes().all(is_digit) {
            return None;
        }
        Some(Self { id: id.parse().ok()?, hash: hash(text) })
    }
}

/// A new token for an identifier, with its hash; `None` when the operating system gives no random bytes.
pub(crate) fn generate(id: &ApiTokenId) -> Option<(Zeroizing<String>, Sha256Hex)> {
    let mut secret = Zeroizing::new([0; SECRET_BYTES]);
    rand::fill(secret.as_mut_slice()).ok()?;
    let digits = Zeroizing::new(hex::encode(secret.as_slice()));
    let text = Zeroizing::new(format!("{PREFIX}{id}_{}", digits.as_str()));
    let hash = hash(&text);
    Some((text, hash))
}

/// A plain hash is enough: a secret of 256 random bits is not found by trying.
fn hash(text: &str) -> Sha256Hex {
    Sha256Hex::of_bytes(digest(&SHA256, text.as_bytes()).as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_generated_is_read_and_no_two_are_alike() {
        let id: ApiTokenId = "ci-backup".parse().expect("an identifier");
        let ((one, hash), (other, _)) = (generate(&id).expect("random bytes"), generate(&id).expect("random bytes"));
        let shown = ShownToken::read(&one).expect("a token");
        assert_eq!((shown.id, shown.hash), (id, hash));
        assert_ne!(*one, *other);
        assert!(one.starts_with("sekisho_ci-backup_"), "the form is documented");
    }

    #[test]
    fn what_has_not_the_form_of_a_token_is_none() {
        let secret = "a".repeat(64);
        assert!(ShownToken::read(&format!("sekisho_ci_{secret}")).is_some());
        for wrong in [
            String::new(),
            secret.clone(),
            format!("sekisho_{secret}"),
            format!("sekisho__{secret}"),
            format!("Sekisho_ci_{secret}"),
            format!("sekisho_CI_{secret}"),
            format!("sekisho_ci_{}", secret.to_uppercase()),
            format!("sekisho_ci_{secret}a"),
            format!("sekisho_ci_{secret} "),
            format!(" sekisho_ci_{secret}"),
            format!("sekisho_ci_x_{secret}"),
            format!("sekisho_ci_{}", "a".repeat(63)),
            format!("sekisho_ci_{}é", "a".repeat(62)),
        ] {
            assert!(ShownToken::read(&wrong).is_none(), "{wrong}");
        }
    }
}
