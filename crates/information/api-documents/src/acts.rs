//! The administrative act about API documents. Writing one is an act of all documents.

use sekisho_capability::{ActSpec, Part};
use sekisho_model::Action;

/// Look at the operations of APIs, and check a document.
pub const API_DOCUMENTS_READ: ActSpec = ActSpec::new(
    "api-documents-read",
    Action::Read,
    Part::Resources,
    ("Look at the operations of APIs", "API の操作の閲覧"),
);
