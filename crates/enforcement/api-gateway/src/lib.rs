//! Holds requests against the API document of their resource before the application gets them.
//!
//! The decision has found that a request is an operation that policy permits. [`Inspection::of`] then checks its parameters and says what is
//! done with its body: one that a schema of JSON describes is gathered within the document's limit, checked whole, and only then
//! forwarded.

mod gather;
mod inspection;

pub use gather::NotGathered;
pub use inspection::Inspection;
pub use sekisho_api_schema::Violation;
