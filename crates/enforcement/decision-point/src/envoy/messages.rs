//! The messages of `envoy.service.auth.v3`, as far as a decision needs them. Field numbers are those of Envoy's API; what is
//! left out is skipped by every reader of the format.

use std::collections::HashMap;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response};
use prost::{Message, Oneof};

/// `envoy.service.auth.v3.CheckRequest`
#[derive(Clone, PartialEq, Message)]
pub(super) struct CheckRequest {
    #[prost(message, optional, tag = "1")]
    pub(super) attributes: Option<Attributes>,
}

/// `envoy.service.auth.v3.AttributeContext`
#[derive(Clone, PartialEq, Message)]
pub(super) struct Attributes {
    #[prost(message, optional, tag = "1")]
    pub(super) source: Option<Peer>,
    #[prost(message, optional, tag = "4")]
    pub(super) request: Option<Request>,
}

/// `AttributeContext.Peer`
#[derive(Clone, PartialEq, Message)]
pub(super) struct Peer {
    #[prost(message, optional, tag = "1")]
    address: Option<Address>,
}

/// `envoy.config.core.v3.Address`
#[derive(Clone, PartialEq, Message)]
struct Address {
    #[prost(message, optional, tag = "1")]
    socket_address: Option<SocketAddress>,
}

/// `envoy.config.core.v3.SocketAddress`
#[derive(Clone, PartialEq, Message)]
struct SocketAddress {
    #[prost(string, tag = "2")]
    address: String,
}

/// `AttributeContext.Request`
#[derive(Clone, PartialEq, Message)]
pub(super) struct Request {
    #[prost(message, optional, tag = "2")]
    pub(super) http: Option<HttpRequest>,
}

/// `AttributeContext.HttpRequest`
#[derive(Clone, PartialEq, Message)]
pub(super) struct HttpRequest {
    #[prost(string, tag = "2")]
    pub(super) method: String,
    #[prost(map = "string, string", tag = "3")]
    pub(super) headers: HashMap<String, String>,
    #[prost(string, tag = "4")]
    pub(super) path: String,
    #[prost(string, tag = "5")]
    pub(super) host: String,
    #[prost(string, tag = "6")]
    pub(super) scheme: String,
    /// The fields in the bytes that came, in place of `headers`, where `encode_raw_headers` is set.
    #[prost(message, optional, tag = "13")]
    pub(super) header_map: Option<Headers>,
}

/// `envoy.config.core.v3.HeaderMap`
#[derive(Clone, PartialEq, Message)]
pub(super) struct Headers {
    #[prost(message, repeated, tag = "1")]
    pub(super) headers: Vec<Header>,
}

/// `envoy.service.auth.v3.CheckResponse`
#[derive(Clone, PartialEq, Message)]
pub(super) struct CheckResponse {
    #[prost(message, optional, tag = "1")]
    status: Option<RpcStatus>,
    #[prost(oneof = "Told", tags = "2, 3")]
    told: Option<Told>,
}

/// Fields for the client or for the resource.
#[derive(Clone, PartialEq, Oneof)]
enum Told {
    #[prost(message, tag = "2")]
    Denied(Denied),
    #[prost(message, tag = "3")]
    Permitted(Permitted),
}

/// `google.rpc.Status`
#[derive(Clone, PartialEq, Message)]
struct RpcStatus {
    #[prost(int32, tag = "1")]
    code: i32,
}

/// `envoy.service.auth.v3.DeniedHttpResponse`
#[derive(Clone, PartialEq, Message)]
struct Denied {
    #[prost(message, optional, tag = "1")]
    status: Option<HttpStatus>,
    #[prost(message, repeated, tag = "2")]
    headers: Vec<HeaderOption>,
    #[prost(string, tag = "3")]
    body: String,
}

/// `envoy.type.v3.HttpStatus`
#[derive(Clone, PartialEq, Message)]
struct HttpStatus {
    #[prost(int32, tag = "1")]
    code: i32,
}

