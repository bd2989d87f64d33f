//! Responses: a playbook names a signal, a condition and actions; when the signal is raised, its actions are done or proposed.
//!
//! A response is a document of the [journal], written before anything is done and again around each step: a restart carries on with what
//! was begun and begins nothing twice. What has an inverse is undone when somebody says so or its time is over. Whom any playbook names as
//! untouchable, none touches, and automatic responses touch as many people within a time as they may: beyond that they are proposals.
//!
//! Read on: `plan` (what a playbook makes of a signal), `responding` (the task), `carrying` (the steps and their inverses).

mod acts;
mod api;
mod capability;
mod carrying;
mod census;
mod condition;
mod delivering;
mod effects;
mod failure;
pub mod journal;
mod known;
mod pages;
mod plan;
mod responding;
mod responses;
mod shown;
mod sweep;
mod touched;
mod untouchable;
mod webhook;

#[cfg(test)]
mod tests;

pub use acts::{PLAYBOOK_SECRET_MADE, RESPONSE_APPROVED, RESPONSE_UNDONE, RESPONSES_READ};
pub use api::api;
pub use capability::capability;
pub use effects::{Doing, Effect, EffectFailure, Effects, Message, Post};
pub use failure::ResponseError;
pub use pages::pages;
pub use responses::{Responses, Standing};
