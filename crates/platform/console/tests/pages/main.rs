//! The portal and the console over a real store, ledger, identity and World, asked as a browser asks.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

mod applications;
mod browser;
mod browser_code;
mod console;
mod console_roles;
mod decisions;
mod editor;
mod enrolment;
mod forms;
mod lists;
mod methods;
mod overview;
mod own_applications;
mod pages;
mod place;
mod publishing;
mod session_transfer;
mod sign_in;
mod sign_ins;
mod slow_body;
mod step_up;
mod tabs;
mod terminal;