/// `envoy.service.auth.v3.OkHttpResponse`
#[derive(Clone, PartialEq, Message)]
struct Permitted {
    #[prost(message, repeated, tag = "2")]
    headers: Vec<HeaderOption>,
    #[prost(string, repeated, tag = "5")]
    headers_to_remove: Vec<String>,
}

/// `envoy.config.core.v3.HeaderValueOption`
#[derive(Clone, PartialEq, Message)]
struct HeaderOption {
    #[prost(message, optional, tag = "1")]
    header: Option<Header>,
    /// `HeaderAppendAction`
    #[prost(int32, tag = "3")]
    append_action: i32,
    #[prost(bool, tag = "4")]
    keep_empty_value: bool,
}

/// `envoy.config.core.v3.HeaderValue`
#[derive(Clone, PartialEq, Message)]
pub(super) struct Header {
    #[prost(string, tag = "1")]
    pub(super) key: String,
    #[prost(string, tag = "2")]
    pub(super) value: String,
    #[prost(bytes = "bytes", tag = "3")]
    pub(super) raw_value: Bytes,
}

impl Header {
    /// The value in whichever form it is given.
    pub(super) fn bytes(&self) -> &[u8] {
        if self.raw_value.is_empty() { self.value.as_bytes() } else { &self.raw_value }
    }
}

/// `google.rpc.Code`: OK, PERMISSION_DENIED.
const OK: i32 = 0;
const PERMISSION_DENIED: i32 = 7;
/// `HeaderAppendAction`: APPEND_IF_EXISTS_OR_ADD, OVERWRITE_IF_EXISTS_OR_ADD.
const APPEND: i32 = 0;
const OVERWRITE: i32 = 2;

impl Peer {
    /// The address, without the port.
    pub(super) fn address(&self) -> Option<&str> {
        Some(&self.address.as_ref()?.socket_address.as_ref()?.address)
    }
}

impl CheckResponse {
    /// The request may pass with these fields in place of the client's, and without that one. `None` when Envoy cannot be told a value:
    /// it takes UTF-8 here, and another value than the client's must not reach the application.
    pub(super) fn permitted(fields: &[(HeaderName, HeaderValue)], remove: Option<HeaderName>) -> Option<Self> {
        let headers =
            fields.iter().map(|(name, value)| HeaderOption::new(name, value, OVERWRITE)).collect::<Option<_>>()?;
        let headers_to_remove = remove.into_iter().map(|name| name.to_string()).collect();
        Some(Self {
            status: Some(RpcStatus { code: OK }),
            told: Some(Told::Permitted(Permitted { headers, headers_to_remove })),
        })
    }

    /// The request goes no further, and its sender gets this.
    pub(super) fn denied(response: &Response<Bytes>) -> Self {
        let status = Some(HttpStatus { code: response.status().as_u16().into() });
        let headers =
            response.headers().iter().filter_map(|(name, value)| HeaderOption::new(name, value, APPEND)).collect();
        let body = String::from_utf8_lossy(response.body()).into_owned();
        Self {
            status: Some(RpcStatus { code: PERMISSION_DENIED }),
            told: Some(Told::Denied(Denied { status, headers, body })),
        }
    }
}

impl HeaderOption {
    fn new(name: &HeaderName, value: &HeaderValue, append_action: i32) -> Option<Self> {
        let value = std::str::from_utf8(value.as_bytes()).ok()?.to_owned();
        let header = Header { key: name.to_string(), value, raw_value: Bytes::new() };
        Some(Self { header: Some(header), append_action, keep_empty_value: true })
    }
}

#[cfg(test)]
mod tests {
    use http::header::COOKIE;

    use super::*;

    #[test]
    fn a_value_is_told_as_it_is_or_not_at_all() {
        let told = |value: &[u8]| {
            CheckResponse::permitted(&[(COOKIE, HeaderValue::from_bytes(value).expect("a value"))], None)
        };
        let Some(Told::Permitted(permitted)) = told("u=田".as_bytes()).and_then(|told| told.told) else {
            panic!("UTF-8 is told")
        };
        assert_eq!(permitted.headers[0].header.as_ref().map(|header| header.value.as_str()), Some("u=田"));
        assert!(told(b"u=\x93\xfa").is_none());
    }
}
