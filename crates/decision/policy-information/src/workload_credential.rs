//! What a workload proves itself with, as it is stored and as the World holds it.

use std::sync::Arc;

use sekisho_model::documents::Sha256Hex;
use sekisho_model::{SessionFacts, SessionId, Span, Timestamp, WorkloadId};
use serde::{Deserialize, Serialize};

/// What the names of workloads begin with where a certificate is read. No device has such a name.
pub const WORKLOAD_CERTIFICATE_NAME: &str = "workload.";

/// What a workload proves itself with: a document of the kind `workload-credential`. The secret itself is shown once, when it is made, and kept nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkloadCredential {
    /// The session in which the workload asks with it: the document's id is its hexadecimal text.
    pub id: SessionId,
    /// Whose it is.
    pub workload: WorkloadId,
    /// What is compared with what is shown.
    pub proof: WorkloadProof,
    /// How it was obtained.
    pub origin: CredentialOrigin,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// What is kept of a workload's credential, to compare with what is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WorkloadProof {
    /// SHA-256 of the whole token. A token holds 256 random bits, so nobody finds it from its hash.
    Token(Sha256Hex),
    /// SHA-256 of the public key (DER SubjectPublicKeyInfo) that a certificate was issued for.
    Certificate(Sha256Hex),
}

/// How a workload obtained a credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum CredentialOrigin {
    /// An administrator issued it.
    Issued,
    /// It was exchanged for a token of an issuer whom the workload trusts.
    Exchanged {
        /// The issuer.
        issuer: String,
        /// The subject that the issuer's token named.
        subject: String,
    },
}

impl WorkloadCredential {
    /// How long an exchanged token lasts.
    pub const EXCHANGED_LIFE: Span = Span::from_minutes(15);
    /// The longest life of an issued token: 366 days.
    pub const LONGEST_TOKEN: Span = Span::from_minutes(366 * 24 * 60);
    /// The longest life of a certificate: seven days.
    pub const LONGEST_CERTIFICATE: Span = Span::from_minutes(7 * 24 * 60);
}

/// A credential, with the session in which the workload asks with it.
#[derive(Debug)]
pub(crate) struct Credential {
    pub(crate) document: WorkloadCredential,
    pub(crate) session: Arc<SessionFacts>,
}
