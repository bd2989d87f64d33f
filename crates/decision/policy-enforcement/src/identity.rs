//! The fields by which upstreams are told who asks. A client's own are dropped, whatever they are called.

use http::HeaderName;

/// The signed assertion.
pub const ASSERTION: HeaderName = HeaderName::from_static("sekisho-assertion");

/// The request's identifier.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Names, and beginnings of names, that only a gateway may set: who the user is, where the request came from, what the
/// client's certificate was, which URL or method was "really" meant.
const NAMES: [&str; 49] = [
    "proxy",
    "client-ip",
    "x-forwarded",
    "x-forward-for",
    "x-username",
    "x-userid",
    "x-group",
    "x-role",
    "x-principal",
    "x-auth",
    "x-verified-user",
    "x-proxy-user",
    "x-client-verify",
    "x-http-destinationurl",
    "x-middleware-subrequest",
    "x-waws-unencoded-url",
    "x-envoy-original-path",
    "x-wsgi-url-scheme",
    "forwarded",
    "via",
    "x-request-id",
    "x-real-ip",
    "x-real-port",
    "true-client-ip",
    "x-true-client-ip",
    "cf-connecting-ip",
    "cf-connecting-ipv6",
    "fastly-client-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-original-forwarded-for",
    "x-original-url",
    "x-original-uri",
    "x-original-host",
    "x-original-method",
    "x-rewrite-url",
    "x-host",
    "x-http-host-override",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-url-scheme",
    "remote-user",
    "x-remote-user",
    "x-user",
    "x-groups",
    "x-roles",
    "x-email",
    "x-access-jwt",
];
const BEGINNINGS: [&str; 21] = [
    "x-goog-",
    "x-ms-client-principal",
    "x-amzn-oidc-",
    "cf-access-",
    "x-pomerium-",
    "sekisho-",
    "x-sekisho-",
    "x-forwarded-",
    "x-auth-",
    "x-authenticated-",
    "x-user-",
    "x-remote-",
    "x-ssl-",
    "ssl-client-",
    "x-client-cert",
    "client-cert",
    "x-tls-client-",
    "remote-",
    "x-webauth-",
    "tailscale-",
    "x-accel-",
];

/// Whether a field of that name says something that only the gateway may say. Names are lower case here, and have no
/// character that some server maps to a hyphen: the head reader saw to both.
pub(crate) fn is_ours_alone(name: &HeaderName) -> bool {
    let name = name.as_str();
    NAMES.contains(&name) || BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
}
