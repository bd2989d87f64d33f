//! Why an act was not done, as a problem document.

use axum::http::StatusCode;
use sekisho_api_tokens::TokenActRefusal;
use sekisho_control_plane::acts::ActRefusal;
use sekisho_control_plane::{ApplyError, PointRefusal};
use sekisho_rest::Problem;

/// The refusal of an act.
pub(crate) fn act(refusal: ActRefusal) -> Problem {
    match refusal {
        ActRefusal::OwnAccount => Problem::new(StatusCode::FORBIDDEN, "own-account", refusal),
        ActRefusal::LastAdministrator(_) => Problem::new(StatusCode::CONFLICT, "last-administrator", refusal),
        ActRefusal::TokenOverOwner => Problem::forbidden(refusal),
        ActRefusal::Token(refusal) => token(refusal),
        ActRefusal::NoUser(_) | ActRefusal::NoDevice(_) | ActRefusal::NoSession(_) => Problem::not_found(refusal),
        ActRefusal::Conflict(_) => Problem::conflict(refusal),
        ActRefusal::Identity(_) | ActRefusal::Devices(_) => Problem::wrong(refusal),
        ActRefusal::Damaged(_) | ActRefusal::Failed(_) => Problem::failed(refusal),
    }
}

/// The refusal of an act on an enforcement point.
pub(crate) fn point(refusal: PointRefusal) -> Problem {
    match refusal {
        PointRefusal::NoPoint(_) => Problem::not_found(refusal),
        PointRefusal::Apply(error) => apply(error),
        PointRefusal::Damaged(_) | PointRefusal::Failed(_) => Problem::failed(refusal),
    }
}

/// The refusal to make or to revoke a token.
fn token(refusal: TokenActRefusal) -> Problem {
    match refusal {
        TokenActRefusal::NotAPerson | TokenActRefusal::NotYours(_) | TokenActRefusal::RoleNotHeld { .. } => {
            Problem::forbidden(refusal)
        }
        TokenActRefusal::NoUser(_) | TokenActRefusal::NoToken(_) => Problem::not_found(refusal),
        TokenActRefusal::Taken(_) | TokenActRefusal::TooMany(_) => Problem::conflict(refusal),
        TokenActRefusal::Disabled(_) | TokenActRefusal::NoSuchPart(_) | TokenActRefusal::Wrong(_) => {
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "wrong-field", refusal)
        }
        TokenActRefusal::NoRandomness | TokenActRefusal::Change(_) => Problem::failed(refusal),
    }
}

/// The refusal of a change of documents.
pub(crate) fn apply(error: ApplyError) -> Problem {
    let title = error.to_string();
    let wrong =
        |problems| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "wrong-documents", &title).with_problems(problems);
    match error {
        ApplyError::Documents(problems) => wrong(problems.iter().map(ToString::to_string).collect()),
        ApplyError::World(problems) => wrong(problems),
        ApplyError::Protected(_) => Problem::new(StatusCode::CONFLICT, "protected", title),
        ApplyError::Conflict(_) => Problem::conflict(title),
        ApplyError::OwnAccount(refusal) => act(*refusal),
        ApplyError::Failed(_) => Problem::failed(title),
    }
}

/// A part of the path that is not an identifier.
pub(crate) fn identifier(error: impl std::fmt::Display) -> Problem {
    Problem::wrong(error)
}
