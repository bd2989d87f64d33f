//! What a single field may look like.

use http::header::{
    AUTHORIZATION, CONTENT_TYPE, EXPECT, ORIGIN, RANGE, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::{HeaderMap, HeaderName, Method};

use sekisho_model::is_method;

use crate::Malformed;
use crate::method_override::asks_for_method;

/// Fields that servers read once, some the first and some the last, apart from those that have a rule of their own.
const ONCE: [HeaderName; 7] =
    [AUTHORIZATION, CONTENT_TYPE, ORIGIN, RANGE, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE];

/// A method: capital letters, and hyphens between them. Whether it is served is the resource's to say.
pub(super) fn method(bytes: &[u8]) -> Result<Method, Malformed> {
    if bytes == b"CONNECT" {
        return Err(Malformed::Connect);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) if is_method(text) => Method::from_bytes(bytes).map_err(|_| Malformed::Method),
        _ if bytes.iter().all(u8::is_ascii_graphic) => Err(Malformed::Method),
        _ => Err(Malformed::RequestLine),
    }
}

/// Letters, digits and hyphens. Underscores and other token characters become hyphens somewhere behind many gateways (CGI
/// names), so a field with them could be read as another field.
pub(crate) fn check_name(name: &[u8]) -> Result<(), Malformed> {
    // INVARIANT I-6: no name that two servers could map to different fields, and no white space around one.
    if name.is_empty() || name.iter().any(|byte| matches!(byte, b' ' | b'\t')) {
        return Err(Malformed::FieldLine);
    }
    if name.len() > 256 || !all(name, |byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Err(Malformed::FieldName);
    }
    Ok(())
}

/// A value without the spaces around it. The fields that frame a message, or say where it goes, must come without any
/// but the one after the colon.
pub(super) fn trim<'a>(name: &HeaderName, value: &'a [u8]) -> Result<&'a [u8], Malformed> {
    let value = value.strip_prefix(b" ").unwrap_or(value);
    let trimmed = trim_spaces(value);
    let frames = matches!(name.as_str(), "content-length" | "transfer-encoding" | "host" | "connection" | "expect");
    if frames && trimmed.len() != value.len() {
        return Err(match name.as_str() {
            "content-length" => Malformed::ContentLength,
            "transfer-encoding" => Malformed::TransferEncoding,
            "host" => Malformed::HostForm,
            _ => Malformed::FieldValue,
        });
    }
    Ok(trimmed)
}

/// Visible bytes and spaces. No tab: servers disagree on whether it is trimmed. Bytes above 0x7e mean what the application
/// takes them for, and pass; not in fields that the gateway or a server reads to frame or to route a message.
pub(crate) fn check_value(name: &HeaderName, value: &[u8]) -> Result<(), Malformed> {
    let visible = all(value, |byte| byte >= 0x20 && byte != 0x7f);
    // INVARIANT I-6: some servers trim 0x85 and 0xa0, so no field that frames or routes may have them.
    let readable = visible && (value.is_ascii() || !is_read_on_the_way(name));
    if readable { Ok(()) } else { Err(Malformed::FieldValue) }
}

fn is_read_on_the_way(name: &HeaderName) -> bool {
    ONCE.contains(name)
        || matches!(
            name.as_str(),
            "content-length"
                | "transfer-encoding"
                | "host"
                | "connection"
                | "expect"
                | "te"
                | "trailer"
                | "keep-alive"
                | "proxy-connection"
                | "http2-settings"
                | "content-encoding"
        )
        || name.as_str().starts_with("sec-websocket-")
        || asks_for_method(name.as_str())
}

/// Whether each byte is allowed. It looks at all of them, so that the compiler can look at many at once.
fn all(bytes: &[u8], is_allowed: impl Fn(u8) -> bool) -> bool {
    bytes.iter().fold(true, |all, byte| all & is_allowed(*byte))
}

/// Refuses fields that occur more than once and must not.
pub(super) fn check_repeats(fields: &HeaderMap) -> Result<(), Malformed> {
    if fields.len() == fields.keys_len() {
        // Nothing occurs twice.
        return Ok(());
    }
    for name in &ONCE {
        if fields.get_all(name).iter().nth(1).is_some() {
            return Err(Malformed::RepeatedField);
        }
    }
    Ok(())
}

/// Whether the client expects `100 Continue`.
pub(super) fn expectation(fields: &HeaderMap) -> Result<bool, Malformed> {
    let mut values = fields.get_all(EXPECT).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(false),
        (Some(value), None) if value.as_bytes().eq_ignore_ascii_case(b"100-continue") => Ok(true),
        _ => Err(Malformed::Expect),
    }
}

fn trim_spaces(mut value: &[u8]) -> &[u8] {
    while let Some(rest) = value.strip_prefix(b" ") {
        value = rest;
    }
    while let Some(rest) = value.strip_suffix(b" ") {
        value = rest;
    }
    value
}
