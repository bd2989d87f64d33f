//! What routes and pages show of a scan.

use sekisho_model::{Name, Timestamp};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::data_scan::DataScan;

/// A scan of data.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ScanView {
    /// What holds the data.
    pub(crate) resource: String,
    /// Where in the resource it is.
    pub(crate) source: String,
    /// When it was scanned.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) at: Timestamp,
    /// How many bytes were scanned.
    pub(crate) bytes: u64,
    /// What was found: kind, count, and evidence: a keyed hash and the last digits of each.
    #[schema(value_type = Vec<Object>)]
    pub(crate) found: Value,
    /// The labels that the resource carries.
    pub(crate) labels: Vec<String>,
    /// How sensitive they make it; null when it carries none.
    pub(crate) sensitivity: Option<u8>,
}

impl ScanView {
    pub(crate) fn new(scan: &DataScan, labels: &[Name], sensitivity: Option<u8>) -> Self {
        Self {
            resource: scan.resource.to_string(),
            source: scan.source.clone(),
            at: scan.at,
            bytes: scan.bytes,
            found: serde_json::to_value(&scan.found).unwrap_or_default(),
            labels: labels.iter().map(ToString::to_string).collect(),
            sensitivity,
        }
    }
}
