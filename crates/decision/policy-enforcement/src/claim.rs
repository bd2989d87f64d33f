//! What a caller says of a request that it holds: method, scheme, host, path, and who sent it.

use std::net::IpAddr;

use http::HeaderName;
use sekisho_model::documents::Dialect;

use crate::{Caller, Malformed, RequestHead};

/// A caller's statement about a request that it holds. [`RequestHead::of_claim`] reads it by the rules for every head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The method.
    pub method: String,
    /// The scheme.
    pub scheme: String,
    /// The host, with its port where one was written.
    pub authority: String,
    /// The path with its query, as the caller will send it on.
    pub target: String,
    /// The address that sent the request to the caller.
    pub client: IpAddr,
}

/// Fields with which a client asks some servers for another method, path or host than the request has. An enforcement point
/// that is not ours passes them on, so a request that has one is refused.
const MISLEADING: [&str; 16] = [
    "x-original-url",
    "x-original-uri",
    "x-original-method",
    "x-original-host",
    "x-original-path",
    "x-rewrite-url",
    "x-forwarded-uri",
    "x-forwarded-path",
    "x-forwarded-method",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-http-destinationurl",
    "x-waws-unencoded-url",
    "x-middleware-subrequest",
    "x-http-host-override",
];

impl Claim {
    /// The claim in the fields of a caller's head, in the caller's own dialect.
    ///
    /// # Errors
    /// When a field of the dialect is missing or repeated, or the fields of another dialect are there: the client sent them.
    pub fn in_fields(caller: &Caller, head: &RequestHead) -> Result<Self, Malformed> {
        let dialect = caller.point().speaks;
        check_misleading(dialect, head.fields())?;
        let claim = match dialect {
            Dialect::Nginx => {
                let (scheme, rest) = once(head, "x-original-url")?.split_once("://").ok_or(Malformed::Claim)?;
                let end = rest.find('/').ok_or(Malformed::Claim)?;
                let (authority, target) = rest.split_at_checked(end).ok_or(Malformed::Claim)?;
                Self {
                    method: once(head, "x-original-method")?.to_owned(),
                    scheme: scheme.to_owned(),
                    authority: authority.to_owned(),
                    target: target.to_owned(),
                    client: address(once(head, "x-real-ip")?)?,
                }
            }
            Dialect::Traefik | Dialect::Caddy => Self {
                method: once(head, "x-forwarded-method")?.to_owned(),
                scheme: once(head, "x-forwarded-proto")?.to_owned(),
                authority: once(head, "x-forwarded-host")?.to_owned(),
                target: once(head, "x-forwarded-uri")?.to_owned(),
                client: address(once(head, "x-forwarded-for")?)?,
            },
            Dialect::Envoy | Dialect::Authzen => return Err(Malformed::Claim),
        };
        Ok(claim)
    }
}

/// Refuses what would lead the resource to read another request than the one that is decided.
pub(crate) fn check_misleading(dialect: Dialect, fields: &http::HeaderMap) -> Result<(), Malformed> {
    // INVARIANT I-22: the client's own word on what it asks for never counts, and is not passed on unseen.
    let own: &[&str] = match dialect {
        Dialect::Nginx => &["x-original-url", "x-original-method"],
        Dialect::Traefik | Dialect::Caddy => &["x-forwarded-uri", "x-forwarded-method"],
        Dialect::Envoy | Dialect::Authzen => &[],
    };
    let foreign = |name: &HeaderName| MISLEADING.contains(&name.as_str()) && !own.contains(&name.as_str());
    if fields.keys().any(foreign) { Err(Malformed::ForeignClaim) } else { Ok(()) }
}

fn once<'a>(head: &'a RequestHead, name: &str) -> Result<&'a str, Malformed> {
    let mut values = head.fields().get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().map_err(|_| Malformed::Claim),
        _ => Err(Malformed::Claim),
    }
}

/// One address. A list is somebody else's word.
fn address(text: &str) -> Result<IpAddr, Malformed> {
    text.parse().map_err(|_| Malformed::Claim)
}
