//! `Strict-Transport-Security` on application hosts: a browser that came once comes over HTTPS only.

use http::header::STRICT_TRANSPORT_SECURITY;
use http::{HeaderMap, HeaderValue};
use sekisho_model::documents::TransportSecurity;

use crate::{Refusal, Route};

/// This host over HTTPS only, for a year. Other hosts are theirs to say.
const OURS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Whether the answer comes from a resource's host, and its document wants that said.
#[must_use]
pub fn is_https_only(route: &Result<Route, Refusal>) -> bool {
    let resource = match route {
        Ok(Route::Own(_, application) | Route::Application(application)) => Some(&application.resource),
        Ok(_) => None,
        Err(refusal) => refusal.resource(),
    };
    resource.is_some_and(|resource| resource.transport_security == TransportSecurity::Sekisho)
}

/// Says it in an answer's fields.
pub fn say_https_only(fields: &mut HeaderMap) {
    fields.insert(STRICT_TRANSPORT_SECURITY, OURS);
}
