//! Passwords: Argon2id with OWASP's parameters, kept with the parameters they were hashed under.

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use sekisho_model::Timestamp;

use crate::{Failure, Secret, random};

/// OWASP Password Storage Cheat Sheet: 19 MiB, two passes, one lane.
const PRESENT: Cost = Cost { memory_kib: 19 * 1024, passes: 2, lanes: 1 };

/// A password as it is kept.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct StoredPassword {
    #[serde(flatten)]
    cost: Cost,
    salt: String,
    hash: String,
    /// When it was set.
    pub set_at: Timestamp,
    /// When it last served.
    pub last_used_at: Option<Timestamp>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl StoredPassword {
    /// Hashes a new password. Takes tens of milliseconds: call it where that does no harm.
    pub(crate) fn make(password: &Secret, now: Timestamp) -> Result<Self, Failure> {
        let salt = random::bytes::<16>()?;
        let hash = derive(PRESENT, password, salt.as_slice()).ok_or(CANNOT_HASH)?;
        Ok(Self {
            cost: PRESENT,
            salt: STANDARD_NO_PAD.encode(salt.as_slice()),
            hash: STANDARD_NO_PAD.encode(hash.as_slice()),
            set_at: now,
            last_used_at: None,
        })
    }

    /// A password that nothing matches, for accounts that have none: the same work as for one that has.
    pub(crate) fn nothing() -> Self {
        Self {
            cost: PRESENT,
            salt: STANDARD_NO_PAD.encode([0; 16]),
            hash: String::new(),
            set_at: Timestamp::default(),
            last_used_at: None,
        }
    }

    /// Whether it is this password. Takes as long as [`StoredPassword::make`].
    pub(crate) fn matches(&self, password: &Secret) -> Result<bool, Failure> {
        let salt = STANDARD_NO_PAD.decode(&self.salt).map_err(|_| CANNOT_HASH)?;
        let hash = derive(self.cost, password, &salt).ok_or(CANNOT_HASH)?;
        let text = Zeroizing::new(STANDARD_NO_PAD.encode(hash.as_slice()));
        Ok(text.as_bytes().ct_eq(self.hash.as_bytes()).into())
    }
}

const CANNOT_HASH: Failure = Failure::Unavailable("check passwords");

fn derive(cost: Cost, password: &Secret, salt: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32)).ok()?;
    // One character typed on two systems can arrive as different bytes (NIST SP 800-63B, section 5.1.1.2).
    let normal: Zeroizing<String> = Zeroizing::new(password.expose().nfkc().collect());
    let mut hash = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(normal.as_bytes(), salt, hash.as_mut_slice())
        .ok()?;
    Some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_matches_itself_in_any_normal_form_and_nothing_else() {
        let stored = StoredPassword::make(&Secret::from("пароль ガギグ 42"), Timestamp::default()).expect("a hash");
        let json = serde_json::to_string(&stored).expect("JSON");
        let read: StoredPassword = serde_json::from_str(&json).expect("a stored password");
        assert_eq!(read.matches(&Secret::from("пароль ｶﾞｷﾞｸﾞ 42")), Ok(true));
        assert_eq!(read.matches(&Secret::from("пароль ガギグ 43")), Ok(false));
        assert_eq!(read.matches(&Secret::from("")), Ok(false));
        assert_eq!(StoredPassword::nothing().matches(&Secret::from("")), Ok(false));
    }

    #[test]
    fn i14_the_stand_in_costs_what_a_real_password_costs() {
        assert!(StoredPassword::nothing().cost == PRESENT);
    }
}
