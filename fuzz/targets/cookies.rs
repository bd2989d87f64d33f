//! Cookies: our own are found by their exact name, once, and never forwarded; a value that was not made here opens nothing.

use bytes::Bytes;
use sekisho_policy_enforcement::{Audience, CookieKey, HeadLimits, RequestHead, Scheme, SessionCookie};

/// Checks one input.
pub(crate) fn check(bytes: &[u8]) {
    if let Ok(value) = std::str::from_utf8(bytes) {
        let key = CookieKey::new(&[7; 32]);
        assert!(SessionCookie::read(&key, Audience::Portal, value).is_none(), "nobody knows the key");
    }
    let head = [b"GET / HTTP/1.1\r\nHost: app.test\r\nCookie: ", bytes, b"\r\n\r\n"].concat();
    let Ok(head) = RequestHead::from_http1(&Bytes::from(head), Scheme::Https, &HeadLimits::default()) else { return };
    let cookies = head.cookies();
    let text = String::from_utf8_lossy(bytes).into_owned();
    if let Some(session) = cookies.session() {
        // A name without a value is an empty one, which opens nothing.
        assert!(
            session.is_empty() || text.contains(&format!("__Host-sekisho={session}")),
            "the session is what was sent"
        );
    }
    if let Some(forwarded) = cookies.forwarded() {
        let forwarded = String::from_utf8_lossy(forwarded.as_bytes()).to_ascii_lowercase();
        for pair in forwarded.split(';') {
            let name = pair.split('=').next().unwrap_or_default().trim();
            assert!(name != "__host-sekisho" && name != "__host-sekisho-flow", "{name} goes on to a resource");
        }
    }
}
