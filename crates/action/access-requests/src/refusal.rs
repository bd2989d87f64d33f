//! Why a request was not made or not answered.

use http::StatusCode;
use sekisho_capability::ChangeError;
use sekisho_model::{Language, Text};
use sekisho_policy_engine::Decision;
use sekisho_store::StoreError;
use sekisho_web::verdict::explained;

/// Why a request was not made or not answered.
#[derive(Debug, thiserror::Error)]
pub enum RequestRefusal {
    /// There is no such request, or it is not this person's.
    #[error("there is no such request")]
    NotFound,
    /// It was answered, withdrawn, or nobody answered it in time.
    #[error("the request is not open any more")]
    NotOpen,
    /// Nothing has to be requested, or nothing would be gained.
    #[error("access to this resource cannot be requested: no grant would open it")]
    NotRequestable,
    /// The person has an open request for the same.
    #[error("you have an open request for this resource")]
    AlreadyOpen,
    /// The person has as many open requests as one may have.
    #[error("you have as many open requests as one may have: withdraw one first")]
    TooMany,
    /// People would approve what they asked for themselves.
    #[error("nobody answers a request of their own")]
    Own,
    /// No policy names this person as an approver now.
    #[error("no policy permits you to approve access to this resource{}", reasons(.0))]
    NotApprover(Vec<Text>),
    /// A field is wrong.
    #[error("{0}")]
    Wrong(String),
    /// The system has no random bytes.
    #[error("the system gives no random bytes")]
    NoRandomness,
    /// The store or the ledger failed, or somebody else changed the request.
    #[error(transparent)]
    Change(#[from] ChangeError),
}

impl RequestRefusal {
    /// The refusal of somebody whom the policy engine does not permit to approve.
    pub(crate) fn of(decision: &Decision) -> Self {
        let [en, ja] = [Language::English, Language::Japanese].map(|language| explained(decision, language).0);
        Self::NotApprover(en.into_iter().zip(ja).map(|(en, ja)| Text { en, ja: Some(ja) }).collect())
    }

    /// The key of its text on a page; `None` where nothing is the person's to change.
    pub(crate) const fn key(&self) -> Option<&'static str> {
        Some(match self {
            Self::NotOpen => "requests-not-open",
            Self::NotRequestable => "requests-not-requestable",
            Self::AlreadyOpen => "requests-already-open",
            Self::TooMany => "requests-too-many",
            Self::Own => "requests-own",
            Self::NotApprover(_) => "requests-not-approver",
            Self::Wrong(_) => "requests-wrong",
            Self::NotFound | Self::NoRandomness | Self::Change(_) => return None,
        })
    }

    /// The status of an answer that tells it.
    pub(crate) const fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::NotOpen | Self::AlreadyOpen | Self::TooMany | Self::NotRequestable => StatusCode::CONFLICT,
            Self::Own | Self::NotApprover(_) => StatusCode::FORBIDDEN,
            Self::Wrong(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::NoRandomness | Self::Change(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Its code in problem documents.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::NotOpen => "request-not-open",
            Self::NotRequestable => "not-requestable",
            Self::AlreadyOpen => "request-already-open",
            Self::TooMany => "too-many-requests-open",
            Self::Own => "own-request",
            Self::NotApprover(_) => "not-approver",
            Self::Wrong(_) => "wrong-field",
            Self::NoRandomness | Self::Change(_) => "failed",
        }
    }
}

impl From<StoreError> for RequestRefusal {
    fn from(error: StoreError) -> Self {
        Self::Change(error.into())
    }
}

fn reasons(texts: &[Text]) -> String {
    texts.iter().map(|text| format!(": {}", text.en)).collect()
}
