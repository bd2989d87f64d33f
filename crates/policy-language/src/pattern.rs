//! The patterns of `like`: literal pieces between wildcards.

/// A pattern: its pieces in order, with a wildcard between each two. One piece alone is matched whole.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pattern(Box<[String]>);

impl Pattern {
    /// The pattern with those pieces.
    pub(crate) fn new(pieces: Vec<String>) -> Self {
        Self(pieces.into_boxed_slice())
    }

    /// Whether a text matches.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let (first, rest) = match &*self.0 {
            [] => return text.is_empty(),
            [only] => return text == only,
            [first, rest @ ..] => (first, rest),
        };
        let Some((last, middle)) = rest.split_last() else { return false };
        let Some(mut text) = text.strip_prefix(first.as_str()) else { return false };
        for piece in middle {
            // The leftmost match leaves the most text for the pieces that follow.
            match text.split_once(piece.as_str()) {
                Some((_, after)) => text = after,
                None => return false,
            }
        }
        text.ends_with(last.as_str())
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
