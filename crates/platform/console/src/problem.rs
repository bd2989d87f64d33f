//! Why a page is not given, as a value that the guard turns into a page in the reader's language.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use sekisho_identity::Failure;
use sekisho_model::Text;

/// Why a page is not given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Problem {
    /// There is nothing at this address, or nothing for this person.
    NotFound,
    /// Nobody is signed in, and this cannot be asked again after signing in.
    SignInFirst,
    /// The request did not come from our own page, or its token is not this session's.
    NotOurForm,
    /// What was sent is not what the form sends.
    Malformed,
    /// The method is not one of this address.
    MethodNotAllowed,
    /// The body is in a form that is not read here.
    UnsupportedForm,
    /// More was sent than any form of ours holds.
    TooLarge,
    /// Identity said no; its text says why.
    Identity(Failure),
    /// A device's proof was refused; the text says why.
    Device(Box<Text>),
    /// Nobody disables their own account.
    OwnAccount,
    /// No resource stands for the console, so nobody may enter it.
    NoConsole,
    /// A part that the answer depends on does not work.
    Unavailable,
}

impl Problem {
    /// The status of the response.
    pub(crate) const fn status(&self) -> StatusCode {
        match self {
            Self::NotFound | Self::Identity(Failure::NotFound(_)) => StatusCode::NOT_FOUND,
            Self::SignInFirst | Self::Identity(Failure::SessionEnded) => StatusCode::UNAUTHORIZED,
            Self::NotOurForm | Self::NoConsole | Self::Device(_) => StatusCode::FORBIDDEN,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::UnsupportedForm => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Identity(Failure::TooManyAttempts { .. }) => StatusCode::TOO_MANY_REQUESTS,
            Self::Identity(Failure::Busy | Failure::Unavailable(_)) | Self::Unavailable => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Malformed | Self::OwnAccount | Self::Identity(_) => StatusCode::BAD_REQUEST,
        }
    }

    /// The message keys of its title and its text.
    pub(crate) const fn messages(&self) -> (&'static str, &'static str) {
        match self {
            Self::NotFound => ("problem-not-found", "problem-not-found-text"),
            Self::SignInFirst => ("problem-sign-in", "problem-sign-in-text"),
            Self::NotOurForm => ("problem-form", "problem-form-text"),
            Self::MethodNotAllowed => ("problem-method", "problem-method-text"),
            Self::Malformed | Self::UnsupportedForm | Self::TooLarge => ("problem-malformed", "problem-malformed-text"),
            Self::Identity(_) | Self::Device(_) => ("problem-not-done", "problem-not-done-text"),
            Self::OwnAccount => ("problem-not-done", "problem-own-account-text"),
            Self::NoConsole => ("problem-no-console", "problem-no-console-text"),
            Self::Unavailable => ("problem-unavailable", "problem-unavailable-text"),
        }
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        Self::Identity(failure)
    }
}

impl From<sekisho_store::StoreError> for Problem {
    fn from(error: sekisho_store::StoreError) -> Self {
        tracing::error!(%error, "the store failed");
        Self::Unavailable
    }
}

/// The page itself is made by the guard, which knows the reader.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}
