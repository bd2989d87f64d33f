//! The certificates as operators see them: where each is from, when it ends, and why another did not come.

use sekisho_model::Timestamp;
use serde::Serialize;
use tokio::sync::watch;

/// How the certificate of one host stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CertificateRow {
    /// The host; absent where one certificate is for all.
    pub host: Option<String>,
    /// Where it is from: `own`, `files` or `acme`.
    pub source: &'static str,
    /// When it ends.
    pub until: Timestamp,
    /// When it is renewed; absent where that is not for Sekisho to do.
    pub renew_at: Option<Timestamp>,
    /// Why the last order came to nothing.
    pub problem: Option<String>,
    /// When it is tried again.
    pub next_try_at: Option<Timestamp>,
}

/// How the certificates stand now.
pub type CertificateRows = watch::Receiver<Vec<CertificateRow>>;
