//! The handshake of a WebSocket with an upstream (RFC 6455, section 4), where the client's own protocol has another.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{SEC_WEBSOCKET_ACCEPT, UPGRADE};
use http::{HeaderMap, HeaderValue, Version};
use sekisho_policy_enforcement::Refusal;

/// What the standard adds to a key before it is hashed.
const SUFFIX: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// A key for the upstream, where the client has none of its own.
pub(super) fn key_for(version: Version) -> Result<Option<HeaderValue>, Refusal> {
    if version != Version::HTTP_2 {
        return Ok(None);
    }
    let mut key = [0; 16];
    aws_lc_rs::rand::fill(&mut key).map_err(|_| Refusal::NotRecorded)?;
    HeaderValue::try_from(STANDARD.encode(key)).map(Some).map_err(|_| Refusal::NotRecorded)
}

/// Whether the upstream agreed to a WebSocket, and to ours. A client that sent its own key checks the answer itself.
pub(super) fn is_agreed(fields: &HeaderMap, key: Option<&HeaderValue>) -> bool {
    let websocket = fields.get(UPGRADE).is_some_and(|to| to.as_bytes().eq_ignore_ascii_case(b"websocket"));
    websocket
        && key.is_none_or(|key| {
            let expected = STANDARD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, &[key.as_bytes(), SUFFIX].concat()));
            fields.get(SEC_WEBSOCKET_ACCEPT).is_some_and(|accept| accept.as_bytes() == expected.as_bytes())
        })
}
