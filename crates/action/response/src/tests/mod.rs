//! The task over temporary services, with effects that are noted instead of done.

mod beginning;
mod carrying;
mod place;
mod playbooks;
mod storm;
mod undoing;
