//! Pages of other origins that call an application: only those that its document allows (Fetch, "CORS protocol").
//!
//! What a browser asks beforehand, without anybody's cookie, is answered here: it is a question about the gateway, and nobody's
//! request to the application. What follows is decided like every request.

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD,
    ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use sekisho_model::documents::Resource;

use crate::RequestHead;

/// The most bytes of the names of fields that a page wants to send.
const MOST_NAMES: usize = 2048;
/// Seconds for which a browser may remember the answer: a change of the document is in force after them at the latest.
const REMEMBERED: u16 = 600;

/// The origin of the page that asks, where it is another than the application's own and the document allows it.
// INVARIANT I-6: an origin is compared whole, with what the document lists: no pattern, no part of a name.
#[must_use]
pub fn allowed_origin(head: &RequestHead, resource: &Resource) -> Option<HeaderValue> {
    let origin = only_origin(head)?;
    (is_listed(origin, resource) && !is_own(head, origin)).then(|| origin.clone())
}

/// The session cookie that speaks for a request to an application. The copy for pages of other sites speaks only where a page of an
/// allowed origin asks: any page makes a browser send it.
// INVARIANT I-6: the copy that every page makes a browser send opens nothing by itself; the origin must be one that the document lists.
pub(crate) fn session_cookie<'a>(head: &'a RequestHead, resource: &Resource) -> Option<&'a str> {
    let cross_site =
        || head.cookies().cross_site().filter(|_| only_origin(head).is_some_and(|o| is_listed(o, resource)));
    head.cookies().session().or_else(cross_site)
}

fn is_listed(origin: &HeaderValue, resource: &Resource) -> bool {
    resource.allowed_origins.iter().any(|allowed| allowed.is(origin.as_bytes()))
}

/// Whether a page of the application itself asks, one of an origin that its document allows, or no page at all.
pub(crate) fn may_open_websocket(head: &RequestHead, resource: &Resource) -> bool {
    head.fields().get_all(ORIGIN).iter().all(|origin| is_own(head, origin) || is_listed(origin, resource))
}

/// The answer to what a browser asks before a page of an allowed origin calls: whether that page may. `None` where the
/// request is of another kind, or the origin is not allowed.
#[must_use]
pub fn preflight(head: &RequestHead, resource: &Resource) -> Option<Response<()>> {
    if *head.method() != Method::OPTIONS || session_cookie(head, resource).is_some() {
        return None;
    }
    let method = head.fields().get(ACCESS_CONTROL_REQUEST_METHOD)?;
    let origin = allowed_origin(head, resource)?;
    let names = head.fields().get(ACCESS_CONTROL_REQUEST_HEADERS);
    if !is_list(method.as_bytes()) || names.is_some_and(|names| !is_list(names.as_bytes())) {
        return None;
    }
    let mut response = Response::new(());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let fields = response.headers_mut();
    fields.insert(ACCESS_CONTROL_ALLOW_METHODS, method.clone());
    if let Some(names) = names {
        fields.insert(ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
    }
    fields.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from(REMEMBERED));
    let asked = "access-control-request-method, access-control-request-headers";
    fields.append(VARY, HeaderValue::from_static(asked));
    allow_origin(fields, origin);
    Some(response)
}

/// Lets a page of an allowed origin read an answer, unless the application has said itself who may.
pub fn allow_origin(fields: &mut HeaderMap, origin: HeaderValue) {
    if !fields.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN) {
        fields.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        fields.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        fields.append(VARY, HeaderValue::from_static("origin"));
    }
}

fn only_origin(head: &RequestHead) -> Option<&HeaderValue> {
    let mut origins = head.fields().get_all(ORIGIN).iter();
    origins.next().filter(|_| origins.next().is_none())
}

/// Whether an origin is that of the host that is asked. Some clients write the scheme of the WebSocket itself.
fn is_own(head: &RequestHead, origin: &HeaderValue) -> bool {
    let own = head.authority().to_string();
    let rest = [b"https://".as_slice(), b"wss://"].into_iter().find_map(|scheme| {
        let (begin, rest) = origin.as_bytes().split_at_checked(scheme.len())?;
        begin.eq_ignore_ascii_case(scheme).then_some(rest)
    });
    rest.is_some_and(|rest| rest.eq_ignore_ascii_case(own.as_bytes()))
}

