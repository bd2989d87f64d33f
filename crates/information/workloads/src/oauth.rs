//! What a client of the token endpoint sends and is answered (RFC 6749, sections 4 and 5; RFC 8693).

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use http::header::CACHE_CONTROL;
use sekisho_rest::Problem;
use serde_json::json;
use zeroize::Zeroizing;

/// The grant's registered name.
pub(crate) const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
/// The type of the token that is given.
pub(crate) const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
/// The types of tokens that are taken.
const TAKEN: [&str; 2] = ["urn:ietf:params:oauth:token-type:jwt", "urn:ietf:params:oauth:token-type:id_token"];
/// The longest token of an issuer in bytes.
const LONGEST_TOKEN: usize = 16 * 1024;

/// A request for a token.
pub(crate) struct Asked {
    /// The workload, by its identifier.
    pub(crate) client: String,
    /// The token of the issuer.
    pub(crate) token: Zeroizing<String>,
}

/// Why a request for a token is refused: an error of RFC 6749, what to do, and what is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The form is not one of this grant.
    Request(&'static str),
    /// The grant is another.
    Grant,
    /// A target was named: tokens are not limited to one.
    Target,
    /// No workload of that name takes this token.
    Token,
    /// Too much from one network.
    TooMany,
    /// Something that the answer depends on does not work.
    Unavailable,
}

impl Refused {
    /// The name of the error, which is counted too.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Request(_) => "invalid_request",
            Self::Grant => "unsupported_grant_type",
            Self::Target => "invalid_target",
            Self::Token => "invalid_grant",
            Self::TooMany => "slow_down",
            Self::Unavailable => "temporarily_unavailable",
        }
    }

    pub(crate) fn into_response(self) -> Response {
        let (status, description) = match self {
            Self::Request(what) => (StatusCode::BAD_REQUEST, what),
            Self::Grant => (StatusCode::BAD_REQUEST, GRANT),
            Self::Target => (
                StatusCode::BAD_REQUEST,
                "a token is not limited to a resource: leave `resource`, `audience` and `scope` out",
            ),
            // One answer, so that nobody learns which workloads there are and whom they trust. The log has the reason.
            Self::Token => (StatusCode::BAD_REQUEST, "no workload of that name takes this token"),
            Self::TooMany => (StatusCode::TOO_MANY_REQUESTS, "too many requests: try again in a minute"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "try again soon"),
        };
        let body = json!({ "error": self.name(), "error_description": description });
        (status, [(CACHE_CONTROL, "no-store")], Json(body)).into_response()
    }
}

/// What refuses a request before it is read, in the form of this endpoint.
pub(crate) fn problem(problem: &Problem) -> Response {
    let name = if problem.status().is_server_error() { "temporarily_unavailable" } else { "invalid_request" };
    let body = json!({ "error": name, "error_description": problem.title() });
    (problem.status(), [(CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

/// The request in a form. A field that is there twice is nobody's word.
pub(crate) fn asked(fields: Vec<(String, String)>) -> Result<Asked, Refused> {
    const KNOWN: [&str; 9] = [
        "grant_type",
        "client_id",
        "subject_token",
        "subject_token_type",
        "requested_token_type",
        "actor_token",
        "resource",
        "audience",
        "scope",
    ];
    let mut known = [const { None }; KNOWN.len()];
    for (name, value) in fields {
        let Some(place) = KNOWN.iter().position(|field| *field == name).and_then(|at| known.get_mut(at)) else {
            continue;
        };
        if place.replace(Zeroizing::new(value)).is_some() {
            return Err(Refused::Request("a field is there twice"));
        }
    }
    let [grant, client, token, kind, requested, actor, resource, audience, scope] = known;
    if grant.as_deref().map(String::as_str) != Some(GRANT) {
        return Err(Refused::Grant);
    }
    if resource.or(audience).or(scope).is_some() {
        return Err(Refused::Target);
    }
    if actor.is_some() || requested.is_some_and(|requested| *requested != ACCESS_TOKEN) {
        return Err(Refused::Request("leave `actor_token` out, and ask for an access token"));
    }
    if !kind.is_some_and(|kind| TAKEN.contains(&kind.as_str())) {
        return Err(Refused::Request("`subject_token_type`: send a signed token, of the type `jwt` or `id_token`"));
    }
    let (Some(client), Some(token)) = (client, token) else {
        return Err(Refused::Request("send `client_id`, the name of the workload, and `subject_token`"));
    };
    if token.len() > LONGEST_TOKEN {
        return Err(Refused::Request("`subject_token` is longer than 16 KiB"));
    }
    Ok(Asked { client: client.to_string(), token })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(more: &[(&str, &str)]) -> Result<String, Refused> {
        let mut fields = vec![
            ("grant_type", GRANT),
            ("client_id", "ci"),
            ("subject_token", "a.b.c"),
            ("subject_token_type", TAKEN[0]),
        ];
        fields.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
        fields.extend(more.iter().filter(|(_, value)| *value != "-"));
        asked(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
            .map(|asked| asked.client)
    }

    #[test]
    fn a_form_of_the_grant_is_read() {
        assert_eq!(of(&[]), Ok("ci".to_owned()));
        assert_eq!(
            of(&[("requested_token_type", ACCESS_TOKEN), ("subject_token_type", TAKEN[1])]),
            Ok("ci".to_owned())
        );
        assert_eq!(of(&[("foo", "bar")]), Ok("ci".to_owned()), "unknown fields are ignored (RFC 6749, section 3.2)");
    }

    #[test]
    fn no_other_form_is() {
        for (more, name) in [
            (&[("grant_type", "password")][..], "unsupported_grant_type"),
            (&[("grant_type", "-")], "unsupported_grant_type"),
            (&[("audience", "wiki")], "invalid_target"),
            (&[("scope", "")], "invalid_target"),
            (&[("actor_token", "a.b.c")], "invalid_request"),
            (&[("requested_token_type", TAKEN[0])], "invalid_request"),
            (&[("subject_token_type", ACCESS_TOKEN)], "invalid_request"),
            (&[("subject_token", "-")], "invalid_request"),
            (&[("client_id", "-")], "invalid_request"),
            (&[("client_id", "a"), ("client_id", "b")], "invalid_request"),
        ] {
            assert_eq!(of(more).map_err(Refused::name), Err(name), "{more:?}");
        }
    }
}
