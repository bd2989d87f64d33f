//! Which C library the binary needs: the newest version among those of the functions that it calls.

/// The mark of a version in the names of the C library's functions.
const MARK: &[u8] = b"GLIBC_2.";

/// The newest version of the GNU C library that a binary names, such as `2.34`.
pub(super) fn newest_version(binary: &[u8]) -> Option<String> {
    let versions = binary.windows(MARK.len()).enumerate().filter(|(_, window)| *window == MARK);
    let minor = |(at, _): (usize, &[u8])| {
        let digits = binary.get(at + MARK.len()..)?.iter().take_while(|byte| byte.is_ascii_digit()).take(3);
        digits.fold(None, |number: Option<u32>, digit| Some(number.unwrap_or(0) * 10 + u32::from(*digit - b'0')))
    };
    versions.filter_map(minor).max().map(|minor| format!("2.{minor}"))
}

#[cfg(test)]
mod tests {
    use super::newest_version;

    #[test]
    fn the_newest_version_is_found_by_number() {
        let binary = b"\0GLIBC_2.9\0GLIBC_2.34\0\x7fGLIBC_2.2.5\0GLIBC_2.\0";
        assert_eq!(newest_version(binary).as_deref(), Some("2.34"));
        assert_eq!(newest_version(b"nothing"), None);
    }
}
