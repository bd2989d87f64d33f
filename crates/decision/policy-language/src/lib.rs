//! The policy language: Cedar text and annotations to validated, indexed, compact policies.
//!
//! Text → size and nesting caps → Cedar's parser and strict validator over the schema → our own arena [`Program`] and its
//! index by scope. A set that has one problem is refused whole, and every problem names file, line and fix.
//!
//! Policies write the namespace, since Cedar has no way to open one: `principal in Sekisho::Group::"staff"`.
//! Annotations: `@id("name")`, `@reason("English")`, `@reason_ja("日本語")`, `@mode("report-only")`,
//! `@obligation("record")` ([`Obligation`]). Custom attributes are tags, each a set of strings ([`tag`]).

pub mod node;
pub mod schema;

mod annotations;
mod compiled;
mod group_table;
mod index;
mod kept;
mod literal;
mod load;
mod lower;
mod lower_against;
mod lower_context;
mod meta;
mod obligation;
mod pattern;
mod policies;
mod problem;
mod program;
mod program_builder;
mod reference;
mod refusal;
mod scan;
mod scope;
mod tags;
mod text;
mod unwritten;
mod warnings;
mod written;

pub use compiled::Compiled;
pub use index::{Candidate, Party};
pub use meta::{Effect, PolicyMeta};
pub use obligation::Obligation;
pub use pattern::Pattern;
pub use policies::Policies;
pub use problem::PolicyProblem;
pub use program::{Condition, Program};
pub use reference::{Named, Reference, references};
pub use scope::{Actions, Scope, Side};
pub use tags::tag;
pub use text::PolicyText;
pub use unwritten::{Unwritten, unwritten};
pub use written::{entity_text, fact_text, read_text};
