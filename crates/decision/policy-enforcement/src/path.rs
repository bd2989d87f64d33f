//! The canonical path: each byte decoded at most once, dot segments resolved, in one pass and linear time.

use crate::Malformed;

/// The canonical form of a raw path that begins with `/`.
///
/// Encoded letters, digits, `-`, `.`, `_` and `~` are decoded, once; other encoded bytes stay, in upper case. `.` and `..`
/// segments are resolved. Empty segments in the middle are dropped. What servers read differently is refused: encoded
/// slashes, backslashes and control bytes, invalid encodings, what is not UTF-8, `..` above the root, `..;x`, a path that
/// begins with `//`, and `//` together with `..`.
pub(crate) fn canonical(raw: &[u8]) -> Result<String, Malformed> {
    let decoded = decode_unreserved(raw)?;
    check_utf8(&decoded)?;
    resolve(&decoded)
}

/// Whether a raw path means the same to who resolves it and to who does not: no dot segment, no empty segment.
pub(crate) fn check_settled(raw: &[u8]) -> Result<(), Malformed> {
    let decoded = decode_unreserved(raw)?;
    // INVARIANT I-6: whoever sends the raw path on may resolve it otherwise than we do.
    if resolve(&decoded)? == decoded { Ok(()) } else { Err(Malformed::DotSegment) }
}

fn decode_unreserved(raw: &[u8]) -> Result<String, Malformed> {
    let mut out = String::with_capacity(raw.len() + 16);
    let mut bytes = raw.iter().copied();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            check_literal(byte)?;
            out.push(char::from(byte));
            continue;
        }
        let (Some(high), Some(low)) = (bytes.next().and_then(hex), bytes.next().and_then(hex)) else {
            return Err(Malformed::PercentEncoding);
        };
        match high << 4 | low {
            // INVARIANT I-6: an encoded delimiter is a delimiter to one server and a letter to another.
            0..0x20 | 0x7f | b'/' | b'\\' => return Err(Malformed::EncodedDelimiter),
            value if is_unreserved(value) => out.push(char::from(value)),
            value => push_encoded(value, &mut out),
        }
    }
    Ok(out)
}

/// The bytes that a path may hold unencoded: RFC 3986 `pchar` and `/`, and the three that browsers do not encode.
fn check_literal(byte: u8) -> Result<(), Malformed> {
    let allowed = is_unreserved(byte)
        || matches!(
            byte,
            b'/' | b'!'
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
                | b'|'
        );
    if allowed { Ok(()) } else { Err(Malformed::TargetByte) }
}

const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

const fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

fn push_encoded(value: u8, out: &mut String) {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0').to_ascii_uppercase();
    out.push('%');
    out.push(digit(value >> 4));
    out.push(digit(value & 15));
}

/// What the path decodes to must be UTF-8: overlong forms of `.` and `/` are not.
fn check_utf8(decoded: &str) -> Result<(), Malformed> {
    let mut bytes = Vec::with_capacity(decoded.len());
    let mut rest = decoded.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
        } else if let (Some(high), Some(low)) = (rest.next().and_then(hex), rest.next().and_then(hex)) {
            bytes.push(high << 4 | low);
        }
    }
    std::str::from_utf8(&bytes).map(|_| ()).map_err(|_| Malformed::PathEncoding)
}

fn resolve(path: &str) -> Result<String, Malformed> {
    let segments = path.strip_prefix('/').ok_or(Malformed::TargetForm)?;
    let mut out = String::with_capacity(path.len());
    let (mut climbs, mut skips) = (false, false);
    let mut rest = segments.split('/').peekable();
    while let Some(segment) = rest.next() {
        let last = rest.peek().is_none();
        match segment {
            "" if out.is_empty() && !last => return Err(Malformed::DotSegment),
            "" if !last => skips = true,
            "." | ".." => {
                if segment == ".." {
                    climbs = true;
                    let parent = out.rfind('/').ok_or(Malformed::DotSegment)?;
                    out.truncate(parent);
                }
                // A path that ends in a dot segment names a folder.
                if last {
                    out.push('/');
                }
            }
            _ if is_disguised_dots(segment) => return Err(Malformed::DotSegment),
            _ => {
                out.push('/');
                out.push_str(segment);
            }
        }
    }
    // INVARIANT I-6: whether `/a//../b` is `/a/b` or `/b` depends on what is resolved first.
    if climbs && skips {
        return Err(Malformed::DotSegment);
    }
    if out.is_empty() {
        out.push('/');
    }
    Ok(out)
}

