//! From which authority, and how.

use std::fmt;
use std::sync::Arc;

use rustls::RootCertStore;
use zeroize::Zeroizing;

/// An authority and the account there. Whoever makes one has read the authority's terms of service and agrees to them.
#[derive(Clone)]
pub struct Settings {
    /// The address of its directory; `https` only.
    pub directory: String,
    /// How it reaches the account's owner: `mailto:` addresses.
    pub contact: Vec<String>,
    /// The account elsewhere that the new one is bound to, where the authority asks for it.
    pub external_account: Option<ExternalAccount>,
    /// The authorities that the directory's own certificate may be from.
    pub roots: Arc<RootCertStore>,
    /// Whether other processes may work on the same store: their listeners must learn of a challenge before it is asked.
    pub shared_store: bool,
}

/// An account elsewhere (RFC 8555, section 7.3.4).
#[derive(Clone)]
pub struct ExternalAccount {
    /// The name of its key.
    pub key_id: String,
    /// Its key.
    pub key: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("directory", &self.directory).finish_non_exhaustive()
    }
}

impl fmt::Debug for ExternalAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExternalAccount").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}
