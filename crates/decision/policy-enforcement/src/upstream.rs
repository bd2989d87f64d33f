//! The head that the upstream gets: built from the canonical request, never copied.
//!
//! Step 11 of the life of a request; next: `crates/enforcement/upstream/src/forward.rs`.

use http::header::{
    AUTHORIZATION, CONNECTION, CONTENT_LENGTH, COOKIE, HOST, RANGE, SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_KEY, TE,
    TRANSFER_ENCODING, UPGRADE,
};
use http::uri::{PathAndQuery, Scheme};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Uri, Version};
use sekisho_model::documents::{RequestRules, Upstream, UpstreamAuthorization, UpstreamHost, UpstreamProtocol};
use sekisho_model::{HttpFacts, RequestId};
use sekisho_policy_engine::Permit;
use std::net::IpAddr;

use crate::destination::{DESTINATION, destination};
use crate::head::{BodyFraming, Cookies, RequestHead};
use crate::identity::{ASSERTION, REQUEST_ID, is_dropped, is_ours_alone};
use crate::method_override::{asked_as, asks_for_method};
use crate::target::Target;
use crate::trace_context::settle;
use crate::workload::tells_token;
use crate::{Application, TraceContext};

/// What the gateway says to the upstream in its own name.
#[derive(Debug)]
pub struct Introduction<'a> {
    /// The signed assertion that identifies the requester.
    pub assertion: HeaderValue,
    /// The request's identifier.
    pub request: &'a RequestId,
    /// The port that people type for this host.
    pub public_port: u16,
    /// The key of a WebSocket's handshake, where the client's protocol has none.
    pub websocket_key: Option<HeaderValue>,
    /// The place in a trace that the upstream continues. Without one it gets the client's, if that is well-formed.
    pub trace: Option<TraceContext>,
}

const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FORWARDED_PORT: HeaderName = HeaderName::from_static("x-forwarded-port");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// More ranges than any player asks for; servers have been brought down by thousands.
const MOST_RANGES: usize = 16;

/// The request head for the upstream of a permitted request. The body is the caller's to put in. `None` when the permit was
/// not made for this very head: what was decided is what is sent.
#[must_use]
pub fn upstream_head(
    permit: &Permit,
    head: &RequestHead,
    application: &Application,
    introduction: &Introduction<'_>,
) -> Option<Request<()>> {
    let request = permit.request();
    let target = application.target(head)?;
    let upstream = application.resource.upstream.as_deref()?;
    let rules = &application.resource.requests;
    let http = request.http()?;
    let same_methods = asked_as(head, rules) == Ok(http.asked_as.clone());
    let destination = destination(head, http.asked_as.as_ref(), Some(upstream)).ok()?;
    let same_destination = destination.as_ref().map(PathAndQuery::path) == http.destination.as_deref();
    let same = is_for(http, head, target) && same_methods && same_destination;
    let decided = permit.resource() == application.handle && same;
    let mut request = decided.then(|| write(head, target, upstream, rules, request.network().ip, introduction))?;
    if let Some(path) = destination {
        let value = own_address(&request, upstream, &path)?;
        request.headers_mut().insert(DESTINATION, value);
    }
    Some(request)
}

/// An address as the application knows itself: servers refuse one with another scheme or host than the request came with.
fn own_address(request: &Request<()>, upstream: &Upstream, path: &PathAndQuery) -> Option<HeaderValue> {
    let scheme = if upstream.tls.is_some() { "https" } else { "http" };
    let host = match request.uri().authority() {
        Some(authority) => authority.as_str(),
        None => request.headers().get(HOST)?.to_str().ok()?,
    };
    HeaderValue::try_from(format!("{scheme}://{host}{path}")).ok()
}

fn is_for(decided: &HttpFacts, head: &RequestHead, target: &PathAndQuery) -> bool {
    decided.method == head.method().as_str() && decided.path == target.path() && decided.host == *head.host()
}

