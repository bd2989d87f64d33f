//! Tokens for the resolver: the part of an address by which a machine without a certificate shows whose questions it asks.

use serde::{Deserialize, Serialize};

use super::Sha256Hex;
use crate::{Name, Timestamp, UserId};

/// A token as it is stored. The token itself is shown once, when it is made, and kept nowhere.
///
/// It says who asks and proves nothing else: not a device, and no sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResolverToken {
    /// The token's identifier, such as the machine that it was made for.
    pub id: Name,
    /// Whose questions it asks.
    pub user: UserId,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// SHA-256 of the token. A token is 256 random bits, so nobody finds it from its hash.
    pub secret_hash: Sha256Hex,
}
