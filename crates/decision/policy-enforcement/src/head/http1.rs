//! The strict reader of HTTP/1 heads.
//!
//! Step 4 of the life of a request; next: `crates/enforcement/gateway/src/serve/mod.rs`.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Version};
use memchr::{memchr, memchr2};

use super::{Authority, BodyFraming, Cookies, HeadLimits, Hops, RequestHead, Scheme, fields};
use crate::Malformed;
use crate::target::Target;

impl RequestHead {
    /// Reads a complete head, its empty line included, as [`super::HeadScanner`] found it.
    ///
    /// # Errors
    /// The first rule that the bytes break. Nothing is repaired.
    pub fn from_http1(head: &Bytes, scheme: Scheme, limits: &HeadLimits) -> Result<Self, Malformed> {
        if head.len() > limits.bytes {
            return Err(Malformed::HeadTooLong);
        }
        let mut lines = Lines(head);
        let (method, target, version) = request_line(lines.next().ok_or(Malformed::RequestLine)??)?;
        if target.len() > limits.target {
            return Err(Malformed::TargetTooLong);
        }
        let target = Target::read(target, &method, scheme)?;
        let fields = read_fields(lines, head, limits)?;
        fields::check_repeats(&fields)?;
        let authority = host_field(&fields)?;
        if target.authority.as_ref().is_some_and(|other| *other != authority) {
            return Err(Malformed::HostAmbiguous);
        }
        let framing = BodyFraming::of_http1(version, &fields)?;
        let hops = Hops::read(&method, version, &fields)?;
        let expects_continue = fields::expectation(&fields)?;
        let cookies = Cookies::read(&fields, limits.cookies)?;
        Ok(Self {
            method,
            target: target.path,
            authority,
            version,
            fields,
            framing,
            hops,
            expects_continue: expects_continue && version == Version::HTTP_11,
            cookies,
        })
    }
}

/// The lines of a head without their CR LF, up to the empty one.
struct Lines<'a>(&'a [u8]);

impl<'a> Iterator for Lines<'a> {
    type Item = Result<&'a [u8], Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let end = memchr2(b'\r', b'\n', self.0);
        let Some((line, rest)) = end.and_then(|end| self.0.split_at_checked(end)) else {
            return Some(Err(Malformed::LineEnd));
        };
        let Some(rest) = rest.strip_prefix(b"\r\n") else {
            return Some(Err(Malformed::LineEnd));
        };
        self.0 = rest;
        if line.is_empty() {
            // Anything after the empty line would be the body's, and is not ours to read.
            return (!rest.is_empty()).then_some(Err(Malformed::LineEnd));
        }
        Some(Ok(line))
    }
}

fn request_line(line: &[u8]) -> Result<(Method, &[u8], Version), Malformed> {
    let mut parts = line.split(|byte| *byte == b' ');
    let (Some(method), Some(target), Some(version), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Malformed::RequestLine);
    };
    if method.is_empty() || target.is_empty() {
        return Err(Malformed::RequestLine);
    }
    let version = match version {
        b"HTTP/1.1" => Version::HTTP_11,
        b"HTTP/1.0" => Version::HTTP_10,
        _ => return Err(Malformed::Version),
    };
    Ok((fields::method(method)?, target, version))
}

fn read_fields(lines: Lines<'_>, head: &Bytes, limits: &HeadLimits) -> Result<HeaderMap, Malformed> {
    let mut fields = HeaderMap::with_capacity(16);
    for line in lines {
        let line = line?;
        let colon = memchr(b':', line).ok_or(Malformed::FieldLine)?;
        let (name, value) = line.split_at_checked(colon).ok_or(Malformed::FieldLine)?;
        let value = value.strip_prefix(b":").ok_or(Malformed::FieldLine)?;
        fields::check_name(name)?;
        let name = HeaderName::from_bytes(name).map_err(|_| Malformed::FieldName)?;
        let value = fields::trim(&name, value)?;
        fields::check_value(&name, value)?;
        let value = HeaderValue::from_maybe_shared(head.slice_ref(value)).map_err(|_| Malformed::FieldValue)?;
        if fields.len() >= limits.fields {
            return Err(Malformed::TooManyFields);
        }
        fields.append(name, value);
    }
    Ok(fields)
}

fn host_field(fields: &HeaderMap) -> Result<Authority, Malformed> {
    let mut hosts = fields.get_all(http::header::HOST).iter();
    let host = hosts.next().ok_or(Malformed::HostMissing)?;
    // INVARIANT I-6: of two Hosts one server takes the first and another the last.
    if hosts.next().is_some() {
        return Err(Malformed::HostAmbiguous);
    }
    Authority::read(host.as_bytes())
}
