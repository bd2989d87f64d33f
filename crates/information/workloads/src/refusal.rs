//! Why nothing is issued, exchanged or revoked.

use sekisho_authority::AuthorityError;
use sekisho_capability::{ChangeError, NoEntropy};
use sekisho_rest::Problem;
use sekisho_store::StoreError;

/// Why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// There is no such workload.
    #[error("there is no such workload")]
    Unknown,
    /// There is no such credential of that workload.
    #[error("this workload has no such credential")]
    UnknownCredential,
    /// The workload has as many live credentials as one may have.
    #[error("this workload has too many live credentials: revoke some, or wait until they end")]
    TooMany,
    /// What was sent is no certificate request with an acceptable key that signed it.
    #[error("`csr`: send a PKCS #10 request in PEM, signed with its own key: ECDSA P-256 or P-384, or Ed25519")]
    CertificateRequest,
    /// The document changed meanwhile.
    #[error("somebody changed this workload at the same time: try again")]
    Changed,
    /// The store, the ledger, the authority or the entropy of the system failed.
    #[error("a part of the platform failed")]
    Unavailable,
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store failed");
        Self::Unavailable
    }
}

impl From<ChangeError> for Refusal {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Conflict { .. } => Self::Changed,
            error => {
                tracing::error!(%error, "a change of a workload was not made");
                Self::Unavailable
            }
        }
    }
}

impl From<NoEntropy> for Refusal {
    fn from(_: NoEntropy) -> Self {
        Self::Unavailable
    }
}

impl From<AuthorityError> for Refusal {
    fn from(error: AuthorityError) -> Self {
        tracing::error!(%error, "no certificate was issued");
        Self::Unavailable
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Unknown | Refusal::UnknownCredential => Self::not_found(refusal),
            Refusal::TooMany | Refusal::Changed => Self::conflict(refusal),
            Refusal::CertificateRequest => Self::wrong(refusal),
            Refusal::Unavailable => Self::failed(refusal),
        }
    }
}
