//! The state of the directory.

use std::pin::Pin;
use std::sync::Arc;

use sekisho_capability::Services;
use sekisho_model::{Actor, Timestamp, UserId};

use crate::Requests;

/// Ends what belongs to an account, or says why it could not.
pub type Ending =
    Arc<dyn Fn(UserId, Actor, Timestamp) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send>> + Send + Sync>;

/// What ends with an account. The program gives it, so that this crate knows neither sessions nor sign-in methods nor tokens.
#[derive(Clone)]
pub struct Endings {
    /// Of an account that was disabled: its sessions.
    pub disabled: Ending,
    /// Of an account that was removed: its sessions, its sign-in methods and its API tokens.
    pub removed: Ending,
}

/// What the directory acts through. Clones share it.
#[derive(Clone)]
pub struct Directory {
    pub(crate) services: Services,
    pub(crate) endings: Endings,
    pub(crate) requests: Requests,
}

impl Directory {
    /// A directory over these services.
    #[must_use]
    pub fn new(services: Services, endings: Endings) -> Self {
        Self { services, endings, requests: Requests::default() }
    }
}

impl std::fmt::Debug for Directory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Directory")
    }
}
