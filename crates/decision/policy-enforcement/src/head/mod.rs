//! The head of a request that can be read in only one way: the first link of the chain of proofs.
//!
//! Private fields and few makers: [`RequestHead::from_http1`] for the bytes of HTTP/1, [`RequestHead::from_http2`] and
//! [`RequestHead::from_http2_websocket`] for the fields of HTTP/2, [`RequestHead::of_claim`] for a request that somebody
//! else holds. All refuse framing that two parsers could read differently; names pass as they came.

mod authority;
mod claimed;
mod connect;
mod connection;
mod cookies;
mod fields;
mod framing;
mod glimpse;
mod http1;
mod http2;
mod http2_websocket;
mod scan;

#[cfg(test)]
mod tests;

use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, Method, Version};
use sekisho_model::Host;

pub use authority::Authority;
pub use connect::ConnectHead;
pub use connection::Hops;
pub use cookies::{Cookies, FLOW_COOKIE};
pub(crate) use fields::{check_name, check_value};
pub use framing::BodyFraming;
pub use glimpse::{Glimpse, language_of};
pub use scan::HeadScanner;

/// How large a head may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeadLimits {
    /// Bytes of the whole head.
    pub bytes: usize,
    /// Fields.
    pub fields: usize,
    /// Bytes of the target.
    pub target: usize,
    /// Bytes of all cookies together.
    pub cookies: usize,
}

impl Default for HeadLimits {
    fn default() -> Self {
        Self { bytes: 32 * 1024, fields: 100, target: 8 * 1024, cookies: 24 * 1024 }
    }
}

/// The scheme of the connection that a head came over; an absolute target must have the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Plain HTTP.
    Http,
    /// HTTP over TLS.
    Https,
}

/// A request's head: unambiguous and bounded.
#[derive(Debug, Clone)]
pub struct RequestHead {
    method: Method,
    /// `None` for `OPTIONS *`.
    target: Option<PathAndQuery>,
    authority: Authority,
    version: Version,
    fields: HeaderMap,
    framing: BodyFraming,
    hops: Hops,
    expects_continue: bool,
    cookies: Cookies,
}

impl RequestHead {
    /// The method: capital letters. Whether it is served is the resource's to say.
    #[must_use]
    pub const fn method(&self) -> &Method {
        &self.method
    }

    /// The path as it came; `*` for `OPTIONS *`.
    #[must_use]
    pub fn path(&self) -> &str {
        self.target.as_ref().map_or("*", PathAndQuery::path)
    }

    /// The query as it came: policy does not read it.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        self.target.as_ref().and_then(PathAndQuery::query)
    }

    /// The path and the query as they came; `None` for `OPTIONS *`, which asks about the server itself.
    #[must_use]
    pub const fn target(&self) -> Option<&PathAndQuery> {
        self.target.as_ref()
    }

    /// The canonical host.
    #[must_use]
    pub const fn host(&self) -> &Host {
        self.authority.host()
    }

    /// The host with the port, if it was written.
    #[must_use]
    pub const fn authority(&self) -> &Authority {
        &self.authority
    }

    /// HTTP/1.0, HTTP/1.1 or HTTP/2.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.version
    }

    /// The fields as they came, names in lower case.
    #[must_use]
    pub const fn fields(&self) -> &HeaderMap {
        &self.fields
    }

    /// A field's value, if it occurs and is ASCII.
    #[must_use]
    pub fn field(&self, name: &HeaderName) -> Option<&str> {
        self.fields.get(name).and_then(|value| value.to_str().ok())
    }

    /// How long the body is.
    #[must_use]
    pub const fn framing(&self) -> BodyFraming {
        self.framing
    }

    /// What the head says about this one connection.
    #[must_use]
    pub const fn hops(&self) -> &Hops {
        &self.hops
    }

    /// Whether the client waits for `100 Continue` before it sends the body.
    #[must_use]
    pub const fn expects_continue(&self) -> bool {
        self.expects_continue
    }

    /// Whether the sender shows pages to a person.
    #[must_use]
    pub fn takes_html(&self) -> bool {
        self.field(&http::header::ACCEPT).is_some_and(|accept| accept.contains("text/html"))
    }

    /// The cookies.
    #[must_use]
    pub const fn cookies(&self) -> &Cookies {
        &self.cookies
    }

    /// Whether the connection may carry another request after this one.
    #[must_use]
    pub fn keeps_alive(&self) -> bool {
        self.version != Version::HTTP_10 && !self.hops.close
    }

    /// Whether this is a call of gRPC, whose answer says how it went in fields of its own.
    #[must_use]
    pub fn is_grpc(&self) -> bool {
        self.version == Version::HTTP_2
            && self.fields.get(http::header::CONTENT_TYPE).is_some_and(|media_type| is_grpc(media_type.as_bytes()))
    }

    /// Whether the client takes fields after the body.
    #[must_use]
    pub fn takes_trailers(&self) -> bool {
        let accepted =
            self.fields.get_all(http::header::TE).iter().flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
        accepted.into_iter().any(|coding| coding.trim_ascii().eq_ignore_ascii_case(b"trailers"))
    }

    /// Whether a person's browser goes to a page with this request, rather than a program asking for data.
    #[must_use]
    pub fn is_navigation(&self) -> bool {
        let fetch_mode = self.fields.get("sec-fetch-mode").map(http::HeaderValue::as_bytes);
        matches!(self.method, Method::GET | Method::HEAD)
            && !self.hops.websocket
            && self.takes_html()
            && fetch_mode.is_none_or(|mode| mode == b"navigate")
    }
}

/// `application/grpc`, alone or with a suffix or a parameter.
fn is_grpc(media_type: &[u8]) -> bool {
    let (name, rest) = media_type.split_at(media_type.len().min(b"application/grpc".len()));
    name.eq_ignore_ascii_case(b"application/grpc") && matches!(rest.first(), None | Some(b'+' | b';'))
}
