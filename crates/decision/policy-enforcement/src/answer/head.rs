//! The strict reader of the heads of answers.

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Version};
use memchr::{memchr, memchr2};

use super::BrokenAnswer;
use crate::Malformed;
use crate::head::{HeadLimits, HeadScanner};

/// The limits of the head of an answer. The length of a status line is that of a target and its surroundings.
pub const ANSWER_LIMITS: HeadLimits = HeadLimits { bytes: 256 * 1024, fields: 200, target: 8 * 1024, cookies: 0 };

/// Finds the end of an answer's head in bytes as they arrive. Start with the default for each head.
#[derive(Debug, Clone, Copy, Default)]
pub struct AnswerScanner(HeadScanner);

/// What of a request its answer's framing depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// It is a HEAD: its answer has no body.
    pub head: bool,
    /// It asks for another protocol.
    pub upgrade: bool,
}

/// How the end of an answer's body is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerFraming {
    /// There is no body.
    None,
    /// After that many bytes.
    Length(u64),
    /// By chunks.
    Chunked,
    /// At the end of the connection.
    Close,
}

/// The head of an answer that can be read in only one way.
#[derive(Debug)]
pub struct AnswerHead {
    status: StatusCode,
    fields: HeaderMap,
    framing: AnswerFraming,
    keeps_alive: bool,
}

impl AnswerScanner {
    /// Looks at the bytes that came since the last call. `bytes` begins with the head's first byte.
    ///
    /// Gives the head's length, the empty line included, once it is complete.
    ///
    /// # Errors
    /// A line that does not end in CR LF, or a head over [`ANSWER_LIMITS`]; as soon as it shows.
    pub fn scan(&mut self, bytes: &[u8]) -> Result<Option<usize>, BrokenAnswer> {
        self.0.scan(bytes, &ANSWER_LIMITS).map_err(|rule| match rule {
            Malformed::LineEnd => BrokenAnswer::LineEnd,
            Malformed::HeadTooLong | Malformed::TargetTooLong => BrokenAnswer::HeadTooLong,
            _ => BrokenAnswer::StatusLine,
        })
    }
}

impl AnswerHead {
    /// Reads a complete head, its empty line included, as [`AnswerScanner`] found it.
    ///
    /// # Errors
    /// The first rule that the bytes break. Nothing is repaired.
    pub fn read(head: &Bytes, question: Question) -> Result<Self, BrokenAnswer> {
        let mut rest: &[u8] = head;
        let (version, status) = status_line(next_line(&mut rest)?)?;
        let mut fields = HeaderMap::with_capacity(16);
        loop {
            let line = next_line(&mut rest)?;
            if line.is_empty() {
                break;
            }
            if fields.len() >= ANSWER_LIMITS.fields {
                return Err(BrokenAnswer::TooManyFields);
            }
            let (name, value) = field(line)?;
            let value = HeaderValue::from_maybe_shared(head.slice_ref(value));
            fields.append(name, value.map_err(|_| BrokenAnswer::FieldValue)?);
        }
        if !rest.is_empty() {
            return Err(BrokenAnswer::LineEnd);
        }
        let (framing, agrees) = framing(version, status, &fields, question)?;
        let keeps_alive =
            agrees && version == Version::HTTP_11 && framing != AnswerFraming::Close && !says_close(&fields);
        Ok(Self { status, fields, framing, keeps_alive })
    }

    /// The status. An interim one (1xx) other than 101 is followed by another head.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// Whether another head follows.
    #[must_use]
    pub fn is_interim(&self) -> bool {
        self.status.is_informational() && self.status != StatusCode::SWITCHING_PROTOCOLS
    }

    /// The fields as they came.
    #[must_use]
    pub const fn fields(&self) -> &HeaderMap {
        &self.fields
    }

    /// The fields as they came.
    #[must_use]
    pub fn into_fields(self) -> HeaderMap {
        self.fields
    }

    /// How the end of the body is found.
    #[must_use]
    pub const fn framing(&self) -> AnswerFraming {
        self.framing
    }

    /// Whether the connection may carry another exchange after this one.
    #[must_use]
    pub const fn keeps_alive(&self) -> bool {
        self.keeps_alive
    }
}

/// Takes one line off the front, without its CR LF.
fn next_line<'a>(bytes: &mut &'a [u8]) -> Result<&'a [u8], BrokenAnswer> {
    let end = memchr2(b'\r', b'\n', bytes).ok_or(BrokenAnswer::LineEnd)?;
    let (line, rest) = bytes.split_at_checked(end).ok_or(BrokenAnswer::LineEnd)?;
    *bytes = rest.strip_prefix(b"\r\n").ok_or(BrokenAnswer::LineEnd)?;
    Ok(line)
}

