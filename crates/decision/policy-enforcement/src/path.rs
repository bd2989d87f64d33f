//! The path of a request: bytes that the application gets as they came, or no path at all.

use sekisho_path_reading::{PathFault, check_path};

use crate::Malformed;

/// Checks a raw path that begins with `/`. What comes through passes byte for byte; how servers read it is policy's to decide.
///
/// Refused are bytes that a URL does not hold, broken escapes, control characters however they are encoded, and dot segments
/// in any reading, for who resolves them and who does not would be asked for different things.
pub(crate) fn check(raw: &[u8]) -> Result<&str, Malformed> {
    if !raw.iter().all(|byte| is_literal(*byte)) {
        return Err(Malformed::TargetByte);
    }
    let path = std::str::from_utf8(raw).map_err(|_| Malformed::TargetByte)?;
    if !path.starts_with('/') {
        return Err(Malformed::TargetForm);
    }
    match check_path(path) {
        Ok(()) => Ok(path),
        Err(PathFault::PercentEncoding) => Err(Malformed::PercentEncoding),
        Err(PathFault::Control) => Err(Malformed::EncodedControl),
        Err(PathFault::DotSegment) => Err(Malformed::DotSegment),
    }
}

/// The bytes that a path may hold unencoded: RFC 3986 `pchar` and `/`, and those that clients send without encoding them.
const fn is_literal(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'-' | b'.'
                | b'_'
                | b'~'
                | b'/'
                | b'%'
                | b'!'
                | b'$'
                | b'&'
                | b'\''
                | b'('
                | b')'
                | b'*'
                | b'+'
                | b','
                | b';'
                | b'='
                | b':'
                | b'@'
                | b'['
                | b']'
                | b'{'
                | b'}'
                | b'|'
                | b'\\'
                | b'^'
        )
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::Malformed;

    #[test]
    fn i6_a_path_passes_byte_for_byte() {
        for path in ["/", "/a//b", "/%2f", "/%61%c3%a9", "/a;b", "/a\\b", "/%93%FA.html", "/{a}|^[b]", "//x", "/..."] {
            assert_eq!(check(path.as_bytes()), Ok(path));
        }
    }

    #[test]
    fn i6_what_is_no_path_has_its_rule() {
        for (raw, rule) in [
            ("a", Malformed::TargetForm),
            ("/..", Malformed::DotSegment),
            ("/a/./b", Malformed::DotSegment),
            ("/a/..;/b", Malformed::DotSegment),
            ("/a%2f..%2fb", Malformed::DotSegment),
            ("/%c0%ae", Malformed::DotSegment),
            ("/a%00", Malformed::EncodedControl),
            ("/a%7f", Malformed::EncodedControl),
            ("/a%2", Malformed::PercentEncoding),
            ("/a b", Malformed::TargetByte),
            ("/a#b", Malformed::TargetByte),
            ("/a\"b", Malformed::TargetByte),
            ("/é", Malformed::TargetByte),
        ] {
            assert_eq!(check(raw.as_bytes()), Err(rule), "{raw}");
        }
    }

    #[test]
    fn the_longest_paths_take_linear_time() {
        let deep = "/a%2f;".repeat(100_000);
        assert_eq!(check(deep.as_bytes()), Ok(deep.as_str()));
    }
}
