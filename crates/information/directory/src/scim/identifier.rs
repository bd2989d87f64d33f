//! The identifier of a resource: `u-<number>-<name>`. It leads to the entry without a search, and the number is never given again.

use std::fmt;

use sekisho_model::Name;
use sekisho_model::documents::{DirectoryEntry, DirectoryKind};

/// How many hexadecimal digits the number has.
const DIGITS: usize = 16;

/// The identifier of a resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Identifier {
    pub(crate) kind: DirectoryKind,
    pub(crate) number: String,
    pub(crate) name: Name,
}

impl Identifier {
    /// That of an entry.
    pub(crate) fn of(entry: &DirectoryEntry) -> Self {
        Self { kind: entry.kind, number: entry.number.clone(), name: entry.name.clone() }
    }

    /// Reads one. `None` when the text is no identifier.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (kind, rest) = match text.split_once('-')? {
            ("u", rest) => (DirectoryKind::User, rest),
            ("g", rest) => (DirectoryKind::Group, rest),
            _ => return None,
        };
        let (number, name) = rest.split_once('-')?;
        let is_number =
            number.len() == DIGITS && number.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
        Some(Self { kind, number: is_number.then(|| number.to_owned())?, name: name.parse().ok()? })
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = match self.kind {
            DirectoryKind::User => 'u',
            DirectoryKind::Group => 'g',
        };
        write!(f, "{letter}-{}-{}", self.number, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_read_as_it_is_written() {
        let text = "u-0123456789abcdef-alice-b@example.jp";
        let read = Identifier::read(text).expect("an identifier");
        assert_eq!((read.kind, read.name.as_str()), (DirectoryKind::User, "alice-b@example.jp"));
        assert_eq!(read.to_string(), text);
        for wrong in [
            "",
            "alice",
            "u-12-alice",
            "x-0123456789abcdef-a",
            "g-0123456789ABCDEF-a",
            "g-0123456789abcdef-",
            "g-0123456789abcdef-A",
        ] {
            assert_eq!(Identifier::read(wrong), None, "{wrong}");
        }
    }
}
