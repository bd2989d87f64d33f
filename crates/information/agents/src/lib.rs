//! AI agents: workloads that act for people.
//!
//! A workload whose document says for whom it acts is an agent. It asks in its own name while it is enabled and the accounts of its owner and of
//! that person are active; policies read the person as `principal.acts_for` and the tool that it calls as `context.request.tool`. What it
//! proves itself with belongs to the crate `workloads`; the enforcement is the gateway's. This crate shows how agents stand and what
//! they called: a page of the console and routes of the REST API.

mod acts;
mod api;
mod calls;
mod capability;
mod pages;
mod view;

pub use acts::AGENTS_READ;
pub use api::api;
pub use capability::capability;
pub use pages::pages;