/// Dots with a path parameter: some servers cut the parameter off before they resolve, some after.
fn is_disguised_dots(segment: &str) -> bool {
    ["..", "."]
        .into_iter()
        .any(|dots| segment.strip_prefix(dots).is_some_and(|after| after.starts_with(';') || after.starts_with("%3B")))
}

#[cfg(test)]
mod tests {
    use super::{canonical, check_settled};
    use crate::Malformed;

    fn ok(raw: &str) -> String {
        canonical(raw.as_bytes()).unwrap_or_else(|rule| panic!("{raw}: {rule}"))
    }

    #[test]
    fn i6_a_path_has_one_form() {
        for (raw, expected) in [
            ("/", "/"),
            ("/a", "/a"),
            ("/a/", "/a/"),
            ("/public/../admin/x", "/admin/x"),
            ("/public/%2e%2e/admin/x", "/admin/x"),
            ("/public/.%2E/admin", "/admin"),
            ("/public/%252e%252e/admin", "/public/%252e%252e/admin"),
            ("/a/.", "/a/"),
            ("/a/..", "/"),
            ("/a/./b", "/a/b"),
            ("/%61%2D%7e", "/a-~"),
            ("/a%20b%c3%a9", "/a%20b%C3%A9"),
            ("/a//b", "/a/b"),
            ("/a//", "/a/"),
            ("/...", "/..."),
            ("/admin;x=1/users", "/admin;x=1/users"),
            ("/%EF%BC%8E%EF%BC%8E/admin", "/%EF%BC%8E%EF%BC%8E/admin"),
        ] {
            assert_eq!(ok(raw), expected, "{raw}");
        }
    }

    #[test]
    fn i6_what_servers_read_differently_is_no_path() {
        for (raw, rule) in [
            ("//admin/x", Malformed::DotSegment),
            ("/a//../b", Malformed::DotSegment),
            ("/..", Malformed::DotSegment),
            ("/a/../../b", Malformed::DotSegment),
            ("/public/..;/admin", Malformed::DotSegment),
            ("/public/%2e%2e%3b/admin", Malformed::DotSegment),
            ("/.;/admin", Malformed::DotSegment),
            ("/a%2fb", Malformed::EncodedDelimiter),
            ("/a%5cb", Malformed::EncodedDelimiter),
            ("/a%00", Malformed::EncodedDelimiter),
            ("/a%7f", Malformed::EncodedDelimiter),
            ("/a%", Malformed::PercentEncoding),
            ("/a%2", Malformed::PercentEncoding),
            ("/a%zz", Malformed::PercentEncoding),
            ("/%c0%ae", Malformed::PathEncoding),
            ("/%ff", Malformed::PathEncoding),
            ("/a\\b", Malformed::TargetByte),
            ("/a#b", Malformed::TargetByte),
            ("/a b", Malformed::TargetByte),
            ("/é", Malformed::TargetByte),
        ] {
            assert_eq!(canonical(raw.as_bytes()), Err(rule), "{raw}");
        }
    }

    #[test]
    fn i6_a_path_that_others_send_on_needs_no_resolving() {
        for settled in ["/", "/a", "/a/", "/a/b", "/%61%2D%7e", "/a%20b%c3%a9", "/..."] {
            assert_eq!(check_settled(settled.as_bytes()), Ok(()), "{settled}");
        }
        for open in ["/a/../b", "/a/%2e%2e/b", "/a/./b", "/a/.", "/a//b", "/a//", "//a"] {
            assert_eq!(check_settled(open.as_bytes()), Err(Malformed::DotSegment), "{open}");
        }
    }

    #[test]
    fn the_longest_paths_take_linear_time() {
        let deep = "/a".repeat(200_000);
        assert_eq!(ok(&deep), deep);
        let climbing = format!("{}{}", "/a".repeat(100_000), "/..".repeat(100_000));
        assert_eq!(ok(&climbing), "/");
    }

    proptest::proptest! {
        #[test]
        fn i6_the_canonical_form_is_its_own(raw in "/[a-c./;%2eE5cf~|-]{0,40}") {
            if let Ok(once) = canonical(raw.as_bytes()) {
                proptest::prop_assert_eq!(canonical(once.as_bytes()), Ok(once.clone()));
                proptest::prop_assert!(once.starts_with('/'));
                proptest::prop_assert!(!once.contains("//"));
                proptest::prop_assert!(once.split('/').all(|segment| segment != "." && segment != ".."));
            }
        }
    }
}
