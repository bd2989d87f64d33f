//! What a route answers: JSON that nobody keeps, with the entity tag of a document.

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, ETAG, LOCATION};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Serialize;

use crate::idempotency::HoldsSecret;
use crate::{Problem, times};

/// An answer.
#[derive(Debug)]
pub struct Answer<T> {
    status: StatusCode,
    value: Option<T>,
    headers: HeaderMap,
    holds_secret: bool,
}

impl<T> Answer<T> {
    /// What was asked for, or what was done.
    #[must_use]
    pub fn ok(value: T) -> Self {
        Self { status: StatusCode::OK, value: Some(value), headers: HeaderMap::new(), holds_secret: false }
    }

    /// What was made.
    #[must_use]
    pub fn created(value: T) -> Self {
        Self { status: StatusCode::CREATED, ..Self::ok(value) }
    }

    /// As the document at this revision.
    #[must_use]
    pub fn at_revision(mut self, revision: u64) -> Self {
        if let Ok(tag) = HeaderValue::from_str(&tag(revision)) {
            self.headers.insert(ETAG, tag);
        }
        self
    }

    /// Says where what was made is.
    #[must_use]
    pub fn located(mut self, path: &str) -> Self {
        if let Ok(path) = HeaderValue::from_str(path) {
            self.headers.insert(LOCATION, path);
        }
        self
    }

    /// The answer holds a secret that is shown once: it is not kept for a repeated request.
    #[must_use]
    pub const fn once(mut self) -> Self {
        self.holds_secret = true;
        self
    }
}

impl<T> Answer<T> {
    /// Done, and there is nothing to tell.
    #[must_use]
    pub fn done() -> Self {
        Self { status: StatusCode::NO_CONTENT, value: None, headers: HeaderMap::new(), holds_secret: false }
    }
}

/// The entity tag of a document at a revision.
pub(crate) fn tag(revision: u64) -> String {
    format!("\"{revision}\"")
}

impl<T: Serialize> IntoResponse for Answer<T> {
    fn into_response(self) -> Response {
        let mut response = match self.value {
            None => self.status.into_response(),
            Some(value) => match serde_json::to_value(value) {
                Ok(mut value) => {
                    times::written(&mut value);
                    (self.status, axum::Json(value)).into_response()
                }
                Err(error) => return Problem::failed(error).into_response(),
            },
        };
        response.headers_mut().extend(self.headers);
        response.headers_mut().entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
        if self.holds_secret {
            response.extensions_mut().insert(HoldsSecret);
        }
        response
    }
}
