//! A refusal of this crate as the page that a person gets.

use http::StatusCode;
use sekisho_web::Problem;

use crate::Failure;

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        let status = match failure {
            Failure::NotFound(_) => StatusCode::NOT_FOUND,
            Failure::SessionEnded => StatusCode::UNAUTHORIZED,
            Failure::TooManyAttempts { .. } => StatusCode::TOO_MANY_REQUESTS,
            Failure::Busy | Failure::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        };
        Self::refused(status, failure.text())
    }
}
