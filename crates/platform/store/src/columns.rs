//! Values of columns: revisions and bodies as the database holds them.

use sekisho_model::documents::Kind;

use crate::StoreError;

pub(crate) fn parse(kind: Kind, id: &str, text: &str) -> Result<serde_json::Value, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Corrupt(format!("{kind}/{id}")))
}

pub(crate) fn revision_of(number: i64) -> Result<u64, StoreError> {
    u64::try_from(number).map_err(|_| StoreError::Corrupt("counters/revision".to_owned()))
}

pub(crate) fn number(revision: u64) -> i64 {
    i64::try_from(revision).unwrap_or(i64::MAX)
}
