//! The administrative acts on the classification of data.

use sekisho_capability::{ActSpec, Part};
use sekisho_model::Action;

/// Look at labels, and at what was found where.
pub const CLASSIFICATION_READ: ActSpec = ActSpec::new(
    "classification-read",
    Action::Read,
    Part::Resources,
    ("Look at labels and scans of data", "データのラベルとスキャン結果の閲覧"),
);
/// Scan data of a resource.
pub const DATA_SCANNED: ActSpec = ActSpec::new(
    "data-scanned",
    Action::Write,
    Part::Resources,
    ("Scan data of a resource", "リソースのデータのスキャン"),
);

/// All of them.
pub const ALL: &[ActSpec] = &[CLASSIFICATION_READ, DATA_SCANNED];
