//! What an application says of its own addresses, told as browsers see them: it knows neither the prefix that people type nor,
//! where its document says so, the host.

use http::header::{CONTENT_LOCATION, LOCATION, REFRESH, SET_COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue};
use sekisho_model::documents::{PathPrefix, Upstream, UpstreamHost};

use crate::head::RequestHead;

/// Rewrites `Location`, `Content-Location`, the address in `Refresh` and the `Path` of cookies. What leads to other hosts, and what is relative, stays
/// byte for byte.
pub fn rewrite_answer(fields: &mut HeaderMap, head: &RequestHead, upstream: &Upstream) {
    let Upstream { strip_prefix: strip, add_prefix: add, .. } = upstream;
    for name in [LOCATION, CONTENT_LOCATION] {
        rewrite_each(fields, &name, |value| location(value, &Public { head, upstream }));
    }
    rewrite_each(fields, &REFRESH, |value| refresh(value, &Public { head, upstream }));
    if !(strip.is_none() && add.is_none()) {
        rewrite_each(fields, &SET_COOKIE, |value| cookie(value, strip, add));
    }
}

/// Rewrites those values of a field that are not as they should be.
fn rewrite_each(fields: &mut HeaderMap, name: &HeaderName, rewritten: impl Fn(&[u8]) -> Option<Vec<u8>>) {
    let Some(first) = fields.get(name) else { return };
    let more = fields.get_all(name).iter().skip(1).any(|value| rewritten(value.as_bytes()).is_some());
    if !more && rewritten(first.as_bytes()).is_none() {
        return;
    }
    let values: Vec<HeaderValue> = fields.get_all(name).iter().cloned().collect();
    fields.remove(name);
    for value in values {
        let new = rewritten(value.as_bytes()).and_then(|new| HeaderValue::try_from(new).ok());
        fields.append(name, new.unwrap_or(value));
    }
}

/// The addresses of an application: those that it has, and the one that people type.
struct Public<'a> {
    head: &'a RequestHead,
    upstream: &'a Upstream,
}

/// A reference of the application as browsers see it; `None` where that is the same.
fn location(value: &[u8], public: &Public<'_>) -> Option<Vec<u8>> {
    let Upstream { strip_prefix: strip, add_prefix: add, .. } = public.upstream;
    let (scheme, rest) = match scheme(value) {
        Some(scheme) => value.split_at_checked(scheme)?,
        None if value.starts_with(b"//") => (b"".as_slice(), value),
        None => return path(value, strip, add),
    };
    let rest = rest.strip_prefix(b"//")?;
    let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#' | b'\\')).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at_checked(end)?;
    let own = public.head.authority().to_string();
    let is_public = authority.eq_ignore_ascii_case(own.as_bytes());
    if !is_public && !is_of(public.upstream, authority) {
        return None;
    }
    let inner = path(rest, strip, add);
    if is_public && inner.is_none() && !scheme.eq_ignore_ascii_case(b"http:") {
        return None;
    }
    // The application may not know that browsers come over TLS.
    let scheme: &[u8] = if scheme.is_empty() { b"" } else { b"https:" };
    Some([scheme, b"//", own.as_bytes(), inner.as_deref().unwrap_or(rest)].concat())
}

/// `5; url=/there` with the address as browsers see it (HTML, "shared declarative refresh steps"); `None` where that is the same.
fn refresh(value: &[u8], public: &Public<'_>) -> Option<Vec<u8>> {
    let blank = |bytes: &[u8]| bytes.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let seconds = |byte: &&u8| byte.is_ascii_digit() || **byte == b'.';
    value.trim_ascii_start().first().filter(seconds)?;
    let mut at =
        value.iter().position(|byte| !(byte.is_ascii_digit() || *byte == b'.' || byte.is_ascii_whitespace()))?;
    if matches!(value.get(at)?, b';' | b',') {
        at += 1;
    }
    at += blank(value.get(at..)?);
    let word = value.get(at..at + 3).filter(|word| word.eq_ignore_ascii_case(b"url"));
    let equals = word.map(|_| at + 3 + blank(value.get(at + 3..).unwrap_or_default()));
    if let Some(equals) = equals.filter(|equals| value.get(*equals) == Some(&b'=')) {
        at = equals + 1 + blank(value.get(equals + 1..)?);
    }
    let quote = value.get(at).filter(|byte| matches!(byte, b'"' | b'\''));
    let start = at + usize::from(quote.is_some());
    let (front, rest) = value.split_at_checked(start)?;
    let end = quote.and_then(|quote| rest.iter().position(|byte| byte == quote)).unwrap_or(rest.len());
    let (address, behind) = rest.split_at_checked(end)?;
    location(address, public).map(|address| [front, &address, behind].concat())
}

/// The length of `http:` or `https:` at the front.
fn scheme(value: &[u8]) -> Option<usize> {
    let begins = |scheme: &[u8]| value.get(..scheme.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(scheme));
    [b"http:".as_slice(), b"https:"].into_iter().find(|scheme| begins(scheme)).map(<[u8]>::len)
}

