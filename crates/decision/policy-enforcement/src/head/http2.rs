//! The same checks for heads that came as HTTP/2 fields.

use http::request::Parts;
use http::{HeaderMap, Method, Request, Uri, Version};

use super::{Authority, BodyFraming, Cookies, HeadLimits, Hops, RequestHead, Scheme, fields};
use crate::Malformed;
use crate::target::Target;

impl RequestHead {
    /// Reads the head of an HTTP/2 request. `ended` says that the stream ends with it, without a body.
    ///
    /// # Errors
    /// The first rule that the fields break. Nothing is repaired.
    pub fn from_http2(parts: &Parts, ended: bool, limits: &HeadLimits) -> Result<Self, Malformed> {
        let method = fields::method(parts.method.as_str().as_bytes())?;
        Self::read_http2(parts, method, ended, limits)
    }

    /// Whether a head is longer than heads may be, which can be told before it is read.
    #[must_use]
    pub fn is_too_long<B>(request: &Request<B>, limits: &HeadLimits) -> bool {
        head_length(request.uri(), request.headers()) > limits.bytes
    }

    /// The head with the method that it is served as.
    pub(super) fn read_http2(
        parts: &Parts,
        method: Method,
        ended: bool,
        limits: &HeadLimits,
    ) -> Result<Self, Malformed> {
        let target = match parts.uri.path_and_query().map(http::uri::PathAndQuery::as_str) {
            Some(target) if !target.is_empty() => target,
            _ => return Err(Malformed::TargetForm),
        };
        if target.len() > limits.target {
            return Err(Malformed::TargetTooLong);
        }
        let target = Target::read(target.as_bytes(), &method, Scheme::Https)?;
        if target.authority.is_some() {
            return Err(Malformed::TargetForm);
        }
        // A resource, or a cache, that believes `http` would answer as on another connection.
        if parts.method != Method::CONNECT && parts.uri.scheme() != Some(&http::uri::Scheme::HTTPS) {
            return Err(Malformed::Scheme);
        }
        check_fields(parts, limits)?;
        fields::check_repeats(&parts.headers)?;
        let authority = one_authority(parts)?;
        let framing = BodyFraming::of_http2(&parts.headers, ended)?;
        let expects_continue = fields::expectation(&parts.headers)?;
        let cookies = Cookies::read(&parts.headers, limits.cookies)?;
        Ok(Self {
            method,
            target: target.path,
            authority,
            version: Version::HTTP_2,
            fields: parts.headers.clone(),
            framing,
            hops: Hops::default(),
            expects_continue,
            cookies,
        })
    }
}

pub(super) fn check_fields(parts: &Parts, limits: &HeadLimits) -> Result<(), Malformed> {
    let cookie_crumbs = parts.headers.get_all(http::header::COOKIE).iter().count().saturating_sub(1);
    if parts.headers.len().saturating_sub(cookie_crumbs) > limits.fields {
        return Err(Malformed::TooManyFields);
    }
    if head_length(&parts.uri, &parts.headers) > limits.bytes {
        return Err(Malformed::HeadTooLong);
    }
    for (name, value) in &parts.headers {
        fields::check_name(name.as_str().as_bytes())?;
        let value = value.as_bytes();
        // RFC 9113, 8.2.1: a value does not begin or end with white space.
        if value.first() == Some(&b' ') || value.last() == Some(&b' ') {
            return Err(Malformed::FieldValue);
        }
        fields::check_value(name, value)?;
        let of_a_connection =
            matches!(name.as_str(), "connection" | "keep-alive" | "proxy-connection" | "upgrade" | "transfer-encoding");
        if of_a_connection || (name == http::header::TE && value != b"trailers") {
            return Err(Malformed::ConnectionField);
        }
    }
    Ok(())
}

/// How long the same head would be in HTTP/1: one limit holds for both.
fn head_length(uri: &Uri, fields: &HeaderMap) -> usize {
    const AROUND_FIELD: usize = ": \r\n".len();
    let target = uri.path_and_query().map_or(0, |target| target.as_str().len());
    let fields = fields.iter().map(|(name, value)| name.as_str().len() + value.len() + AROUND_FIELD);
    target + fields.sum::<usize>()
}

fn one_authority(parts: &Parts) -> Result<Authority, Malformed> {
    let written = parts.uri.authority().map(|authority| Authority::read(authority.as_str().as_bytes())).transpose()?;
    let mut hosts = parts.headers.get_all(http::header::HOST).iter();
    let host = hosts.next().map(|host| Authority::read(host.as_bytes())).transpose()?;
    if hosts.next().is_some() {
        return Err(Malformed::HostAmbiguous);
    }
    match (written, host) {
        (Some(written), Some(host)) if written != host => Err(Malformed::HostAmbiguous),
        (Some(authority), _) | (None, Some(authority)) => Ok(authority),
        (None, None) => Err(Malformed::HostMissing),
    }
}
