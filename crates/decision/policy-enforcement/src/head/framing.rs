//! How long a request's body is.

use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderValue, Version};

use crate::Malformed;

/// The length of a request's body, as its head says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyFraming {
    /// No body, and no length was written.
    None,
    /// That many bytes.
    Length(u64),
    /// Chunks (HTTP/1), or frames until the stream's end (HTTP/2).
    Chunked,
}

impl BodyFraming {
    pub(super) fn of_http1(version: Version, fields: &HeaderMap) -> Result<Self, Malformed> {
        let length = content_length(fields)?;
        let mut encodings = fields.get_all(TRANSFER_ENCODING).iter();
        let Some(encoding) = encodings.next() else {
            return Ok(length.map_or(Self::None, Self::Length));
        };
        // INVARIANT I-6: one of two lengths would be believed here and the other behind us.
        if length.is_some() {
            return Err(Malformed::TwoLengths);
        }
        let exactly_chunked = encodings.next().is_none() && encoding.as_bytes().eq_ignore_ascii_case(b"chunked");
        if !exactly_chunked || version != Version::HTTP_11 {
            return Err(Malformed::TransferEncoding);
        }
        Ok(Self::Chunked)
    }

    /// HTTP/2 frames the body itself; a length that is written must be plain, and the transport holds the frames to it.
    pub(super) fn of_http2(fields: &HeaderMap, ended: bool) -> Result<Self, Malformed> {
        Ok(match content_length(fields)? {
            Some(length) => Self::Length(length),
            None if ended => Self::None,
            None => Self::Chunked,
        })
    }
}

fn content_length(fields: &HeaderMap) -> Result<Option<u64>, Malformed> {
    let mut values = fields.get_all(CONTENT_LENGTH).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Malformed::ContentLength);
    }
    plain_number(value).map(Some)
}

/// Digits only, no leading zero, within what every server can count.
fn plain_number(value: &HeaderValue) -> Result<u64, Malformed> {
    let bytes = value.as_bytes();
    let plain = !bytes.is_empty() && bytes.len() <= 18 && bytes.iter().all(u8::is_ascii_digit);
    if !plain || (bytes.len() > 1 && bytes.starts_with(b"0")) {
        return Err(Malformed::ContentLength);
    }
    value.to_str().ok().and_then(|text| text.parse().ok()).ok_or(Malformed::ContentLength)
}