/// A path with what follows it, as browsers see it; `None` where that is the same, or where they cannot see it.
fn path(value: &[u8], strip: &PathPrefix, add: &PathPrefix) -> Option<Vec<u8>> {
    if strip.is_none() && add.is_none() {
        return None;
    }
    let end = value.iter().position(|byte| matches!(byte, b'?' | b'#')).unwrap_or(value.len());
    let (path, rest) = value.split_at_checked(end)?;
    let inner = without(path, add)?;
    Some([strip.as_str().as_bytes(), inner, rest].concat())
}

/// A path without the prefix that was put in front of it, by whole segments.
fn without<'a>(path: &'a [u8], prefix: &PathPrefix) -> Option<&'a [u8]> {
    match path.strip_prefix(prefix.as_str().as_bytes())? {
        [] if !prefix.is_none() => Some(b"/"),
        rest if rest.starts_with(b"/") => Some(rest),
        _ => None,
    }
}

/// Whether an authority is one of the application's own, as it knows itself.
fn is_of(upstream: &Upstream, authority: &[u8]) -> bool {
    let is = |host: &str| {
        let (begin, rest) = authority.split_at_checked(host.len()).unwrap_or((b"", authority));
        let port = match rest {
            [] => Some(if upstream.tls.is_some() { 443 } else { 80 }),
            [b':', port @ ..] => std::str::from_utf8(port).ok().and_then(|port| port.parse::<u16>().ok()),
            _ => None,
        };
        (begin.eq_ignore_ascii_case(host.as_bytes())).then_some(port).flatten()
    };
    let any_port = |port: u16| port == 80 || port == 443 || upstream.addresses.iter().any(|own| own.port() == port);
    let by_address = upstream.addresses.iter().any(|own| is(&own.written_host()) == Some(own.port()));
    let by_name = upstream.tls.as_ref().is_some_and(|tls| is(tls.server_name.as_str()).is_some_and(any_port));
    let by_host = matches!(&upstream.host, UpstreamHost::Fixed(host) if is(host.as_str()).is_some_and(any_port));
    by_address || by_name || by_host
}

/// A cookie whose path is as browsers see it; `None` where it is that already.
fn cookie(value: &[u8], strip: &PathPrefix, add: &PathPrefix) -> Option<Vec<u8>> {
    let name = value.split(|byte| matches!(byte, b'=' | b';')).next()?.trim_ascii();
    if name.get(..7).is_some_and(|begin| begin.eq_ignore_ascii_case(b"__host-")) {
        // Such a cookie is for the whole host, or for nobody.
        return None;
    }
    let mut out = Vec::with_capacity(value.len() + 16);
    let mut changed = false;
    for (number, part) in value.split(|byte| *byte == b';').enumerate() {
        if number > 0 {
            out.push(b';');
        }
        match attribute(part).filter(|_| number > 0).and_then(|path| cookie_path(path, strip, add)) {
            Some(path) => {
                changed = true;
                out.extend_from_slice(b" Path=");
                out.extend_from_slice(&path);
            }
            None => out.extend_from_slice(part),
        }
    }
    changed.then_some(out)
}

/// The value of a `Path` attribute.
fn attribute(part: &[u8]) -> Option<&[u8]> {
    let equals = part.iter().position(|byte| *byte == b'=')?;
    let (name, value) = part.split_at_checked(equals)?;
    name.trim_ascii().eq_ignore_ascii_case(b"path").then(|| value.strip_prefix(b"=").unwrap_or_default().trim_ascii())
}

