//! The request target: its bytes are what policy is asked about and what the upstream gets.

use http::Method;
use http::uri::PathAndQuery;

use crate::head::{Authority, Scheme};
use crate::{Malformed, path};

/// A target that was read.
#[derive(Debug)]
pub(crate) struct Target {
    /// The path and the query as they came; `None` for `OPTIONS *`.
    pub(crate) path: Option<PathAndQuery>,
    /// The host of an absolute target.
    pub(crate) authority: Option<Authority>,
}

impl Target {
    /// Reads a raw target: origin form, absolute form with the connection's own scheme, or `*` with OPTIONS.
    pub(crate) fn read(raw: &[u8], method: &Method, scheme: Scheme) -> Result<Self, Malformed> {
        if raw == b"*" {
            return match *method {
                Method::OPTIONS => Ok(Self { path: None, authority: None }),
                _ => Err(Malformed::TargetForm),
            };
        }
        if raw.starts_with(b"/") {
            return Ok(Self { path: Some(checked(raw)?), authority: None });
        }
        let (authority, rest) = absolute(raw, scheme)?;
        let path = match rest.first() {
            None => PathAndQuery::from_static("/"),
            Some(b'/') => checked(rest)?,
            Some(_) => checked(&[b"/", rest].concat())?,
        };
        Ok(Self { path: Some(path), authority: Some(authority) })
    }
}

fn absolute(raw: &[u8], scheme: Scheme) -> Result<(Authority, &[u8]), Malformed> {
    let prefix: &[u8] = match scheme {
        Scheme::Http => b"http://",
        Scheme::Https => b"https://",
    };
    let (start, rest) = raw.split_at_checked(prefix.len()).ok_or(Malformed::TargetForm)?;
    if !start.eq_ignore_ascii_case(prefix) {
        return Err(Malformed::TargetForm);
    }
    let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at_checked(end).ok_or(Malformed::TargetForm)?;
    if rest.starts_with(b"#") {
        return Err(Malformed::TargetByte);
    }
    Ok((Authority::read(authority)?, rest))
}

fn checked(raw: &[u8]) -> Result<PathAndQuery, Malformed> {
    let end = raw.iter().position(|byte| *byte == b'?').unwrap_or(raw.len());
    let (raw_path, query) = raw.split_at_checked(end).ok_or(Malformed::TargetForm)?;
    check_query(query)?;
    path::check(raw_path)?;
    PathAndQuery::try_from(raw).map_err(|_| Malformed::TargetByte)
}

/// Policy does not read the query, so it stays as it is, as long as it cannot end the line or start a fragment.
fn check_query(query: &[u8]) -> Result<(), Malformed> {
    let allowed = |byte: &u8| byte.is_ascii_graphic() && !matches!(byte, b'#' | b'"' | b'<' | b'>');
    if query.iter().all(allowed) { Ok(()) } else { Err(Malformed::TargetByte) }
}