/// Whether a text is a list of tokens, which can be said back.
fn is_list(text: &[u8]) -> bool {
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~, ".contains(byte);
    (1..=MOST_NAMES).contains(&text.len()) && text.iter().all(is_token)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{HeadLimits, Scheme};

    fn head(method: &str, lines: &str) -> RequestHead {
        let text = format!("{method} /a HTTP/1.1\r\nHost: app.test:8443\r\n{lines}\r\n");
        RequestHead::from_http1(&text.into(), Scheme::Https, &HeadLimits::default()).expect("a head")
    }

    fn resource(origins: &[&str]) -> Resource {
        let body = serde_json::json!({ "id": "app", "name": { "en": "App" }, "allowed_origins": origins });
        serde_json::from_value(body).expect("a resource")
    }

    #[test]
    fn i6_a_websocket_is_opened_by_the_applications_own_pages_and_by_those_that_it_allows() {
        let (alone, listed) = (resource(&[]), resource(&["https://board.test:8443", "null"]));
        for (origin, by_alone, by_listed) in [
            ("", true, true),
            ("Origin: https://app.test:8443\r\n", true, true),
            ("Origin: wss://app.test:8443\r\n", true, true),
            ("Origin: WSS://App.test:8443\r\n", true, true),
            ("Origin: http://app.test:8443\r\n", false, false),
            ("Origin: ws://app.test:8443\r\n", false, false),
            ("Origin: https://app.test\r\n", false, false),
            ("Origin: wss://app.test:8443.evil\r\n", false, false),
            ("Origin: https://board.test:8443\r\n", false, true),
            ("Origin: wss://board.test:8443\r\n", false, true),
            ("Origin: https://board.test\r\n", false, false),
            ("Origin: null\r\n", false, true),
        ] {
            let head = head("GET", origin);
            assert_eq!(may_open_websocket(&head, &alone), by_alone, "{origin}");
            assert_eq!(may_open_websocket(&head, &listed), by_listed, "{origin}");
        }
    }

    #[test]
    fn i6_the_cookie_that_any_page_sends_speaks_only_for_pages_of_allowed_origins() {
        let listed = resource(&["https://board.test"]);
        let shown =
            |lines: &str, resource: &Resource| session_cookie(&head("POST", lines), resource).map(str::to_owned);
        let (lax, cross) = ("Cookie: __Host-sekisho=lax\r\n", "Cookie: __Host-sekisho-cross-site=none\r\n");
        let board = "Origin: https://board.test\r\n";
        assert_eq!(shown(&[board, cross].concat(), &listed).as_deref(), Some("none"));
        assert_eq!(shown(&[board, lax, cross].concat(), &listed).as_deref(), Some("lax"));
        for origin in ["", "Origin: https://evil.test\r\n", "Origin: null\r\n", "Origin: https://app.test:8443\r\n"] {
            assert_eq!(shown(&[origin, cross].concat(), &listed), None, "{origin}");
        }
        assert_eq!(shown(&[board, cross, cross].concat(), &listed), None);
        assert_eq!(shown(&[board, cross].concat(), &resource(&[])), None);
        assert_eq!(shown(&[board, lax].concat(), &resource(&[])).as_deref(), Some("lax"));
    }

    #[test]
    fn what_a_browser_asks_beforehand_is_answered_for_origins_that_are_allowed() {
        let listed = resource(&["https://board.test"]);
        let asks = "Access-Control-Request-Method: PUT\r\nAccess-Control-Request-Headers: content-type,x-a\r\n";
        let from = |origin: &str| head("OPTIONS", &format!("Origin: {origin}\r\n{asks}"));
        let answer = preflight(&from("https://board.test"), &listed).expect("an answer");
        assert_eq!(answer.status(), StatusCode::NO_CONTENT);
        assert_eq!(answer.headers()[ACCESS_CONTROL_ALLOW_ORIGIN], "https://board.test");
        assert_eq!(answer.headers()[ACCESS_CONTROL_ALLOW_METHODS], "PUT");
        assert_eq!(answer.headers()[ACCESS_CONTROL_ALLOW_HEADERS], "content-type,x-a");
        assert_eq!(answer.headers()[ACCESS_CONTROL_ALLOW_CREDENTIALS], "true");
        for none in
            ["https://evil.test", "null", "http://board.test", "https://board.test.evil", "https://app.test:8443"]
        {
            assert!(preflight(&from(none), &listed).is_none(), "{none}");
            assert!(preflight(&from(none), &resource(&[])).is_none(), "{none}");
        }
        let cookie = format!("Origin: https://board.test\r\n{asks}Cookie: __Host-sekisho=x\r\n");
        for other in [
            head("GET", &format!("Origin: https://board.test\r\n{asks}")),
            head("OPTIONS", "Origin: https://board.test\r\n"),
            head("OPTIONS", asks),
            head("OPTIONS", &cookie),
            head("OPTIONS", "Origin: https://board.test\r\nAccess-Control-Request-Method: a\"b\r\n"),
        ] {
            assert!(preflight(&other, &listed).is_none(), "{other:?}");
        }
    }

    #[test]
    fn an_application_that_says_who_may_read_has_the_last_word() {
        let mut fields = HeaderMap::new();
        fields.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("https://other.test"));
        allow_origin(&mut fields, HeaderValue::from_static("https://board.test"));
        assert_eq!(fields[ACCESS_CONTROL_ALLOW_ORIGIN], "https://other.test");
        assert!(!fields.contains_key(ACCESS_CONTROL_ALLOW_CREDENTIALS));
    }
}
