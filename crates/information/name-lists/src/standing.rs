//! How a list stands, for pages, API and metrics.

use sekisho_model::Timestamp;
use sekisho_model::documents::NameList;

/// How a list stands in this process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Which list.
    pub list: String,
    /// The resource that its names stand for.
    pub resource: String,
    /// The file with its names; `None` where they stand in the document.
    pub file: Option<String>,
    /// How many names it has entries for.
    pub names: usize,
    /// How many of its entries say nothing that can be used.
    pub skipped: usize,
    /// When its names were last read; `None` when they never were.
    pub read_at: Option<Timestamp>,
    /// Why the newest names are not in force, or stand for nothing.
    pub problem: Option<String>,
}

impl Standing {
    pub(crate) fn of(list: &NameList) -> Self {
        Self {
            list: list.id.to_string(),
            resource: list.resource.to_string(),
            file: list.file.clone(),
            names: 0,
            skipped: 0,
            read_at: None,
            problem: None,
        }
    }
}
