//! What a head says about its one connection: options, fields to drop, a protocol to change to.

use http::header::{CONNECTION, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE};
use http::{HeaderMap, HeaderName, Method, Version};

use crate::Malformed;
use crate::identity::is_ours_alone;

/// The head's statements about this hop. None of them is forwarded.
#[derive(Debug, Clone, Default)]
pub struct Hops {
    /// The client ends the connection after this request.
    pub close: bool,
    /// The fields that `Connection` names, to drop with it.
    pub named: Vec<HeaderName>,
    /// A complete WebSocket handshake.
    pub websocket: bool,
}

impl Hops {
    pub(super) fn read(method: &Method, version: Version, fields: &HeaderMap) -> Result<Self, Malformed> {
        let mut hops = Self::default();
        let mut upgrade = false;
        for value in fields.get_all(CONNECTION) {
            for option in value.as_bytes().split(|byte| *byte == b',') {
                let option = option.trim_ascii();
                match option.to_ascii_lowercase().as_slice() {
                    b"close" => hops.close = true,
                    b"keep-alive" => {}
                    b"upgrade" => upgrade = true,
                    lower => hops.named.push(droppable(lower)?),
                }
            }
        }
        if upgrade && fields.get(UPGRADE).is_some_and(|to| to.as_bytes().eq_ignore_ascii_case(b"websocket")) {
            check_websocket(method, version, fields)?;
            hops.websocket = true;
        }
        Ok(hops)
    }
}

/// A field that a client may have dropped at this hop: not one that frames, routes or identifies.
fn droppable(name: &[u8]) -> Result<HeaderName, Malformed> {
    let name = HeaderName::from_bytes(name).map_err(|_| Malformed::Connection)?;
    let kept = matches!(
        name.as_str(),
        "host"
            | "content-length"
            | "transfer-encoding"
            | "content-type"
            | "content-encoding"
            | "cookie"
            | "authorization"
            | "origin"
            | "range"
            | "expect"
    );
    if kept || is_ours_alone(&name) { Err(Malformed::Connection) } else { Ok(name) }
}

/// RFC 6455, 4.2.1: GET, HTTP/1.1, version 13, a key of 16 bytes in base64, no body.
pub(super) fn check_websocket(method: &Method, version: Version, fields: &HeaderMap) -> Result<(), Malformed> {
    let right_version = fields.get(SEC_WEBSOCKET_VERSION).is_some_and(|version| version.as_bytes() == b"13");
    let has_key = fields.get(SEC_WEBSOCKET_KEY).is_some_and(|key| is_key(key.as_bytes()));
    let no_body = fields.get(http::header::CONTENT_LENGTH).is_none_or(|length| length.as_bytes() == b"0")
        && !fields.contains_key(http::header::TRANSFER_ENCODING);
    let whole = has_key && right_version && no_body && *method == Method::GET && version == Version::HTTP_11;
    if whole { Ok(()) } else { Err(Malformed::WebSocket) }
}

fn is_key(key: &[u8]) -> bool {
    use base64::Engine as _;
    let mut bytes = [0; 18];
    key.len() == 24 && base64::engine::general_purpose::STANDARD.decode_slice(key, &mut bytes) == Ok(16)
}
