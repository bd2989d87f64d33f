//! One value that was found, and where.

use std::ops::Range;

use crate::{DataKind, Sensitive};

/// One value that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is.
    pub kind: DataKind,
    /// How sure that is, of 100: 85 with a label near by, 75 by its form alone.
    pub confidence: u8,
    /// Where it stands: bytes of the decoded text, as UTF-8.
    pub at: Range<u64>,
    /// The value.
    pub value: Sensitive,
}
