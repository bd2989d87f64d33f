//! Recovery codes: ten secrets of 80 random bits, each good once, kept as digests.

use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use sekisho_model::Timestamp;

use crate::{Failure, Secret, base32, random};

/// How many codes are made at once.
pub(crate) const COUNT: usize = 10;

/// The codes of an account that are left.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct RecoveryCodes {
    digests: Vec<String>,
    /// When they were made.
    pub made_at: Timestamp,
    /// When one was last used.
    pub last_used_at: Option<Timestamp>,
}

impl RecoveryCodes {
    /// New codes: what is kept, and the texts to show once.
    pub(crate) fn make(now: Timestamp) -> Result<(Self, Vec<Secret>), Failure> {
        let codes: Vec<Secret> = (0..COUNT).map(|_| new_code()).collect::<Result<_, _>>()?;
        let digests = codes.iter().map(digest_of).collect();
        Ok((Self { digests, made_at: now, last_used_at: None }, codes))
    }

    /// Codes that nothing matches, for accounts that have none: the same work as for one that has.
    pub(crate) fn nothing() -> Self {
        Self { digests: vec!["0".repeat(64); COUNT], made_at: Timestamp::default(), last_used_at: None }
    }

    /// How many are left.
    pub(crate) const fn left(&self) -> usize {
        self.digests.len()
    }

    /// Uses a code up: whether it was one of them.
    pub(crate) fn take(&mut self, code: &Secret, now: Timestamp) -> bool {
        let given = digest_of(code);
        let before = self.digests.len();
        self.digests.retain(|kept| !bool::from(kept.as_bytes().ct_eq(given.as_bytes())));
        let found = self.digests.len() < before;
        if found {
            self.last_used_at = Some(now);
        }
        found
    }
}

/// Four groups of four letters or digits.
fn new_code() -> Result<Secret, Failure> {
    let text = base32::encode(random::bytes::<10>()?.as_slice()).to_ascii_lowercase();
    let grouped: String = text
        .chars()
        .enumerate()
        .flat_map(|(at, c)| (at > 0 && at % 4 == 0).then_some('-').into_iter().chain([c]))
        .collect();
    Ok(Secret::from(grouped))
}

/// The digest of a code, however its owner typed it: case, spaces and hyphens do not matter.
fn digest_of(code: &Secret) -> String {
    let typed = code.expose().chars().filter(|c| c.is_alphanumeric()).take(64);
    random::digest_hex("recovery-code", &typed.flat_map(char::to_lowercase).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_works_once_however_it_is_typed() {
        let (mut kept, codes) = RecoveryCodes::make(Timestamp::default()).expect("codes");
        assert_eq!(codes.len(), COUNT);
        let typed = Secret::from(codes[3].expose().to_uppercase().replace('-', " "));
        assert!(kept.take(&typed, Timestamp::from_millis(5)));
        assert_eq!((kept.left(), kept.last_used_at), (9, Some(Timestamp::from_millis(5))));
        assert!(!kept.take(&codes[3], Timestamp::default()));
        assert!(kept.take(&codes[4], Timestamp::default()));
        for wrong in ["", "aaaa-aaaa-aaaa-aaaa", codes[5].expose().trim_end_matches(char::is_alphanumeric)] {
            assert!(!kept.take(&Secret::from(wrong), Timestamp::default()), "{wrong}");
        }
        assert!(!RecoveryCodes::nothing().take(&codes[6], Timestamp::default()));
    }
}
