//! The policy engine: `decide(policies, world, request, now) -> Decision`. Pure, and the only maker of a [`Permit`].

mod actual_values;
mod against;
#[cfg(test)]
mod agreement;
mod ask;
mod called;
mod case;
mod decide;
mod decision;
mod evaluate;
mod every_reading;
mod explanation;
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
mod supposed;
mod supposition;
mod terms;
#[cfg(test)]
mod testing;
mod value;
mod wording;

pub use actual_values::{ActualValue, Source};
pub use decide::{decide, is_permitted, is_permitted_without_device};
pub use decision::{Challenge, Decision, Denial, Verdict};
pub use explanation::{Condition, ExplainedPolicy, Explanation, State, explain};
pub use memory::Memory;
pub use permit::Permit;
pub use remedy::{Reason, Remedy, Step};
pub use supposed::Supposed;
pub use supposition::{Supposition, suppose};
