//! OpenAPI documents: which operations an API has, and whether a request is one of them.
//!
//! [`ApiSchema::read`] reads a document once, with bounds, and refuses what it would not enforce: a keyword that is not understood is an
//! error for who writes the document, never a rule that silently does not hold. [`ApiSchema::operation`] says which operation a method and
//! a path are under every reading of the path; [`ApiSchema::check_parameters`], [`ApiSchema::body_plan`] and [`ApiSchema::check_body`] say
//! whether the rest of a request is as the operation describes it.
//!
//! Read on: `document` (from text to operations), `compile` and `validate` (JSON Schema), `parameter`, `body`.

mod api;
mod body;
mod compile;
mod document;
mod fault;
mod format;
mod media;
mod operation;
mod parameter;
mod pattern;
mod query;
mod reading;
mod reference;
mod schema;
mod strict_json;
mod template;
mod validate;
mod violation;

pub use api::{ApiSchema, NoOperation};
pub use body::{BodyLength, BodyPlan, BodySchema, MOST_BODY};
pub use document::LARGEST_DOCUMENT;
pub use fault::{Fault, Place};
pub use operation::Operation;
pub use parameter::Asked;
pub use reading::DocumentProblem;
pub use violation::{Violation, ViolationKind};
