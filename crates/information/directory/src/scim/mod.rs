//! The protocol: SCIM 2.0. Everything but `serve` and `resource` is a function of its arguments.

mod accept;
mod discovery;
mod error;
mod filter;
mod identifier;
mod list;
mod matching;
mod patch;
mod path;
mod projection;
mod resource;
mod schema;
mod serve;
mod words;

pub(crate) use accept::accept;
pub(crate) use error::ScimError;
pub(crate) use identifier::Identifier;
pub(crate) use patch::patch;
pub(crate) use resource::display;
pub(crate) use schema::{ENTERPRISE_SCHEMA, ResourceType};
pub(crate) use serve::routes;
