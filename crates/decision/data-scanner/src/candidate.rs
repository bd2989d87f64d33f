//! Something in the window that counts as a value.

use crate::DataKind;

/// Something that was found in the window. `value` is its normal form.
pub(crate) struct Candidate {
    pub(crate) kind: DataKind,
    pub(crate) confidence: u8,
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) value: Option<Vec<u8>>,
}
