//! Why a step of the life cycle was not taken.

use http::StatusCode;
use sekisho_capability::ChangeError;
use sekisho_control_plane::ApplyError;
use sekisho_store::StoreError;

/// Why a step of the life cycle was not taken.
#[derive(Debug, thiserror::Error)]
pub enum LifeCycleError {
    /// There is no such draft.
    #[error("there is no such draft")]
    NotFound,
    /// There is a draft of that name.
    #[error("there is a draft of that name: choose another one")]
    Taken,
    /// It was published or withdrawn, and is not changed any more.
    #[error("the draft was published or withdrawn: begin another one")]
    Closed,
    /// The policy changed since the draft was made from it.
    #[error(
        "the policy changed since the draft was made from it: look at it again, and write the draft on its present revision"
    )]
    Overtaken,
    /// The draft changed since it was looked at.
    #[error("the draft changed since you looked at it: look at it again")]
    Changed,
    /// Who wrote on a draft does not approve it.
    #[error("who wrote on a draft does not approve it: ask somebody else")]
    OwnDraft,
    /// Only a person approves.
    #[error("a draft is approved by a person: sign in, or use a token of yours")]
    NotAPerson,
    /// Nobody else approved exactly this text.
    #[error("the policy needs the approval of another person, and nobody approved exactly this text")]
    NotApproved,
    /// The policy has that text.
    #[error("the policy has that text already: there is nothing to publish")]
    Nothing,
    /// The draft is not what is in force.
    #[error("the draft is not in force, or the policy was changed since: there is nothing to roll back")]
    NotInForce,
    /// Something that was written is wrong.
    #[error("{0}")]
    Wrong(String),
    /// The policies do not fit together, or would lock out who administers.
    #[error("{0}")]
    Refused(String),
    /// The store, the ledger or another part failed.
    #[error("{0}")]
    Failed(String),
}

impl LifeCycleError {
    /// The status of an answer that tells it.
    pub(crate) const fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::OwnDraft | Self::NotAPerson | Self::NotApproved => StatusCode::FORBIDDEN,
            Self::Wrong(_) | Self::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Taken | Self::Closed | Self::Overtaken | Self::Changed | Self::Nothing | Self::NotInForce => {
                StatusCode::CONFLICT
            }
            Self::Failed(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Its code in problem documents, and the key of its text on a page.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::Taken => "policy-draft-taken",
            Self::Closed => "policy-draft-closed",
            Self::Overtaken => "policy-draft-overtaken",
            Self::Changed => "policy-draft-changed",
            Self::OwnDraft => "policy-draft-own",
            Self::NotAPerson => "policy-draft-no-person",
            Self::NotApproved => "policy-draft-not-approved",
            Self::Nothing => "policy-draft-nothing",
            Self::NotInForce => "policy-draft-not-in-force",
            Self::Wrong(_) => "policy-draft-wrong",
            Self::Refused(_) => "policy-draft-refused",
            Self::Failed(_) => "failed",
        }
    }
}

impl From<StoreError> for LifeCycleError {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<ChangeError> for LifeCycleError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Conflict { .. } => Self::Changed,
            other => Self::Failed(other.to_string()),
        }
    }
}

impl From<ApplyError> for LifeCycleError {
    fn from(error: ApplyError) -> Self {
        match error {
            ApplyError::Documents(problems) => {
                Self::Refused(problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
            }
            ApplyError::World(problems) => Self::Refused(problems.join("; ")),
            ApplyError::Protected(why) => Self::Refused(why),
            ApplyError::OwnAccount(why) => Self::Refused(why.to_string()),
            ApplyError::Conflict(_) => Self::Overtaken,
            ApplyError::Failed(error) => Self::Failed(error),
        }
    }
}
