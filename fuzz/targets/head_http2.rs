//! The same rules for HTTP/2: the input is lines, `:path` first, then `name: value`.

use http::{HeaderName, HeaderValue, Request, Uri, Version};
use sekisho_policy_enforcement::{HeadLimits, RequestHead};

/// Checks one input.
pub(crate) fn check(bytes: &[u8]) {
    let mut lines = bytes.split(|byte| *byte == b'\n');
    // The path is its own field, as the protocol library reads it: nothing of it belongs to the authority.
    let uri = Uri::builder().scheme("https").authority("app.test").path_and_query(lines.next().unwrap_or_default());
    let Ok(uri) = uri.build() else { return };
    let Ok(mut request) = Request::builder().uri(uri).version(Version::HTTP_2).body(()) else { return };
    for line in lines {
        let Some(colon) = line.windows(2).position(|window| window == b": ") else { continue };
        let (name, value) = line.split_at(colon);
        let value = value.get(2..).unwrap_or_default();
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) {
            request.headers_mut().append(name, value);
        }
    }
    let (parts, ()) = request.into_parts();
    let Ok(head) = RequestHead::from_http2(&parts, false, &HeadLimits::default()) else { return };
    assert_eq!(head.host().as_str(), "app.test", "the host is the authority's");
    assert!(
        head.fields().values().all(|value| value.as_bytes().iter().all(|byte| matches!(byte, 0x20..=0x7e | 0x80..)))
    );
    for name in ["connection", "transfer-encoding", "upgrade", "keep-alive"] {
        assert!(!head.fields().contains_key(name), "{name} is not of HTTP/2");
    }
}
