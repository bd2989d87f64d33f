//! Sets of kinds of sensitive values.

use crate::DataKind;

/// A set of kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DataKinds(u8);

impl DataKinds {
    /// No kind.
    pub const NONE: Self = Self(0);

    /// The set with this kind too.
    #[must_use]
    pub const fn with(self, kind: DataKind) -> Self {
        Self(self.0 | bit(kind))
    }

    /// Whether the kind is in the set.
    #[must_use]
    pub const fn has(self, kind: DataKind) -> bool {
        self.0 & bit(kind) != 0
    }
}

impl FromIterator<DataKind> for DataKinds {
    fn from_iter<I: IntoIterator<Item = DataKind>>(kinds: I) -> Self {
        kinds.into_iter().fold(Self::NONE, Self::with)
    }
}

const fn bit(kind: DataKind) -> u8 {
    1 << kind as u8
}
