//! A domain name in its one form.

use std::fmt::{self, Write as _};
use std::str::FromStr;

/// A domain name other than the root: lower case, labels joined by dots, without a final dot.
///
/// A dot, a backslash and every byte that is no visible ASCII character stand in it as `\DDD` (RFC 1035, section 5.1), so that two
/// different names never have one text, and a text holds no character that a terminal or a page would obey.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DomainName(Box<str>);

/// Why a text is not a [`DomainName`] that a list may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "write a domain name such as `example.jp`: letters, digits, `-` and `_` in labels of at most 63, joined by dots"
)]
pub struct DomainNameError;

/// The longest label, in bytes.
const LONGEST_LABEL: usize = 63;
/// The longest name, in bytes of its text without escapes: 255 bytes on the wire (RFC 1035, section 2.3.4).
const LONGEST: usize = 253;

impl DomainName {
    /// The name with these labels, as a message holds them; `None` for the root, and for what is longer than a name can be.
    pub fn from_labels<'a>(labels: impl Iterator<Item = &'a [u8]>) -> Option<Self> {
        let (mut text, mut length) = (String::new(), 0);
        for label in labels {
            length += label.len() + 1;
            if label.is_empty() || label.len() > LONGEST_LABEL || length > LONGEST + 1 {
                return None;
            }
            if !text.is_empty() {
                text.push('.');
            }
            for byte in label {
                match byte.to_ascii_lowercase() {
                    plain @ b'!'..=b'~' if !matches!(plain, b'.' | b'\\') => text.push(char::from(plain)),
                    other => write!(text, "\\{other:03}").ok()?,
                }
            }
        }
        (!text.is_empty()).then(|| Self(text.into_boxed_str()))
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its text and that of every name above it, the nearest first; the root is not among them.
    pub fn upwards(&self) -> impl Iterator<Item = &str> {
        std::iter::successors(Some(self.as_str()), |name| name.split_once('.').map(|(_, above)| above))
    }
}

impl FromStr for DomainName {
    type Err = DomainNameError;

    /// Reads a name as people write it in lists, with or without a final dot. Names with other characters, such as Japanese ones, are
    /// written in their ASCII form (`xn--…`).
    fn from_str(text: &str) -> Result<Self, DomainNameError> {
        let name = text.strip_suffix('.').unwrap_or(text);
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if name.is_empty() || !name.split('.').all(|label| label.bytes().all(is_plain)) {
            return Err(DomainNameError);
        }
        Self::from_labels(name.split('.').map(str::as_bytes)).ok_or(DomainNameError)
    }
}

impl fmt::Display for DomainName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_has_one_form() {
        for (written, form) in [("Example.JP", "example.jp"), ("a.b.", "a.b"), ("_dmarc.x", "_dmarc.x"), ("jp", "jp")] {
            assert_eq!(written.parse::<DomainName>().expect("a name").as_str(), form);
        }
        for wrong in ["", ".", "a..b", ".a", "a b", "a/b", "日本.jp", "*.a", "a\\.b", "a.b..", &"a".repeat(64)] {
            assert_eq!(wrong.parse::<DomainName>(), Err(DomainNameError), "{wrong}");
        }
        assert!(vec!["a"; 127].join(".").parse::<DomainName>().is_ok(), "253 bytes");
        assert!(vec!["a"; 128].join(".").parse::<DomainName>().is_err(), "255 bytes");
    }

    #[test]
    fn what_stands_above_a_name_begins_after_a_dot() {
        let name: DomainName = "a.bc.d".parse().expect("a name");
        assert_eq!(name.upwards().collect::<Vec<_>>(), ["a.bc.d", "bc.d", "d"]);
    }

    #[test]
    fn a_dot_within_a_label_divides_nothing() {
        let name = DomainName::from_labels([&b"a.evil"[..], b"jp", b"\n\\"].into_iter()).expect("a name");
        assert_eq!(name.as_str(), "a\\046evil.jp.\\010\\092");
        assert_eq!(name.upwards().count(), 3);
    }

    proptest! {
        #[test]
        fn different_labels_have_different_texts(
            one in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..8), 1..5),
            other in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..8), 1..5),
        ) {
            let name = |labels: &[Vec<u8>]| DomainName::from_labels(labels.iter().map(Vec::as_slice)).expect("a name");
            let lower = |labels: &[Vec<u8>]| labels.iter().map(|label| label.to_ascii_lowercase()).collect::<Vec<_>>();
            prop_assert_eq!(name(&one) == name(&other), lower(&one) == lower(&other));
            prop_assert_eq!(name(&one).upwards().count(), one.len());
            prop_assert!(name(&one).as_str().bytes().all(|byte| byte.is_ascii_graphic()));
        }
    }
}
