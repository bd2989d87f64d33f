//! The policy engine: `decide(policies, world, request, now) -> Decision`. Pure, and the only maker of a [`Permit`].

mod against;
#[cfg(test)]
mod agreement;
mod ask;
mod case;
mod decide;
mod decision;
mod evaluate;
mod every_reading;
mod memory;
mod operators;
mod permit;
mod reads;
mod reasons;
mod reference;
mod remedies;
mod remedy;
mod reports;
pub mod shadow;
mod situation;
mod terms;
#[cfg(test)]
mod testing;
mod value;
mod wording;

pub use decide::{decide, is_permitted};
pub use decision::{Challenge, Decision, Denial, Verdict};
pub use memory::Memory;
pub use permit::Permit;
pub use remedy::{Reason, Remedy, Step};
