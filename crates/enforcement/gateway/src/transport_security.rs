//! `Strict-Transport-Security` on application hosts: a browser that came once comes over HTTPS only.

use http::header::STRICT_TRANSPORT_SECURITY;
use http::{HeaderValue, StatusCode};
use sekisho_model::documents::{Resource, TransportSecurity};

use crate::reply::Reply;

/// This host over HTTPS only, for a year. Other hosts are theirs to say.
const OURS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Says in a reply from a resource's host what its document wants said.
pub(crate) fn secure(reply: &mut Reply, resource: &Resource) {
    let is_said = resource.transport_security == TransportSecurity::Sekisho;
    if is_said && reply.head.status() != StatusCode::SWITCHING_PROTOCOLS {
        reply.head.headers_mut().insert(STRICT_TRANSPORT_SECURITY, OURS);
    }
}
