//! What went wrong in the harness, as a sentence: a test only ever shows it.

use std::fmt;

/// A failure of the harness, or of something that it waited for.
#[derive(Debug)]
pub struct Trouble(String);

impl Trouble {
    /// The trouble told by that sentence.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Says what was being done: for `map_err`.
    pub fn during<E: fmt::Display>(what: impl fmt::Display) -> impl FnOnce(E) -> Self {
        move |error| Self(format!("{what}: {error}"))
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Trouble {}
