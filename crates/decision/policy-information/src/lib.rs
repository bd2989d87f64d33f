//! The policy information point (PIP): documents and signals in, one immutable [`World`] out.
//!
//! [`WorldBuilder`] folds the store's change feed; [`WorldBuilder::publish`] gives the snapshot that decisions read. The
//! final documents alone determine the World, not the order in which they came: whatever refers to something that is not
//! there yet is right as soon as it arrives. What cannot be read counts as absent and stands in [`World::problems`]; only a
//! policy set that does not load leaves the one before it in force.
//!
//! The trust algorithm is in [`trust`].

mod api;
mod assessed_networks;
mod builder;
mod evidence;
mod networks;
mod problem;
mod renewals;
mod scope;
pub mod trust;
mod view;
mod workload_credential;
mod workloads;
mod world;

pub use api::ProtectedApi;
pub use builder::{TimeZones, WorldBuilder};
pub use problem::FoldProblem;
pub use scope::{Publication, Scope, Touched};
pub use trust::{Contribution, Risk};
pub use workload_credential::{CredentialOrigin, WORKLOAD_CERTIFICATE_NAME, WorkloadCredential, WorkloadProof};
pub use workloads::WorkloadRefusal;
pub use world::{DeviceView, World};
