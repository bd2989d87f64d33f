//! Access for a time: a person requests it with a reason and a duration, somebody whom a policy names approves it, and it ends by itself.
//!
//! An approved request is a grant, which policies read as `context.grant`. [`Requests`] holds the acts, [`Approver`] is the proof that
//! somebody may answer a request. Pages, API and command line call the same acts.

mod acts;
mod api;
mod approver;
mod capability;
mod console;
mod form;
mod pages;
mod portal;
mod refusal;
mod requests;
mod shown;
mod sweep;

pub use acts::REQUESTS_READ;
pub use api::api;
pub use approver::Approver;
pub use capability::capability;
pub use pages::{pages, routes};
pub use refusal::RequestRefusal;
pub use requests::{Requests, Wanted};
