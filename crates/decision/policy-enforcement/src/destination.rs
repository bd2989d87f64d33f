//! The second path of a `COPY` or `MOVE` (RFC 4918, 10.3): where the application puts what it copies or moves. It is decided like the
//! path of the request.

use http::uri::PathAndQuery;
use http::{HeaderName, Method};
use sekisho_model::AskedAs;
use sekisho_model::documents::Upstream;

use crate::rewrite::rewritten;
use crate::target::Target;
use crate::{Malformed, RequestHead, Scheme};

/// The field that names it.
pub(crate) const DESTINATION: HeaderName = HeaderName::from_static("destination");
const METHODS: [&str; 2] = ["COPY", "MOVE"];
const HTTPS: u16 = 443;

/// The path that the field names, as the application gets it. `None` where no method follows the field.
///
/// # Errors
/// A second field, another host than the request's, and what no path of a request may be.
pub(crate) fn destination(
    head: &RequestHead,
    asked_as: Option<&AskedAs>,
    upstream: Option<&Upstream>,
) -> Result<Option<PathAndQuery>, Malformed> {
    let methods = [Some(head.method().as_str()), asked_as.map(|asked| asked.method.as_str())];
    if !methods.iter().flatten().any(|method| METHODS.contains(method)) {
        return Ok(None);
    }
    let mut values = head.fields().get_all(DESTINATION).iter();
    let value = match (values.next(), values.next()) {
        (None, _) => return Ok(None),
        (Some(value), None) => value,
        (Some(_), Some(_)) => return Err(Malformed::Destination),
    };
    let target = Target::read(value.as_bytes(), &Method::GET, Scheme::Https).map_err(|_| Malformed::Destination)?;
    // INVARIANT I-6: the application finds the resource by its path alone, so a path of another host would be read as one of this host.
    let own = (head.authority().host(), head.authority().port().unwrap_or(HTTPS));
    if target.authority.is_some_and(|it| (it.host(), it.port().unwrap_or(HTTPS)) != own) {
        return Err(Malformed::Destination);
    }
    let path = target.path.ok_or(Malformed::Destination)?;
    match upstream.map(|upstream| rewritten(&path, upstream)) {
        Some(Ok(Some(rewritten))) => Ok(Some(rewritten)),
        Some(Err(_outside)) => Err(Malformed::Destination),
        Some(Ok(None)) | None => Ok(Some(path)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HeadLimits;

    fn read(method: &str, lines: &str, strip: &str) -> Result<Option<String>, Malformed> {
        let bytes = format!("{method} /a HTTP/1.1\r\nHost: app.test:8443\r\n{lines}\r\n");
        let head = RequestHead::from_http1(&bytes.into(), Scheme::Https, &HeadLimits::default()).expect("a head");
        let mut upstream = Upstream::plain(([127, 0, 0, 1], 80).into());
        upstream.strip_prefix = strip.parse().unwrap_or_default();
        upstream.add_prefix =
            if strip.is_empty() { String::new() } else { "/inner".to_owned() }.parse().unwrap_or_default();
        destination(&head, None, Some(&upstream)).map(|path| path.map(|path| path.to_string()))
    }

    #[test]
    fn i6_a_destination_is_a_path_of_the_application() {
        for (written, expected) in [
            ("https://app.test:8443/b/%E6%97%A5%2Fx?c", "/b/%E6%97%A5%2Fx?c"),
            ("HTTPS://App.Test:8443/b", "/b"),
            ("/b//c", "/b//c"),
        ] {
            for method in METHODS {
                let line = format!("Destination: {written}\r\n");
                assert_eq!(read(method, &line, ""), Ok(Some(expected.to_owned())), "{written}");
            }
        }
        assert_eq!(read("MOVE", "", ""), Ok(None));
        assert_eq!(read("GET", "Destination: Kyoto, Japan\r\n", ""), Ok(None));
    }

    #[test]
    fn i6_a_destination_elsewhere_is_refused() {
        for written in [
            "https://other.test:8443/b",
            "https://app.test/b",
            "http://app.test:8443/b",
            "//other.test/b/../c",
            "b",
            "*",
            "",
            "https://app.test:8443/a/../b",
            "/a/%2e%2e/b",
            "/a%00",
            "/a\r\nDestination: /b",
        ] {
            assert_eq!(
                read("MOVE", &format!("Destination: {written}\r\n"), ""),
                Err(Malformed::Destination),
                "{written}"
            );
        }
    }

    #[test]
    fn a_destination_has_the_prefixes_of_the_application() {
        let line = |path: &str| format!("Destination: https://app.test:8443{path}\r\n");
        assert_eq!(read("COPY", &line("/team/b"), "/team"), Ok(Some("/inner/b".to_owned())));
        assert_eq!(read("COPY", &line("/b"), "/team"), Err(Malformed::Destination));
    }
}
