//! Why an authority cannot do something.

use sekisho_capability::{ChangeError, NoEntropy};
use sekisho_model::Timestamp;

/// Why an authority cannot do something.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] ChangeError),
    /// A certificate could not be made: a name is not one, or a key cannot be used.
    #[error("a certificate could not be made: {0}")]
    Certificate(#[from] rcgen::Error),
    /// rustls rejects a certificate of this authority.
    #[error("a certificate of the platform's own authority is not usable: {0}")]
    Tls(#[from] rustls::Error),
    /// No certificate can be made by this clock.
    #[error(
        "this machine's clock says {0}: a certificate that is made now would end after the year 9999; set the clock"
    )]
    Clock(Timestamp),
    /// What is stored cannot be read.
    #[error("`{0}` cannot be read: it was altered outside of this program; restore it from a backup")]
    Damaged(String),
    /// There are no random bytes.
    #[error(transparent)]
    NoRandomness(#[from] NoEntropy),
}
