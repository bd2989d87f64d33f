//! Names that are no identifiers: read checked, so that none holds what nobody sees.

use serde::{Deserialize, Deserializer};

use crate::is_shown;

/// Reads names. A policy could name one with a control or an invisible character, and nobody would see which it means.
pub(super) fn shown_names<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let names = Vec::<String>::deserialize(deserializer)?;
    match names.iter().find(|name| name.is_empty() || !name.chars().all(is_shown)) {
        None => Ok(names),
        Some(name) => Err(serde::de::Error::custom(format_args!(
            "`{}` is no name: write letters that people can see",
            name.escape_debug()
        ))),
    }
}
