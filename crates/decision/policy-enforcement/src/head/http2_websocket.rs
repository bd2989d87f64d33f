//! A WebSocket that is asked for over HTTP/2 (RFC 8441): a CONNECT that is, to everybody behind, the GET of RFC 6455.

use http::Method;
use http::header::{CONTENT_LENGTH, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION};
use http::request::Parts;

use super::{BodyFraming, HeadLimits, Hops, RequestHead};
use crate::Malformed;

impl RequestHead {
    /// Reads the head of an extended CONNECT for the protocol `websocket`. The caller has seen to the protocol's name, which
    /// no field can hold.
    ///
    /// # Errors
    /// The first rule that the fields break. Nothing is repaired.
    pub fn from_http2_websocket(parts: &Parts, limits: &HeadLimits) -> Result<Self, Malformed> {
        if parts.method != Method::CONNECT {
            return Err(Malformed::WebSocket);
        }
        let mut head = Self::read_http2(parts, Method::GET, false, limits)?;
        let right_version = head.fields.get(SEC_WEBSOCKET_VERSION).is_some_and(|version| version.as_bytes() == b"13");
        // The key belongs to the handshake of HTTP/1.1; here it would be a second one.
        let whole = right_version
            && !head.fields.contains_key(SEC_WEBSOCKET_KEY)
            && !head.fields.contains_key(CONTENT_LENGTH)
            && !head.expects_continue;
        if !whole {
            return Err(Malformed::WebSocket);
        }
        head.framing = BodyFraming::None;
        head.hops = Hops { websocket: true, ..Hops::default() };
        Ok(head)
    }
}
