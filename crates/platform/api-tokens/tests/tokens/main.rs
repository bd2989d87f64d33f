//! API tokens on a real store, ledger and World: who may make one, what it may do, when it stops.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod deciding;
mod making;
mod place;
mod revoking;
mod showing;
