//! The API behind a resource, as its document describes it.

use std::sync::Arc;

use sekisho_api_schema::ApiSchema;

/// What is known of the API behind a resource that has an API document.
#[derive(Debug, Clone)]
pub struct ProtectedApi {
    /// What the document describes. `None` for a document that cannot be enforced: then nothing is an operation.
    pub schema: Option<Arc<ApiSchema>>,
    /// The largest body of a request, in bytes.
    pub body_limit: u64,
}
