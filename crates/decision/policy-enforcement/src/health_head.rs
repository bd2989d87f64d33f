//! The head of a health check: it asks in nobody's name, so it has no assertion and no field that introduces anybody.

use http::header::{CONNECTION, HOST, USER_AGENT};
use http::uri::Scheme;
use http::{HeaderValue, Request, Uri, Version};
use sekisho_model::documents::{Resource, UpstreamHost, UpstreamProtocol};

/// The head with which an address of a resource is asked whether it is well. `None` when it cannot be written.
#[must_use]
pub fn health_head(resource: &Resource, path: &str) -> Option<Request<()>> {
    let upstream = resource.upstream.as_deref()?;
    let own = match (&upstream.tls, upstream.addresses.first()?) {
        (Some(tls), _) => tls.server_name.to_string(),
        (None, address) => address.to_string(),
    };
    let host = match (&upstream.host, &resource.host) {
        (UpstreamHost::Fixed(host), _) | (UpstreamHost::Preserve, Some(host)) => host.to_string(),
        (UpstreamHost::Upstream, _) | (UpstreamHost::Preserve, None) => own,
    };
    let mut request = Request::new(());
    match upstream.protocol {
        UpstreamProtocol::Http1 => {
            *request.version_mut() = Version::HTTP_11;
            *request.uri_mut() = path.parse().ok()?;
            request.headers_mut().insert(HOST, HeaderValue::try_from(host).ok()?);
            request.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        UpstreamProtocol::Http2 => {
            *request.version_mut() = Version::HTTP_2;
            let scheme = if upstream.tls.is_some() { Scheme::HTTPS } else { Scheme::HTTP };
            *request.uri_mut() = Uri::builder().scheme(scheme).authority(host).path_and_query(path).build().ok()?;
        }
    }
    request.headers_mut().insert(USER_AGENT, HeaderValue::from_static("sekisho-health-check"));
    Some(request)
}
