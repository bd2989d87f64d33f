//! The control plane: the shell around the policy information point and the services that change what it knows.
//!
//! - [`world_owner`]: the one task that folds the change feed and publishes the World;
//! - [`capabilities`]: what has no crate of its own, each a value: sessions with the task that ends them, housekeeping, policies;
//! - [`ControlPlane`]: the services together; [`ControlPlane::plan`] and [`ControlPlane::execute`] change documents;
//! - [`acts`]: administrative acts, each one function.

pub mod acts;
pub mod capabilities;
pub mod world_owner;

mod apply;
mod bootstrap;
mod clock;
mod control_plane;
mod document;
mod enforcement_points;
mod followers;
mod impact;
mod operation;
mod plan;
mod protected;
mod rehearsal;
mod remaining;
mod time_zones;
mod unknown_name;
mod what_if;

pub use apply::ApplyError;
pub use bootstrap::shipped_documents;
pub use clock::now;
pub use control_plane::ControlPlane;
pub use document::{Desired, DocumentProblem, display_name};
pub use enforcement_points::PointRefusal;
pub use followers::Followers;
pub use impact::{Affected, Impact};
pub use operation::{Operation, OperationCall, OperationError, operate};
pub use plan::{ADMINISTRATORS, Current, CurrentDocuments, Plan, Step, StepChange};
pub use protected::{CONSOLE_POLICY, ROLES_POLICY, protect};
pub use time_zones::time_zone;
pub use unknown_name::{UnknownName, nearest, unknown_names};
pub use what_if::{AskedAgain, Compared, NotAskable, WhatIf, WrongSupposition, methods_of};
pub use world_owner::Publication;
