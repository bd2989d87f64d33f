//! Why a provider's answer does not count, as values: a code for the record and a text for the person.

use sekisho_capability::{ChangeError, NoEntropy};
use sekisho_identity::Failure;
use sekisho_store::StoreError;

/// Why somebody was not signed in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such provider, or it is disabled.
    #[error("there is no such identity provider")]
    NoProvider,
    /// The answer belongs to no redirection of this browser: too old, used, or never begun here.
    #[error("the answer belongs to no redirection of this browser")]
    NotAsked,
    /// The answer is another provider's than the one that was asked (RFC 9207).
    #[error("the answer is of another issuer than the one that was asked")]
    OtherIssuer,
    /// The provider says that it did not sign the person in.
    #[error("the provider answers `{0}`")]
    Declined(String),
    /// The provider does not give a token for the code.
    #[error("the provider rejects the code: {0}")]
    CodeRejected(String),
    /// The ID token is not what was asked for.
    #[error("the ID token is wrong: {0}")]
    WrongToken(&'static str),
    /// The provider cannot be reached, or what it answers cannot be used.
    #[error("the provider cannot be used: {0}")]
    Unusable(String),
    /// No account is linked to the subject.
    #[error("no account is linked to this subject")]
    Unlinked {
        /// The provider's name.
        provider: String,
        /// The subject, which the person has just proven to be theirs.
        subject: String,
    },
    /// Identity refused.
    #[error(transparent)]
    Identity(Failure),
    /// The store, the ledger or the entropy of the system failed.
    #[error("a part of the platform failed")]
    Unavailable,
}

impl Refusal {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoProvider => "no-provider",
            Self::NotAsked => "not-asked",
            Self::OtherIssuer => "other-issuer",
            Self::Declined(_) => "declined",
            Self::CodeRejected(_) => "code-rejected",
            Self::WrongToken(_) => "wrong-token",
            Self::Unusable(_) => "unusable",
            Self::Unlinked { .. } => "unlinked",
            Self::Identity(_) => "identity",
            Self::Unavailable => "unavailable",
        }
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Expired => Self::NotAsked,
            Failure::Unavailable(_) => Self::Unavailable,
            other => Self::Identity(other),
        }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store failed");
        Self::Unavailable
    }
}

impl From<ChangeError> for Refusal {
    fn from(error: ChangeError) -> Self {
        tracing::error!(%error, "a change was not made");
        Self::Unavailable
    }
}

impl From<NoEntropy> for Refusal {
    fn from(_: NoEntropy) -> Self {
        Self::Unavailable
    }
}

/// A text of somebody else, short and harmless enough for a record.
pub(crate) fn shown(text: &str) -> String {
    text.chars().filter(|character| character.is_ascii_graphic() || *character == ' ').take(200).collect()
}