fn cookie_path(path: &[u8], strip: &PathPrefix, add: &PathPrefix) -> Option<Vec<u8>> {
    let covers_all =
        path == b"/" || add.as_str().as_bytes().strip_prefix(path).is_some_and(|rest| rest.starts_with(b"/"));
    let inner: &[u8] = match without(path, add) {
        _ if covers_all => b"/",
        Some(inner) => inner,
        None => return None,
    };
    let public = match inner {
        b"/" if !strip.is_none() => strip.as_str().as_bytes().to_vec(),
        inner => [strip.as_str().as_bytes(), inner].concat(),
    };
    (public != path).then_some(public)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{HeadLimits, Scheme};

    fn upstream(strip: &str, add: &str, host: UpstreamHost) -> Upstream {
        let mut upstream = Upstream::plain(([10, 0, 0, 5], 8080).into());
        upstream.strip_prefix = strip.parse().unwrap_or_default();
        upstream.add_prefix = add.parse().unwrap_or_default();
        upstream.host = host;
        upstream
    }

    fn rewritten(upstream: &Upstream, name: &HeaderName, value: &str) -> String {
        let bytes = "GET / HTTP/1.1\r\nHost: app.test:8443\r\n\r\n";
        let head = RequestHead::from_http1(&bytes.into(), Scheme::Https, &HeadLimits::default()).expect("a head");
        let mut fields = HeaderMap::new();
        fields.insert(name, HeaderValue::try_from(value).expect("a value"));
        rewrite_answer(&mut fields, &head, upstream);
        String::from_utf8_lossy(fields[name].as_bytes()).into_owned()
    }

    #[test]
    fn redirects_lead_to_where_browsers_are() {
        let plain = upstream("", "", UpstreamHost::Preserve);
        let inner = upstream("", "", UpstreamHost::Fixed("wiki.internal".parse().expect("a host")));
        let added = upstream("", "/app", UpstreamHost::Upstream);
        let both = upstream("/api", "/v1", UpstreamHost::Upstream);
        for (upstream, from, to) in [
            (&plain, "/login?a=/app", "/login?a=/app"),
            (&plain, "next", "next"),
            (&plain, "https://sso.example.com/login", "https://sso.example.com/login"),
            (&plain, "https://app.test:8443/x", "https://app.test:8443/x"),
            (&plain, "http://app.test:8443/x", "https://app.test:8443/x"),
            (&plain, "http://10.0.0.5:8080/x?y#z", "https://app.test:8443/x?y#z"),
            (&plain, "http://10.0.0.5:8080", "https://app.test:8443"),
            (&plain, "//10.0.0.5:8080/x", "//app.test:8443/x"),
            (&plain, "http://10.0.0.5:8081/x", "http://10.0.0.5:8081/x"),
            (&plain, "http://10.0.0.5:8080.evil/x", "http://10.0.0.5:8080.evil/x"),
            (&plain, "http://10.0.0.5:8080@evil/x", "http://10.0.0.5:8080@evil/x"),
            (&inner, "http://wiki.internal/x", "https://app.test:8443/x"),
            (&inner, "https://WIKI.internal:8080/x", "https://app.test:8443/x"),
            (&inner, "http://wiki.internal.evil/x", "http://wiki.internal.evil/x"),
            (&added, "/app/x", "/x"),
            (&added, "/app", "/"),
            (&added, "/application", "/application"),
            (&added, "/other", "/other"),
            (&added, "http://10.0.0.5:8080/app/x", "https://app.test:8443/x"),
            (&added, "https://app.test:8443/app/x", "https://app.test:8443/x"),
            (&both, "/v1/x/?q=/v1/y", "/api/x/?q=/v1/y"),
            (&both, "/v1", "/api/"),
            (&both, "x", "x"),
        ] {
            assert_eq!(rewritten(upstream, &LOCATION, from), to, "{from}");
            assert_eq!(rewritten(upstream, &CONTENT_LOCATION, from), to, "{from}");
            assert_eq!(rewritten(upstream, &http::header::LINK, from), from, "other fields stay");
        }
    }

    #[test]
    fn a_page_that_loads_another_leads_to_where_browsers_are() {
        let added = upstream("", "/app", UpstreamHost::Upstream);
        for (from, to) in [
            ("5; url=http://10.0.0.5:8080/app/x", "5; url=https://app.test:8443/x"),
            ("0;URL='/app/x?a=;b'", "0;URL='/x?a=;b'"),
            ("0,url = \"/app/x\" more", "0,url = \"/x\" more"),
            ("0 /app/x", "0 /x"),
            (".5;/app/url=1", ".5;/url=1"),
            ("5", "5"),
            ("5; url=", "5; url="),
            ("5; url", "5; url"),
            ("; url=/app/x", "; url=/app/x"),
            ("5; url=https://other.example/app", "5; url=https://other.example/app"),
            ("5; url=../app/x", "5; url=../app/x"),
        ] {
            assert_eq!(rewritten(&added, &REFRESH, from), to, "{from}");
        }
    }

    #[test]
    fn cookies_are_for_the_path_that_browsers_ask_for() {
        let plain = upstream("", "", UpstreamHost::Preserve);
        let added = upstream("", "/app", UpstreamHost::Preserve);
        let stripped = upstream("/api", "", UpstreamHost::Preserve);
        let both = upstream("/api", "/v1", UpstreamHost::Preserve);
        for (upstream, from, to) in [
            (&plain, "a=b; Path=/app", "a=b; Path=/app"),
            (&added, "a=b; path=/app; Secure", "a=b; Path=/; Secure"),
            (&added, "a=b;Path=/app/x", "a=b; Path=/x"),
            (&added, "a=b; Path=/", "a=b; Path=/"),
            (&added, "a=b; Path=/other", "a=b; Path=/other"),
            (&added, "path=/app; HttpOnly", "path=/app; HttpOnly"),
            (&stripped, "a=b; Path=/", "a=b; Path=/api"),
            (&stripped, "a=b; Path=/x", "a=b; Path=/api/x"),
            (&stripped, "a=b", "a=b"),
            (&stripped, "__Host-a=b; Path=/; Secure", "__Host-a=b; Path=/; Secure"),
            (&both, "a=b; Path=/v1/x", "a=b; Path=/api/x"),
            (&both, "a=b; Path=/v1/", "a=b; Path=/api"),
            (&both, "a=b; Path=/", "a=b; Path=/api"),
            (&both, "a=b; Path=/v10", "a=b; Path=/v10"),
        ] {
            assert_eq!(rewritten(upstream, &SET_COOKIE, from), to, "{from}");
        }
    }
}
