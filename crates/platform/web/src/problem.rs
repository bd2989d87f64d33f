//! Why a page is not given, as a value that the frame turns into a page in the reader's language.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use sekisho_model::{Language, Text};

use crate::messages;

/// Why a page is not given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// There is nothing at this address, or nothing for this person.
    NotFound,
    /// Nobody is signed in, and this request cannot be repeated after signing in.
    SignInFirst,
    /// The request did not come from a page of ours, or its token is not this session's.
    NotOurForm,
    /// The fields are not those of the form.
    Malformed,
    /// The address does not accept this method.
    MethodNotAllowed,
    /// The body has a content type that is not read here.
    UnsupportedForm,
    /// The body is larger than any form of ours.
    TooLarge,
    /// A capability refused the request.
    Refused {
        /// The status of the response.
        status: StatusCode,
        /// Why, for the person.
        text: Box<Text>,
    },
    /// No resource stands for the console, so nobody may enter it.
    NoConsole,
    /// A part that the answer depends on does not work.
    Unavailable,
}

impl Problem {
    /// A capability refused the request, for a reason that the person reads.
    #[must_use]
    pub fn refused(status: StatusCode, text: Text) -> Self {
        Self::Refused { status, text: Box::new(text) }
    }

    /// The status of the response.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::SignInFirst => StatusCode::UNAUTHORIZED,
            Self::NotOurForm | Self::NoConsole => StatusCode::FORBIDDEN,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::UnsupportedForm => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::Refused { status, .. } => *status,
        }
    }

    /// The message keys of its title and its text.
    const fn messages(&self) -> (&'static str, &'static str) {
        match self {
            Self::NotFound => ("problem-not-found", "problem-not-found-text"),
            Self::SignInFirst => ("problem-sign-in", "problem-sign-in-text"),
            Self::NotOurForm => ("problem-form", "problem-form-text"),
            Self::MethodNotAllowed => ("problem-method", "problem-method-text"),
            Self::Malformed | Self::UnsupportedForm | Self::TooLarge => ("problem-malformed", "problem-malformed-text"),
            Self::Refused { .. } => ("problem-not-done", "problem-not-done-text"),
            Self::NoConsole => ("problem-no-console", "problem-no-console-text"),
            Self::Unavailable => ("problem-unavailable", "problem-unavailable-text"),
        }
    }

    /// The message key of its title.
    pub(crate) const fn title(&self) -> &'static str {
        self.messages().0
    }

    /// What it tells the person.
    pub(crate) fn text(&self, language: Language) -> String {
        match self {
            Self::Refused { text, .. } => text.in_language(language).to_owned(),
            other => messages::say(language, other.messages().1),
        }
    }
}

impl From<sekisho_store::StoreError> for Problem {
    fn from(error: sekisho_store::StoreError) -> Self {
        tracing::error!(%error, "the store failed");
        Self::Unavailable
    }
}

/// The frame makes the page, because it knows the reader.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}
