//! The policy engine: `decide(policies, world, request, now) -> Decision`. Pure, and the only maker of a [`Permit`].

mod decide;
mod decision;
mod memory;
mod permit;
mod remedy;
pub mod shadow;

pub use decide::decide;
pub use decision::{Challenge, Decision, Denial, Verdict};
pub use memory::Memory;
pub use permit::Permit;
pub use remedy::{Reason, Remedy, Step};