fn status_line(line: &[u8]) -> Result<(Version, StatusCode), BrokenAnswer> {
    let (version, rest) = match line.split_at_checked(9) {
        Some((b"HTTP/1.1 ", rest)) => (Version::HTTP_11, rest),
        Some((b"HTTP/1.0 ", rest)) => (Version::HTTP_10, rest),
        _ => return Err(BrokenAnswer::StatusLine),
    };
    let (code, reason) = rest.split_at_checked(3).ok_or(BrokenAnswer::StatusLine)?;
    // Some servers leave out the space with the reason; nobody reads that differently.
    let is_reason = reason.is_empty()
        || (reason.starts_with(b" ") && reason.iter().all(|byte| matches!(byte, b'\t' | 0x20..=0x7e | 0x80..)));
    let status = StatusCode::from_bytes(code).ok().filter(|_| is_reason).ok_or(BrokenAnswer::StatusLine)?;
    Ok((version, status))
}

fn field(line: &[u8]) -> Result<(HeaderName, &[u8]), BrokenAnswer> {
    // INVARIANT I-6: a folded line is a field of its own to one reader and the end of the last value to another.
    if line.starts_with(b" ") || line.starts_with(b"\t") {
        return Err(BrokenAnswer::Folded);
    }
    let colon = memchr(b':', line).ok_or(BrokenAnswer::FieldLine)?;
    let (name, value) = line.split_at_checked(colon).ok_or(BrokenAnswer::FieldLine)?;
    let name = HeaderName::from_bytes(name).map_err(|_| BrokenAnswer::FieldLine)?;
    Ok((name, trim(value.strip_prefix(b":").ok_or(BrokenAnswer::FieldLine)?)))
}

fn trim(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

/// How the body ends, and whether everything in the head agrees with that.
fn framing(
    version: Version,
    status: StatusCode,
    fields: &HeaderMap,
    question: Question,
) -> Result<(AnswerFraming, bool), BrokenAnswer> {
    let (length, chunked) = (content_length(fields)?, is_chunked(version, fields)?);
    // INVARIANT I-6: one of two lengths would be believed here and the other by somebody else.
    if chunked && length.is_some() {
        return Err(BrokenAnswer::TwoLengths);
    }
    if status.is_informational() {
        if chunked || length.is_some_and(|length| length > 0) {
            return Err(BrokenAnswer::InterimBody);
        }
        if status == StatusCode::SWITCHING_PROTOCOLS && !question.upgrade {
            return Err(BrokenAnswer::Switching);
        }
        return Ok((AnswerFraming::None, true));
    }
    if question.head {
        return Ok((AnswerFraming::None, true));
    }
    if status == StatusCode::NO_CONTENT || status == StatusCode::NOT_MODIFIED {
        // Neither has a body (RFC 9112, 6.3). A server that announces one might send it: the connection goes.
        let announced = chunked || (status == StatusCode::NO_CONTENT && length.is_some_and(|length| length > 0));
        return Ok((AnswerFraming::None, !announced));
    }
    Ok(match length {
        _ if chunked => (AnswerFraming::Chunked, true),
        Some(length) => (AnswerFraming::Length(length), true),
        None => (AnswerFraming::Close, true),
    })
}

/// One plain number, given once: of `5, 5` or of two fields one reader takes the first, and another refuses.
fn content_length(fields: &HeaderMap) -> Result<Option<u64>, BrokenAnswer> {
    let mut values = fields.get_all(CONTENT_LENGTH).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let bytes = value.as_bytes();
    let plain = (1..=18).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_digit);
    if !plain || (bytes.len() > 1 && bytes.starts_with(b"0")) || values.next().is_some() {
        return Err(BrokenAnswer::ContentLength);
    }
    value.to_str().ok().and_then(|text| text.parse().ok()).map(Some).ok_or(BrokenAnswer::ContentLength)
}

fn is_chunked(version: Version, fields: &HeaderMap) -> Result<bool, BrokenAnswer> {
    let mut values = fields.get_all(TRANSFER_ENCODING).iter();
    let Some(value) = values.next() else { return Ok(false) };
    let exactly = value.as_bytes().eq_ignore_ascii_case(b"chunked") && values.next().is_none();
    if exactly && version == Version::HTTP_11 { Ok(true) } else { Err(BrokenAnswer::TransferEncoding) }
}

fn says_close(fields: &HeaderMap) -> bool {
    let values = fields.get_all(CONNECTION).iter();
    values
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .any(|word| word.trim_ascii().eq_ignore_ascii_case(b"close"))
}

#[cfg(test)]
#[path = "head_tests.rs"]
mod tests;
