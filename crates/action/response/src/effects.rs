//! What responses reach beyond this crate: accounts, sessions, and servers elsewhere. The program gives it, so that this crate knows neither
//! identity nor how requests are made.

use std::pin::Pin;
use std::sync::Arc;

use http::HeaderMap;
use sekisho_model::{Timestamp, UserId};

/// What is done about a person.
pub type Effect = Arc<dyn Fn(UserId, Timestamp) -> Doing<Result<(), EffectFailure>> + Send + Sync>;
/// Where a message is handed over.
pub type Post = Arc<dyn Fn(Message) -> Doing<Result<(), String>> + Send + Sync>;
/// What is being done.
pub type Doing<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// The acts of the platform that responses use, in the platform's own name. Each may be done twice: what was done is found done.
#[derive(Clone)]
pub struct Effects {
    /// Ends every session of a person.
    pub end_sessions: Effect,
    /// Disables an account and ends its sessions.
    pub disable: Effect,
    /// Enables an account.
    pub enable: Effect,
    /// Sends a message, and says why where the answer is not 2xx.
    pub post: Post,
}

/// Why something was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EffectFailure {
    /// It is refused, and would be again.
    Refused(String),
    /// A part failed: it is tried again.
    Again(String),
}

/// A message to a server elsewhere.
#[derive(Debug, Clone)]
pub struct Message {
    /// Where to.
    pub url: String,
    /// The headers, with the signature.
    pub headers: HeaderMap,
    /// The body: JSON.
    pub body: String,
}

impl std::fmt::Debug for Effects {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Effects")
    }
}
