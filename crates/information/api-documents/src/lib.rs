//! API documents: which operations the APIs behind resources have.
//!
//! A document of the kind `api-document` holds what OpenAPI says of the API behind a resource. Folded into the World, it decides which requests
//! are operations, and policies name them as `context.request.operation`. This crate shows what is in force: a page of the console and routes
//! of the REST API, which also check a document before it is written.

mod acts;
mod api;
mod capability;
mod pages;
mod view;

pub use acts::API_DOCUMENTS_READ;
pub use api::api;
pub use capability::capability;
pub use pages::pages;
