//! Scans: what was found in data, without the values.

use sekisho_model::{DataKind, ResourceId, Timestamp};
use serde::{Deserialize, Serialize};

/// The newest scan of one source of a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataScan {
    /// What holds the data.
    pub resource: ResourceId,
    /// Where in the resource it is, as people name it: a file, a path.
    pub source: String,
    /// When it was scanned.
    pub at: Timestamp,
    /// How many bytes were scanned.
    pub bytes: u64,
    /// What was found, by kind. Empty when nothing was.
    pub found: Vec<KindFound>,
}

/// What was found of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KindFound {
    /// The kind.
    pub kind: DataKind,
    /// How many values.
    pub count: u32,
    /// The first of them as evidence.
    pub evidence: Vec<ValueEvidence>,
}

/// What is kept of a value: enough to recognise it with the key, too little to know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValueEvidence {
    /// A keyed hash of the value, in hexadecimal.
    pub hash: String,
    /// The last digits of a number; empty for anything else.
    pub last: String,
}
