//! How servers read a path. The bytes of a path belong to the application and pass as they came; a policy that reads the path
//! must hold for every text that some server makes of these bytes.

mod closure;
mod steps;

pub use closure::{MOST_READINGS, Readings, readings};

use steps::{Decoding, decode};

/// Why the bytes are a path to no server, or a different path to each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathFault {
    /// A percent sign is not followed by two hexadecimal digits.
    PercentEncoding,
    /// A control character, however it is encoded.
    Control,
    /// A segment that some server resolves: `.`, `..`, and their disguises.
    DotSegment,
}

/// Checks what no path may hold, whatever policy says: each server would resolve dot segments differently, or at another time.
///
/// # Errors
/// The first rule that some reading of the path breaks.
pub fn check_path(raw: &str) -> Result<(), PathFault> {
    if is_plain(raw.as_bytes()) {
        return Ok(());
    }
    check_percent(raw.as_bytes())?;
    for decoding in [Decoding::Whole, Decoding::Overlong] {
        let decoded = decode(raw.as_bytes(), decoding);
        if decoded.iter().any(|byte| matches!(byte, 0..0x20 | 0x7f)) {
            return Err(PathFault::Control);
        }
        // INVARIANT I-6: every separator of any server splits here, so a dot segment of any reading is one of these.
        if decoded.split(|byte| matches!(byte, b'/' | b'\\')).any(is_dots) {
            return Err(PathFault::DotSegment);
        }
    }
    Ok(())
}

/// Whether every server reads the bytes alike: nothing to decode, to cut off, to merge or to take for a separator.
fn is_plain(raw: &[u8]) -> bool {
    let mut before = 0;
    for byte in raw {
        let odd = matches!(byte, b'%' | b';' | b'\\' | b' ');
        if odd || (*byte == b'/' && matches!(before, b'/' | b'.')) {
            return false;
        }
        before = *byte;
    }
    before != b'.'
}

fn check_percent(raw: &[u8]) -> Result<(), PathFault> {
    let mut rest = raw;
    while let Some(at) = rest.iter().position(|byte| *byte == b'%') {
        match rest.get(at + 1..at + 3) {
            Some(digits) if digits.iter().all(u8::is_ascii_hexdigit) => rest = rest.get(at + 3..).unwrap_or_default(),
            _ => return Err(PathFault::PercentEncoding),
        }
    }
    Ok(())
}

/// A segment that is `.` or `..` once a server has cut off what follows `;`, `?` or `#` and the blanks around it. Three dots and
/// more are a name, unless blanks stand among them.
fn is_dots(segment: &[u8]) -> bool {
    let name = segment.split(|byte| matches!(byte, b';' | b'?' | b'#')).next().unwrap_or_default();
    let dots = name.iter().filter(|byte| **byte == b'.').count();
    let blanks = name.iter().filter(|byte| **byte == b' ').count();
    dots > 0 && dots + blanks == name.len() && (dots <= 2 || blanks > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i6_names_of_applications_are_paths() {
        for path in [
            "/",
            "/a/",
            "//x",
            "/a//b",
            "/web/2026/https://example.com/a",
            "/api/v4/projects/a%2Fb",
            "/api/vhosts/%2F/x",
            "/%93%FA.html",
            "/%c3%a9",
            "/a;b=1/c",
            "/a\\b",
            "/a%5Cb",
            "/.well-known/x",
            "/.git",
            "/...",
            "/a..b",
            "/public..",
            "/%252e%252e/x",
            "/a%20",
            "/%EF%BC%8E%EF%BC%8E/admin",
            "/%83%5C",
        ] {
            assert_eq!(check_path(path), Ok(()), "{path}");
        }
    }

    #[test]
    fn i6_a_dot_segment_in_any_reading_is_refused() {
        for path in [
            "/..",
            "/a/.",
            "/a/../b",
            "/a/%2e%2e/b",
            "/a/.%2E",
            "/a/..%2fb",
            "/a%2f..%2fb",
            "/a\\..\\b",
            "/a%5c..%5cb",
            "/a/..;/b",
            "/a/.;x=1/b",
            "/a/..%3b/b",
            "/a/..%3Fx/b",
            "/a/.. ",
            "/a/..%20/b",
            "/a/%20../b",
            "/a/.%20./b",
            "/a/.. ./b",
            "/%c0%ae%c0%ae/b",
            "/a%c0%af..%c0%afb",
            "/%e0%80%ae/b",
            "/a/..%c1%9cb",
        ] {
            assert_eq!(check_path(path), Err(PathFault::DotSegment), "{path}");
        }
    }

    #[test]
    fn i6_control_characters_and_broken_escapes_are_refused() {
        for path in ["/a%00", "/a%0d%0a", "/a%7f", "/%c0%80", "/%c0%8a"] {
            assert_eq!(check_path(path), Err(PathFault::Control), "{path}");
        }
        for path in ["/a%", "/a%2", "/a%zz", "/%u002e"] {
            assert_eq!(check_path(path), Err(PathFault::PercentEncoding), "{path}");
        }
    }
}
