//! The patterns of `like`: literal pieces between wildcards.

use std::hash::{Hash, Hasher};

use memchr::memmem::Finder;

/// A pattern: its pieces in order, with a wildcard between each two. One piece alone is matched whole.
#[derive(Debug, Clone)]
pub struct Pattern {
    pieces: Box<[String]>,
    /// For the pieces between the first and the last: how each is found, worked out once.
    middle: Box<[Finder<'static>]>,
}

impl Pattern {
    /// The pattern with those pieces.
    pub(crate) fn new(pieces: Vec<String>) -> Self {
        let middle = match pieces.as_slice() {
            [_, middle @ .., _] => middle.iter().map(|piece| Finder::new(piece).into_owned()).collect(),
            _ => Box::default(),
        };
        Self { pieces: pieces.into_boxed_slice(), middle }
    }

    /// The pattern as it is written between quotes.
    #[must_use]
    pub fn written(&self) -> String {
        let piece = |piece: &String| piece.escape_debug().to_string().replace('*', "\\*");
        self.pieces.iter().map(piece).collect::<Vec<_>>().join("*")
    }

    /// Whether a text matches.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let (first, last) = match &*self.pieces {
            [] => return text.is_empty(),
            [only] => return text == only,
            [first, .., last] => (first, last),
        };
        let Some(text) = text.strip_prefix(first.as_str()) else { return false };
        let mut rest = text.as_bytes();
        for piece in &self.middle {
            // The leftmost match leaves the most text for the pieces that follow.
            let after = piece.find(rest).and_then(|at| rest.get(at + piece.needle().len()..));
            match after {
                Some(after) => rest = after,
                None => return false,
            }
        }
        rest.ends_with(last.as_bytes())
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.pieces == other.pieces
    }
}

impl Eq for Pattern {}

impl Hash for Pattern {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.pieces.hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The textbook definition, letter by letter.
    fn slow(pattern: &[Option<char>], text: &[char]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (None, Some(_)) => false,
            (Some((None, rest)), None) => slow(rest, text),
            (Some((None, rest)), Some((_, after))) => slow(rest, text) || slow(pattern, after),
            (Some((Some(c), rest)), Some((d, after))) => c == d && slow(rest, after),
            (Some((Some(_), _)), None) => false,
        }
    }

    proptest! {
        #[test]
        fn it_matches_as_the_definition(
            pattern in proptest::collection::vec(proptest::option::of(proptest::sample::select(vec!['a', 'b', 'é'])), 0..7),
            text in proptest::collection::vec(proptest::sample::select(vec!['a', 'b', 'é']), 0..8),
        ) {
            let mut pieces = vec![String::new()];
            for element in &pattern {
                match element {
                    Some(c) => pieces.last_mut().unwrap().push(*c),
                    None => pieces.push(String::new()),
                }
            }
            let whole: String = text.iter().collect();
            prop_assert_eq!(Pattern::new(pieces).matches(&whole), slow(&pattern, &text));
        }
    }
}