fn write(
    head: &RequestHead,
    target: &PathAndQuery,
    upstream: &Upstream,
    rules: &RequestRules,
    client: IpAddr,
    introduction: &Introduction<'_>,
) -> Request<()> {
    let mut fields = HeaderMap::with_capacity(head.fields().len() + 8);
    // Order matters: what hops and clients may not say goes first, what the gateway says comes last.
    for (name, value) in head.fields() {
        // INVARIANT I-55: an application never gets the token that a workload showed here.
        let is_kept = may_pass(name, value) && is_wanted(name, upstream) && !tells_token(name, value);
        if !is_for_this_hop(name) && !head.hops().named.contains(name) && !is_dropped(name, rules) && is_kept {
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
        BodyFraming::Chunked if upstream.protocol == UpstreamProtocol::Http1 => {
            fields.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
        }
        BodyFraming::Chunked => {}
    }
    if head.hops().websocket {
        fields.insert(CONNECTION, HeaderValue::from_static("upgrade"));
        fields.insert(UPGRADE, HeaderValue::from_static("websocket"));
        if let Some(key) = &introduction.websocket_key {
            fields.insert(SEC_WEBSOCKET_KEY, key.clone());
        }
    }
    let authority = written(&head.authority().to_string());
    introduce(&mut fields, authority.clone(), client, introduction);
    let mut request = Request::new(());
    *request.method_mut() = head.method().clone();
    address(&mut request, head, authority, target, upstream, &mut fields);
    *request.headers_mut() = fields;
    request
}

/// Says where the request goes in the protocol of the application, with the host that it shall see.
fn address(
    request: &mut Request<()>,
    head: &RequestHead,
    authority: HeaderValue,
    target: &PathAndQuery,
    upstream: &Upstream,
    fields: &mut HeaderMap,
) {
    let host = match &upstream.host {
        UpstreamHost::Preserve => authority,
        UpstreamHost::Fixed(host) => written(host.as_str()),
        UpstreamHost::Upstream => match (&upstream.tls, upstream.addresses.first()) {
            (Some(tls), _) => written(&tls.server_name.to_string()),
            (None, Some(address)) => written(&address.to_string()),
            (None, None) => authority,
        },
    };
    match upstream.protocol {
        UpstreamProtocol::Http1 => {
            *request.version_mut() = Version::HTTP_11;
            *request.uri_mut() = Uri::from(target.clone());
            fields.insert(HOST, host);
        }
        UpstreamProtocol::Http2 => {
            *request.version_mut() = Version::HTTP_2;
            let scheme = if upstream.tls.is_some() { Scheme::HTTPS } else { Scheme::HTTP };
            let uri = Uri::builder().scheme(scheme).authority(host.as_bytes()).path_and_query(target.clone());
            *request.uri_mut() = uri.build().unwrap_or_else(|_| Uri::from(target.clone()));
            // Trailers pass in both directions; servers of gRPC ask that the client says so.
            if head.takes_trailers() {
                fields.insert(TE, HeaderValue::from_static("trailers"));
            }
        }
    }
}

fn written(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

fn introduce(fields: &mut HeaderMap, authority: HeaderValue, client: IpAddr, introduction: &Introduction<'_>) {
    // INVARIANT I-7: `insert` replaces every earlier copy, so each of these is there exactly once and is the gateway's.
    fields.insert(FORWARDED_HOST, authority);
    fields.insert(FORWARDED_PROTO, HeaderValue::from_static("https"));
    fields.insert(FORWARDED_PORT, HeaderValue::from(introduction.public_port));
    fields.insert(FORWARDED_FOR, written(&client.to_string()));
    fields.insert(REQUEST_ID, written(introduction.request.as_str()));
    fields.insert(ASSERTION, introduction.assertion.clone());
    settle(fields, introduction.trace.as_ref());
}

/// Fields that speak about one connection, or that the gateway writes itself.
pub(crate) fn is_for_this_hop(name: &HeaderName) -> bool {
    matches!(
        name.as_str(),
        "connection"
            | "content-length"
            | "cookie"
            | "expect"
            | "host"
            | "http2-settings"
            | "keep-alive"
            | "proxy-authenticate"
            | "proxy-authorization"
            | "proxy-connection"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
    )
}

fn may_pass(name: &HeaderName, value: &HeaderValue) -> bool {
    if *name == RANGE {
        return value.as_bytes().iter().filter(|byte| **byte == b',').count() < MOST_RANGES;
    }
    // Frames of an agreed extension could not be told apart from outside, and a close frame must go in between them.
    *name != SEC_WEBSOCKET_EXTENSIONS
}

/// Whether the application shall have a field that clients may send.
fn is_wanted(name: &HeaderName, upstream: &Upstream) -> bool {
    *name != AUTHORIZATION || upstream.authorization == UpstreamAuthorization::Pass
}

/// The request head for a service of our own: built like an upstream's, with our own cookies and without an introduction.
#[must_use]
pub fn local_head(head: &RequestHead) -> Request<()> {
    let mut fields = HeaderMap::with_capacity(head.fields().len());
    for (name, value) in head.fields() {
        let kept = !is_for_this_hop(name) && !is_ours_alone(name) && !asks_for_method(name.as_str());
        if kept && !head.hops().named.contains(name) {
            fields.append(name, value.clone());
        }
    }
    if let Some(cookies) = Cookies::own(head.fields()) {
        fields.insert(COOKIE, cookies);
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

/// A path to go back to, as the portal kept it, on this host; the root when it is anything else.
#[must_use]
pub fn return_path(kept: &str) -> String {
    let read = Target::read(kept.as_bytes(), &http::Method::GET, crate::Scheme::Https);
    match read {
        Ok(Target { path: Some(path), authority: None }) => match path.as_str().as_bytes() {
            // A browser takes what follows two slashes for a host; with a dot segment before them it does not, and drops that.
            [b'/', b'/' | b'\\', ..] => format!("/.{path}"),
            _ => path.to_string(),
        },
        _ => "/".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HeadLimits;

    fn sent(lines: &str) -> Request<()> {
        sent_to(&Upstream::plain(([127, 0, 0, 1], 80).into()), lines)
    }

    fn sent_to(upstream: &Upstream, lines: &str) -> Request<()> {
        let bytes = format!("GET //a%2f/b?c HTTP/1.1\r\nHost: App.Test:8443\r\n{lines}\r\n");
        let head = RequestHead::from_http1(&bytes.into(), crate::Scheme::Https, &HeadLimits::default());
        let introduction = Introduction {
            assertion: HeaderValue::from_static("a.b.c"),
            request: &RequestId::new("R1"),
            public_port: 8443,
            websocket_key: None,
            trace: None,
        };
        let head = head.expect("a head");
        let rules = RequestRules::default();
        write(&head, head.target().expect("a target"), upstream, &rules, IpAddr::from([192, 0, 2, 1]), &introduction)
    }

    #[test]
    fn i7_the_head_is_written_anew() {
        let request = sent(
            "Accept: a/b\r\nCookie: __Host-sekisho=x; theme=dark\r\nConnection: keep-alive, X-Mine\r\nX-Mine: 1\r\nTE: trailers\r\n",
        );
        assert_eq!(request.uri(), "//a%2f/b?c");
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
    fn the_host_is_the_one_that_the_application_shall_see() {
        let mut upstream = Upstream::plain(([127, 0, 0, 1], 80).into());
        for (host, expected) in [
            (UpstreamHost::Preserve, "app.test:8443"),
            (UpstreamHost::Upstream, "127.0.0.1:80"),
            (UpstreamHost::Fixed("inner.test".parse().expect("a host")), "inner.test"),
        ] {
            upstream.host = host;
            upstream.protocol = UpstreamProtocol::Http1;
            let request = sent_to(&upstream, "");
            assert_eq!(request.headers().get_all(HOST).iter().collect::<Vec<_>>(), [expected]);
            assert_eq!(request.headers()["x-forwarded-host"], "app.test:8443");
            upstream.protocol = UpstreamProtocol::Http2;
            let request = sent_to(&upstream, "TE: trailers\r\n");
            assert_eq!(request.uri().to_string(), format!("http://{expected}//a%2f/b?c"));
            assert!(!request.headers().contains_key(HOST));
            assert_eq!(request.headers()[TE], "trailers");
        }
    }

    #[test]
    fn an_application_gets_authorization_unless_its_document_says_otherwise() {
        let mut upstream = Upstream::plain(([127, 0, 0, 1], 80).into());
        let lines = "Authorization: Bearer its-own\r\nAccept: a/b\r\n";
        assert_eq!(sent_to(&upstream, lines).headers()[AUTHORIZATION], "Bearer its-own");
        upstream.authorization = UpstreamAuthorization::Drop;
        let request = sent_to(&upstream, lines);
        assert!(!request.headers().contains_key(AUTHORIZATION));
        assert_eq!(request.headers()["accept"], "a/b");
    }

    #[test]
    fn the_way_back_is_a_path_of_this_host() {
        for path in ["/b?c=d", "/a//b", "/a%2fb;c"] {
            assert_eq!(return_path(path), path);
        }
        for (path, way) in [("//evil/x", "/.//evil/x"), ("/\\evil", "/./\\evil")] {
            assert_eq!(return_path(path), way);
        }
        for elsewhere in ["https://evil/", "evil", "", "\\evil", "/a\r\nb", "*", "/a/../b", "/%2e%2e"] {
            assert_eq!(return_path(elsewhere), "/", "{elsewhere}");
        }
    }
}
