//! Finds people, devices, groups and applications by the beginning of an identifier, of a name, or of a word of a name.
//!
//! [`Typed`] is what somebody typed, and says whether a text begins so. [`Index`] keeps what a World names in order, so that a search
//! among a hundred thousand people looks at a few dozen of them. [`Finder`] keeps an index beside the newest World.

mod finder;
mod found;
mod index;
mod names;
mod text;

pub use finder::Finder;
pub use found::{Count, Fits, Found, From, Order, Page};
pub use index::Index;
pub use text::Typed;
