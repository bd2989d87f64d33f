//! The path canonicaliser: what comes out has one reading, and is its own canonical form.

use bytes::Bytes;
use sekisho_policy_enforcement::{HeadLimits, RequestHead, Scheme};

/// Checks one input.
pub(crate) fn check(bytes: &[u8]) {
    let Some(path) = canonical(bytes) else { return };
    assert!(path.starts_with('/') && !path.contains("//"), "{path}");
    assert!(path.split('/').all(|segment| !matches!(segment, "." | "..")), "{path}");
    let lower = path.to_ascii_lowercase();
    for encoded in ["%2f", "%5c", "%00", "%0d", "%0a", "%2e", "%41", "%7e"] {
        assert!(!lower.contains(encoded), "{encoded} is left in {path}");
    }
    assert!(path.bytes().all(|byte| matches!(byte, 0x21..=0x7e) && !matches!(byte, b'#' | b'?' | b'\\')), "{path}");
    assert_eq!(canonical(path.as_bytes()).as_deref(), Some(path.as_str()), "canonical is canonical");
}

fn canonical(target: &[u8]) -> Option<String> {
    let head = [b"GET ", target, b" HTTP/1.1\r\nHost: app.test\r\n\r\n"].concat();
    let head = RequestHead::from_http1(&Bytes::from(head), Scheme::Https, &HeadLimits::default()).ok()?;
    Some(head.target()?.path().to_owned())
}
