//! The request target in its one canonical form: what policy reads is what the upstream gets.

use http::Method;
use http::uri::PathAndQuery;

use crate::head::{Authority, Scheme};
use crate::{Malformed, path};

/// A target that was read.
#[derive(Debug)]
pub(crate) struct Target {
    /// The canonical path with its query; `None` for `OPTIONS *`.
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
            return Ok(Self { path: Some(canonical(raw)?), authority: None });
        }
        let (authority, rest) = absolute(raw, scheme)?;
        let path = match rest.first() {
            None => PathAndQuery::from_static("/"),
            Some(b'/') => canonical(rest)?,
            Some(_) => canonical(&[b"/", rest].concat())?,
        };
        Ok(Self { path: Some(path), authority: Some(authority) })
    }
}

impl Target {
    /// Reads a raw target in origin form that is sent on by somebody else as it stands: its path must need no resolving.
    pub(crate) fn read_as_it_stands(raw: &[u8], method: &Method, scheme: Scheme) -> Result<Self, Malformed> {
        let target = Self::read(raw, method, scheme)?;
        if target.authority.is_some() {
            return Err(Malformed::TargetForm);
        }
        if target.path.is_some() {
            let end = raw.iter().position(|byte| *byte == b'?').unwrap_or(raw.len());
            path::check_settled(raw.get(..end).unwrap_or(raw))?;
        }
        Ok(target)
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

fn canonical(raw: &[u8]) -> Result<PathAndQuery, Malformed> {
    let end = raw.iter().position(|byte| *byte == b'?').unwrap_or(raw.len());
    let (raw_path, query) = raw.split_at_checked(end).ok_or(Malformed::TargetForm)?;
    check_query(query)?;
    let mut target = path::canonical(raw_path)?;
    target.push_str(std::str::from_utf8(query).map_err(|_| Malformed::TargetByte)?);
    let read = PathAndQuery::from_maybe_shared(bytes::Bytes::from(target)).map_err(|_| Malformed::TargetByte)?;
    Ok(read)
}

/// Policy does not read the query, so it stays as it is, as long as it cannot end the line or start a fragment.
fn check_query(query: &[u8]) -> Result<(), Malformed> {
    let allowed = |byte: &u8| byte.is_ascii_graphic() && !matches!(byte, b'#' | b'"' | b'<' | b'>');
    if query.iter().all(allowed) { Ok(()) } else { Err(Malformed::TargetByte) }
}
