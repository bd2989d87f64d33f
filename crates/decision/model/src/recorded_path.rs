//! How much of a path the record keeps: who may choose it must not choose how fast the disk fills.

use std::borrow::Cow;

/// The longest path that is kept whole.
const WHOLE: usize = 1024;

/// What the record keeps of a canonical path: all of it, or its beginning with its length behind a `#`, which no canonical path holds.
#[must_use]
pub fn recorded_path(path: &str) -> Cow<'_, str> {
    if path.len() <= WHOLE {
        return Cow::Borrowed(path);
    }
    let beginning = path.get(..path.floor_char_boundary(WHOLE)).unwrap_or_default();
    Cow::Owned(format!("{beginning}#{}", path.len()))
}

#[cfg(test)]
mod tests {
    use super::recorded_path;

    #[test]
    fn a_long_path_is_kept_in_part_and_says_so() {
        assert_eq!(recorded_path("/a"), "/a");
        assert_eq!(recorded_path(&"x".repeat(1024)), "x".repeat(1024));
        assert_eq!(recorded_path(&"x".repeat(8000)), format!("{}#8000", "x".repeat(1024)));
    }
}
