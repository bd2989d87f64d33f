//! The reader of HTTP/1 heads: no bytes stop it, it does not care how they arrive, and what it accepts it accepts again.

use bytes::Bytes;
use sekisho_policy_enforcement::{HeadLimits, HeadScanner, RequestHead, Scheme};

/// Checks one input.
pub(crate) fn check(bytes: &[u8]) {
    let limits = HeadLimits::default();
    let whole = HeadScanner::default().scan(bytes, &limits);
    let mut scanner = HeadScanner::default();
    let parts = (0..=bytes.len()).map(|end| scanner.scan(bytes.get(..end).unwrap_or_default(), &limits));
    let in_parts = parts.into_iter().find(|seen| *seen != Ok(None)).unwrap_or(Ok(None));
    assert_eq!(in_parts, whole, "a head is one however it arrives");
    let Ok(Some(length)) = whole else { return };
    let head = Bytes::copy_from_slice(bytes.get(..length).unwrap_or_default());
    let Ok(read) = RequestHead::from_http1(&head, Scheme::Https, &limits) else { return };
    assert!(head.iter().all(|byte| matches!(byte, b'\r' | b'\n' | 0x20..=0x7e | 0x80..)), "no control is accepted");
    let Some(target) = read.target() else { return };
    let again = format!("{} {target} HTTP/1.1\r\nHost: {}\r\n\r\n", read.method(), read.authority());
    let again =
        RequestHead::from_http1(&Bytes::from(again), Scheme::Https, &limits).expect("what is canonical is accepted");
    assert_eq!((again.path(), again.query(), again.host()), (read.path(), read.query(), read.host()));
}
