//! Requests that depend on the revision of a document: `If-Match` and `If-None-Match` (RFC 9110, 13.1).

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::header::{ETAG, IF_MATCH, IF_NONE_MATCH};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::Problem;
use crate::answer::tag;

/// What a request expects of a document.
#[derive(Debug, Clone, Default)]
pub struct Condition {
    matches: Option<Vec<String>>,
    matches_none: Option<Vec<String>>,
}

impl Condition {
    /// Rejects a change of a document that is not as the request expects it. `revision` is the present one, if there is such a document.
    ///
    /// # Errors
    /// 412 when it is at another revision.
    pub fn check(&self, revision: Option<u64>) -> Result<(), Problem> {
        let failed = |title: &str| Err(Problem::new(StatusCode::PRECONDITION_FAILED, "precondition-failed", title));
        match (&self.matches, revision) {
            (Some(tags), Some(revision)) if !holds(tags, revision) => {
                return failed("somebody changed the document since: read it again and repeat");
            }
            (Some(_), None) => return failed("there is no such document, and `If-Match` expects one"),
            _ => {}
        }
        match (&self.matches_none, revision) {
            (Some(tags), Some(revision)) if holds(tags, revision) => {
                failed("there is such a document already, and `If-None-Match` expects none")
            }
            _ => Ok(()),
        }
    }

    /// The answer 304 when the caller has this revision already.
    #[must_use]
    pub fn unchanged(&self, revision: u64) -> Option<Response> {
        let tags = self.matches_none.as_ref()?;
        let tag = HeaderValue::from_str(&tag(revision)).ok()?;
        holds(tags, revision).then(|| (StatusCode::NOT_MODIFIED, [(ETAG, tag)]).into_response())
    }
}

/// Whether a list of tags holds that of a revision. `*` holds every one.
fn holds(tags: &[String], revision: u64) -> bool {
    let wanted = tag(revision);
    tags.iter().any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == wanted)
}

impl<S: Sync> FromRequestParts<S> for Condition {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(Self { matches: tags(&parts.headers, &IF_MATCH)?, matches_none: tags(&parts.headers, &IF_NONE_MATCH)? })
    }
}

fn tags(headers: &HeaderMap, name: &HeaderName) -> Result<Option<Vec<String>>, Problem> {
    let mut all = Vec::new();
    for value in headers.get_all(name) {
        let wrong = || Problem::wrong(format_args!("`{name}` takes the `ETag` of an answer, for example \"42\""));
        let text = value.to_str().map_err(|_| wrong())?;
        for tag in text.split(',').map(str::trim) {
            let is_tag = tag.strip_prefix("W/").unwrap_or(tag);
            let is_quoted = is_tag.len() >= 2 && is_tag.starts_with('"') && is_tag.ends_with('"');
            if tag != "*" && !is_quoted {
                return Err(wrong());
            }
            all.push(tag.to_owned());
        }
    }
    Ok((!all.is_empty()).then_some(all))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(matches: Option<&str>, none: Option<&str>) -> Condition {
        let mut headers = HeaderMap::new();
        let mut add = |name: HeaderName, text: Option<&str>| {
            text.map(|text| headers.insert(name, HeaderValue::from_str(text).expect("a value")))
        };
        add(IF_MATCH, matches);
        add(IF_NONE_MATCH, none);
        Condition {
            matches: tags(&headers, &IF_MATCH).expect("tags"),
            matches_none: tags(&headers, &IF_NONE_MATCH).expect("tags"),
        }
    }

    #[test]
    fn a_change_meets_the_revision_that_was_read() {
        assert!(condition(None, None).check(Some(7)).is_ok());
        assert!(condition(Some("\"7\""), None).check(Some(7)).is_ok());
        assert!(condition(Some("\"6\", \"7\""), None).check(Some(7)).is_ok());
        assert!(condition(Some("*"), None).check(Some(7)).is_ok());
        assert!(condition(None, Some("*")).check(None).is_ok());
    }

    #[test]
    fn a_change_of_another_revision_is_rejected() {
        for (condition, found) in [
            (condition(Some("\"6\""), None), Some(7)),
            (condition(Some("\"7\""), None), None),
            (condition(Some("*"), None), None),
            (condition(None, Some("*")), Some(7)),
        ] {
            let status = condition.check(found).expect_err("a problem").status();
            assert_eq!(status, StatusCode::PRECONDITION_FAILED);
        }
    }

    #[test]
    fn what_is_no_tag_is_rejected() {
        for wrong in ["7", "\"7", "W/7", "", "\"7\" 8"] {
            let headers = HeaderMap::from_iter([(IF_MATCH, HeaderValue::from_str(wrong).expect("a value"))]);
            assert!(tags(&headers, &IF_MATCH).is_err(), "{wrong}");
        }
    }
}
