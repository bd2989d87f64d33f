//! The head that the upstream gets: written anew from the canonical request, never copied.
//!
//! Step 11 of the life of a request; next: `crates/gateway/src/forward.rs`.

use http::header::{
    CONNECTION, CONTENT_LENGTH, COOKIE, EXPECT, HOST, RANGE, SEC_WEBSOCKET_EXTENSIONS, SET_COOKIE, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Uri, Version};
use sekisho_model::{HttpFacts, RequestId};
use sekisho_policy_engine::Permit;
use std::net::IpAddr;

use crate::SessionCookie;
use crate::head::{BodyFraming, RequestHead};
use crate::identity::{ASSERTION, REQUEST_ID, is_ours_alone};

/// What the gateway says to the upstream in its own name.
#[derive(Debug)]
pub struct Introduction<'a> {
    /// The signed assertion of who asks.
    pub assertion: HeaderValue,
    /// The request's identifier.
    pub request: &'a RequestId,
    /// The port that people type for this host.
    pub public_port: u16,
}

/// More ranges than any player asks for; servers have been brought down by thousands.
const MOST_RANGES: usize = 16;

/// The request head for the upstream of a permitted request. The body is the caller's to put in. `None` when the permit was
/// not made for this very head: what was decided is what is sent.
#[must_use]
pub fn upstream_head(permit: &Permit, head: &RequestHead, introduction: &Introduction<'_>) -> Option<Request<()>> {
    let request = permit.request();
    is_for(request.http()?, head).then(|| write(head, request.network().ip, introduction))
}

fn is_for(decided: &HttpFacts, head: &RequestHead) -> bool {
    decided.method == head.method().as_str() && decided.path == head.path() && decided.host == *head.host()
}

fn write(head: &RequestHead, client: IpAddr, introduction: &Introduction<'_>) -> Request<()> {
    let mut fields = HeaderMap::with_capacity(head.fields().len() + 8);
    // Order matters: what hops and clients may not say goes first, what the gateway says comes last.
    for (name, value) in head.fields() {
        if !is_for_this_hop(name) && !head.hops().named.contains(name) && !is_ours_alone(name) && may_pass(name, value)
        {
            fields.append(name, value.clone());
        }
    }
    if let Some(cookies) = head.cookies().forwarded() {
        fields.insert(COOKIE, cookies.clone());
    }
    match head.framing() {
        BodyFraming::None => {}
        BodyFraming::Length(length) => {
            fields.insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
        BodyFraming::Chunked => {
            fields.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
        }
    }
    if head.hops().websocket.is_some() {
        fields.insert(CONNECTION, HeaderValue::from_static("upgrade"));
        fields.insert(UPGRADE, HeaderValue::from_static("websocket"));
    }
    introduce(&mut fields, head, client, introduction);
    let mut request = Request::new(());
    *request.method_mut() = head.method().clone();
    *request.version_mut() = Version::HTTP_11;
    *request.uri_mut() = head.target().cloned().map_or_else(|| Uri::from_static("/"), Uri::from);
    *request.headers_mut() = fields;
    request
}

fn introduce(fields: &mut HeaderMap, head: &RequestHead, client: IpAddr, introduction: &Introduction<'_>) {
    let written = |text: String| HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""));
    let host = written(head.authority().to_string());
    // INVARIANT I-7: `insert` replaces every earlier copy, so each of these is there exactly once and is the gateway's.
    fields.insert(HOST, host.clone());
    fields.insert(HeaderName::from_static("x-forwarded-host"), host);
    fields.insert(HeaderName::from_static("x-forwarded-proto"), HeaderValue::from_static("https"));
    fields.insert(HeaderName::from_static("x-forwarded-port"), HeaderValue::from(introduction.public_port));
    fields.insert(HeaderName::from_static("x-forwarded-for"), written(client.to_string()));
    fields.insert(REQUEST_ID, written(introduction.request.to_string()));
    fields.insert(ASSERTION, introduction.assertion.clone());
}

