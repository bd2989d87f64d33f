//! What an enforcement point puts on a request that may pass, before the resource gets it.

use http::header::COOKIE;
use http::{HeaderName, HeaderValue};
use sekisho_gateway::Passage;
use sekisho_policy_enforcement::{ASSERTION, REQUEST_ID, RequestHead};

/// What the permit demands of the enforcement point that carries it out.
pub(crate) const OBLIGATIONS: HeaderName = HeaderName::from_static("sekisho-obligations");

/// The fields for the resource, each to replace the client's. A `Cookie` that is not among them is to be removed: it held
/// nothing but what is ours.
pub(crate) fn fields(passage: &Passage, head: &RequestHead) -> Vec<(HeaderName, HeaderValue)> {
    let mut fields = vec![(ASSERTION, passage.assertion.clone())];
    if let Ok(id) = HeaderValue::try_from(passage.permit.request().id().as_str()) {
        fields.push((REQUEST_ID, id));
    }
    if let Some(cookies) = head.cookies().forwarded() {
        fields.push((COOKIE, cookies.clone()));
    }
    let obligations: Vec<&str> = passage.permit.obligations().iter().map(|one| one.name()).collect();
    if let Ok(obligations) = HeaderValue::try_from(obligations.join(", ")) {
        fields.push((OBLIGATIONS, obligations));
    }
    fields
}
