//! Small numbers with a range: read checked, so that a document cannot hold one outside it.

use serde::{Deserialize, Deserializer};

/// Reads a whole number from `MIN` to `MAX`.
pub(super) fn bounded<'de, D: Deserializer<'de>, const MIN: u8, const MAX: u8>(
    deserializer: D,
) -> Result<u8, D::Error> {
    let number = i64::deserialize(deserializer)?;
    u8::try_from(number)
        .ok()
        .filter(|number| (MIN..=MAX).contains(number))
        .ok_or_else(|| serde::de::Error::custom(format_args!("{number} is out of range: write {MIN} to {MAX}")))
}