/// Fields that speak about one connection, or that are written anew.
fn is_for_this_hop(name: &HeaderName) -> bool {
    [CONNECTION, CONTENT_LENGTH, COOKIE, EXPECT, HOST, TE, TRAILER, TRANSFER_ENCODING, UPGRADE].contains(name)
        || matches!(
            name.as_str(),
            "keep-alive" | "proxy-connection" | "proxy-authorization" | "proxy-authenticate" | "http2-settings"
        )
}

fn may_pass(name: &HeaderName, value: &HeaderValue) -> bool {
    if *name == RANGE {
        return value.as_bytes().iter().filter(|byte| **byte == b',').count() < MOST_RANGES;
    }
    // Frames of an agreed extension could not be told apart from outside, and a close frame must go in between them.
    *name != SEC_WEBSOCKET_EXTENSIONS
}

/// The request head for a service of our own: canonical like an upstream's, with all cookies, introduced by nobody.
#[must_use]
pub fn local_head(head: &RequestHead) -> Request<()> {
    let mut fields = HeaderMap::with_capacity(head.fields().len());
    for (name, value) in head.fields() {
        let kept = *name == COOKIE || (!is_for_this_hop(name) && !is_ours_alone(name));
        if kept && !head.hops().named.contains(name) {
            fields.append(name, value.clone());
        }
    }
    if let BodyFraming::Length(length) = head.framing() {
        fields.insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    if let Ok(host) = HeaderValue::try_from(head.authority().to_string()) {
        fields.insert(HOST, host);
    }
    let mut request = Request::new(());
    *request.method_mut() = head.method().clone();
    *request.uri_mut() = head.target().cloned().map_or_else(|| Uri::from_static("/"), Uri::from);
    *request.headers_mut() = fields;
    request
}

/// Takes out of a local service's answer what only the connection may say.
pub fn clean_local_response(fields: &mut HeaderMap) {
    for name in [CONNECTION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE] {
        fields.remove(name);
    }
}

/// A path to go back to, as the portal kept it: canonical, on this host; the root when it is anything else.
#[must_use]
pub fn return_path(kept: &str) -> String {
    let read = crate::target::Target::read(kept.as_bytes(), &http::Method::GET, crate::Scheme::Https);
    match read {
        Ok(target) if target.authority.is_none() => target.path.map_or_else(|| "/".to_owned(), |path| path.to_string()),
        _ => "/".to_owned(),
    }
}

/// Takes out of an upstream's answer what is not for the client: fields of the hop, and cookies in our name.
///
/// Gives whether the upstream had tried to set one of our cookies.
pub fn clean_response(fields: &mut HeaderMap) -> bool {
    let named: Vec<HeaderName> = fields
        .get_all(CONNECTION)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .filter_map(|name| HeaderName::from_bytes(name.trim_ascii()).ok())
        .filter(|name| *name != CONTENT_LENGTH && *name != SET_COOKIE)
        .collect();
    for name in named.iter().chain(&[CONNECTION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE]) {
        fields.remove(name);
    }
    // What speaks for the whole host, not for the application behind it, is ours to say.
    let of_the_host = ["alt-svc", "clear-site-data", "strict-transport-security"];
    for name in
        ["keep-alive", "proxy-connection", "proxy-authenticate", "sekisho-assertion"].into_iter().chain(of_the_host)
    {
        fields.remove(name);
    }
    drop_our_cookies(fields)
}

/// Whether a `Set-Cookie` holds our name where some browser could take it for the cookie's: before the attributes.
fn names_ours(value: &[u8]) -> bool {
    let pair = value.split(|byte| *byte == b';').next().unwrap_or_default().to_ascii_lowercase();
    let ours = SessionCookie::NAME.to_ascii_lowercase();
    pair.windows(ours.len()).any(|part| part == ours.as_bytes())
}

fn drop_our_cookies(fields: &mut HeaderMap) -> bool {
    let all: Vec<HeaderValue> = fields.get_all(SET_COOKIE).iter().cloned().collect();
    let kept: Vec<&HeaderValue> = all.iter().filter(|value| !names_ours(value.as_bytes())).collect();
    let dropped = kept.len() != all.len();
    if dropped {
        fields.remove(SET_COOKIE);
        for value in kept {
            fields.append(SET_COOKIE, value.clone());
        }
    }
    dropped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{HeadLimits, Scheme};

    fn sent(lines: &str) -> Request<()> {
        let bytes = format!("GET /a/../b?c HTTP/1.1\r\nHost: App.Test:8443\r\n{lines}\r\n");
        let head = RequestHead::from_http1(&bytes.into(), Scheme::Https, &HeadLimits::default());
        let introduction = Introduction {
            assertion: HeaderValue::from_static("a.b.c"),
            request: &RequestId::new("R1"),
            public_port: 8443,
        };
        write(&head.expect("a head"), IpAddr::from([192, 0, 2, 1]), &introduction)
    }

    #[test]
    fn i7_the_head_is_written_anew() {
        let request = sent(
            "Accept: a/b\r\nCookie: __Host-sekisho=x; theme=dark\r\nConnection: keep-alive, X-Mine\r\nX-Mine: 1\r\nTE: trailers\r\n",
        );
        assert_eq!(request.uri(), "/b?c");
        let mut fields: Vec<String> = request
            .headers()
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.to_str().expect("text")))
            .collect();
        fields.sort();
        assert_eq!(
            fields,
            [
                "accept: a/b",
                "cookie: theme=dark",
                "host: app.test:8443",
                "sekisho-assertion: a.b.c",
                "x-forwarded-for: 192.0.2.1",
                "x-forwarded-host: app.test:8443",
                "x-forwarded-port: 8443",
                "x-forwarded-proto: https",
                "x-request-id: R1",
            ]
        );
    }

    #[test]
    fn i7_there_is_one_copy_of_each_identity_field() {
        for name in ["Sekisho-Assertion", "x-request-ID", "X-FORWARDED-FOR", "X-Forwarded-Host", "X-Forwarded-Proto"] {
            let request = sent(&format!("{name}: mallory\r\n").repeat(5));
            assert_eq!(request.headers().get_all(name.to_ascii_lowercase()).iter().count(), 1, "{name}");
            assert!(request.headers().values().all(|value| value != "mallory"), "{name}");
        }
        for name in ["X-Auth-User", "Remote-User", "X-SSL-Client-Verify", "Forwarded", "X-Real-IP", "X-Original-URL"] {
            assert!(!sent(&format!("{name}: mallory\r\n")).headers().contains_key(name.to_ascii_lowercase()), "{name}");
        }
    }

    #[test]
    fn an_answer_sets_no_cookie_of_ours() {
        let mut fields = HeaderMap::new();
        for cookie in ["__Host-sekisho=x", "a=b", " __HOST-sekisho-flow=y", "c=d"] {
            fields.append(SET_COOKIE, HeaderValue::from_static(cookie));
        }
        fields.insert(CONNECTION, HeaderValue::from_static("x-hop, set-cookie"));
        fields.insert("x-hop", HeaderValue::from_static("1"));
        assert!(clean_response(&mut fields));
        assert_eq!(fields.get_all(SET_COOKIE).iter().collect::<Vec<_>>(), ["a=b", "c=d"]);
        assert_eq!(fields.len(), 2);
        assert!(!clean_response(&mut fields));
    }

    #[test]
    fn the_way_back_is_a_path_of_this_host() {
        assert_eq!(return_path("/a/../b?c=d"), "/b?c=d");
        for elsewhere in ["//evil", "https://evil/", "evil", "", "\\evil", "/a\r\nb", "*"] {
            assert_eq!(return_path(elsewhere), "/", "{elsewhere}");
        }
    }
}
