//! The head of a CONNECT: which TCP service, by its name, and the credential of the terminal that asks.

use std::fmt;

use http::header::{CONTENT_LENGTH, HOST, PROXY_AUTHORIZATION};
use http::request::Parts;
use sekisho_model::ResourceId;

use super::{HeadLimits, authority, fields, http2};
use crate::Malformed;

/// A CONNECT that can be read in only one way. One maker: [`ConnectHead::from_http2`].
#[derive(Clone)]
pub struct ConnectHead {
    resource: ResourceId,
    port: Option<u16>,
    credential: Option<String>,
}

impl ConnectHead {
    /// Reads the head of a CONNECT over HTTP/2.
    ///
    /// # Errors
    /// The first rule that the fields break. Nothing is repaired.
    pub fn from_http2(parts: &Parts, limits: &HeadLimits) -> Result<Self, Malformed> {
        if parts.uri.path_and_query().is_some_and(|path| path.as_str() != "/" || parts.uri.scheme().is_some()) {
            return Err(Malformed::TargetForm);
        }
        http2::check_fields(parts, limits)?;
        fields::check_repeats(&parts.headers)?;
        let written = parts.uri.authority().ok_or(Malformed::HostMissing)?.as_str();
        // INVARIANT I-6: what is asked for stands in one place, and in one way.
        if parts.headers.get_all(HOST).iter().any(|host| host.as_bytes() != written.as_bytes()) {
            return Err(Malformed::HostAmbiguous);
        }
        if parts.headers.contains_key(CONTENT_LENGTH) {
            return Err(Malformed::ContentLength);
        }
        let (resource, port) = target(written)?;
        let mut credentials = parts.headers.get_all(PROXY_AUTHORIZATION).iter();
        let credential = credentials.next().and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        if credentials.next().is_some() {
            return Err(Malformed::RepeatedField);
        }
        Ok(Self { resource, port, credential: credential.map(str::to_owned) })
    }

    /// The name that is asked for.
    #[must_use]
    pub const fn resource(&self) -> &ResourceId {
        &self.resource
    }

    /// The port, if it was written.
    #[must_use]
    pub const fn port(&self) -> Option<u16> {
        self.port
    }

    /// The credential, as it came.
    pub(crate) fn credential(&self) -> Option<&str> {
        self.credential.as_deref()
    }
}

impl fmt::Debug for ConnectHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CONNECT {}", self.resource)
    }
}

/// `name` or `name:port`: no address, no user information, no second port.
fn target(text: &str) -> Result<(ResourceId, Option<u16>), Malformed> {
    if text.starts_with('[') {
        return Err(Malformed::HostIsAddress);
    }
    let (name, port) = match text.split_once(':') {
        Some((name, port)) => (name, Some(authority::read_port(port)?)),
        None => (text, None),
    };
    if authority::reads_as_ipv4(name) {
        return Err(Malformed::HostIsAddress);
    }
    let name = if name.contains('@') { Err(Malformed::HostForm) } else { Ok(name) }?;
    Ok((name.parse().map_err(|_| Malformed::HostForm)?, port))
}

#[cfg(test)]
mod tests {
    use http::{Method, Request, Uri};

    use super::*;

    fn read(authority: &str, lines: &[(&str, &str)]) -> Result<ConnectHead, Malformed> {
        let uri = Uri::builder().authority(authority).build().expect("an authority");
        let mut request = Request::builder().method(Method::CONNECT).uri(uri);
        for (name, value) in lines {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).expect("a request").into_parts();
        ConnectHead::from_http2(&parts, &HeadLimits::default())
    }

    #[test]
    fn a_name_with_or_without_port_is_read() {
        let head = read("db", &[("proxy-authorization", "Bearer abc")]).expect("a head");
        assert_eq!((head.resource().as_str(), head.port(), head.credential()), ("db", None, Some("abc")));
        let head = read("db-1.eu:5432", &[("host", "db-1.eu:5432")]).expect("a head");
        assert_eq!((head.resource().as_str(), head.port(), head.credential()), ("db-1.eu", Some(5432), None));
        assert!(!format!("{:?}", read("db", &[("proxy-authorization", "Bearer abc")])).contains("abc"));
    }

    #[test]
    fn i6_ports_that_two_parsers_read_differently_are_refused() {
        for wrong in ["db:05432", "db:0", "db:", "db:65536"] {
            assert_eq!(target(wrong).err(), Some(Malformed::HostForm), "{wrong}");
        }
        for wrong in ["db:5432:22", "db:+22", "db: 22", "db:0x16", "db:22@x", "x@db:22", "DB", "-db", "d\u{e9}b"] {
            assert_eq!(target(wrong).err(), Some(Malformed::HostForm), "{wrong}");
        }
    }

    #[test]
    fn addresses_are_never_names() {
        for wrong in
            ["10.0.0.5:22", "10.0.0.5", "127.1", "2130706433", "0x7f000001", "[::1]:22", "[::ffff:10.0.0.5]:22"]
        {
            assert_eq!(target(wrong).err(), Some(Malformed::HostIsAddress), "{wrong}");
        }
    }

    #[test]
    fn i6_what_is_said_twice_is_refused() {
        assert_eq!(read("db", &[("host", "other")]).err(), Some(Malformed::HostAmbiguous));
        let twice = [("proxy-authorization", "Bearer a"), ("proxy-authorization", "Bearer b")];
        assert_eq!(read("db", &twice).err(), Some(Malformed::RepeatedField));
        assert_eq!(read("db", &[("content-length", "5")]).err(), Some(Malformed::ContentLength));
        assert_eq!(read("db", &[("te_x", "5")]).err(), Some(Malformed::FieldName));
    }
}
