//! Paths: what is accepted passes byte for byte, and no reading of it has a control character or a segment that is resolved.

use bytes::Bytes;
use sekisho_path_reading::{MOST_READINGS, Readings, readings};
use sekisho_policy_enforcement::{HeadLimits, RequestHead, Scheme};

/// Checks one input.
pub(crate) fn check(bytes: &[u8]) {
    let Some(path) = accepted(bytes) else { return };
    let end = bytes.iter().position(|byte| *byte == b'?').unwrap_or(bytes.len());
    if bytes.starts_with(b"/") {
        assert_eq!(Some(path.as_bytes()), bytes.get(..end), "a path passes byte for byte");
    }
    assert!(path.bytes().all(|byte| matches!(byte, 0x21..=0x7e) && !matches!(byte, b'#' | b'?')), "{path}");
    is_settled(&path);
    match readings(&path) {
        Readings::Plain | Readings::TooMany => {}
        Readings::Others(others) => {
            assert!(others.len() <= MOST_READINGS, "{} readings of {path}", others.len());
            others.iter().for_each(|reading| is_settled(reading));
        }
    }
}

fn is_settled(reading: &str) {
    assert!(reading.split(['/', '\\']).all(|segment| !matches!(segment, "." | "..")), "{reading}");
    assert!(!reading.contains(|letter: char| letter.is_ascii_control()), "{reading:?}");
}

fn accepted(target: &[u8]) -> Option<String> {
    let head = [b"GET ", target, b" HTTP/1.1\r\nHost: app.test\r\n\r\n"].concat();
    let head = RequestHead::from_http1(&Bytes::from(head), Scheme::Https, &HeadLimits::default()).ok()?;
    Some(head.target()?.path().to_owned())
}
