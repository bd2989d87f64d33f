//! What a permit can oblige its enforcement point to: a closed list, so that nothing is written that nobody carries out.

use std::fmt;
use std::str::FromStr;

/// One obligation of a permit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Obligation {
    /// The access is recorded. Sekisho's own gateway records every access; an enforcement point that is not ours receives it with the permit.
    Record,
    /// Sensitive values in answers are masked. Sekisho's own gateway masks them while the answer passes, and refuses what it cannot read.
    Mask,
}

impl Obligation {
    /// Every obligation.
    pub const ALL: [Self; 2] = [Self::Record, Self::Mask];

    /// Its name in `@obligation("…")` and in answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Record => "record",
            Self::Mask => "dlp:mask",
        }
    }

    /// The names of all, for messages.
    pub(crate) fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }
}

impl fmt::Display for Obligation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Obligation {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|known| known.name() == text).ok_or(())
    }
}
