//! Domain names as lists name them.
//!
//! - [`DomainName`]: a name in its one form: lower case, without a final dot;
//! - [`NameSet`]: the names that a list holds, each alone, with what is below it, or both, and the names that it does not hold;
//! - [`Listings`]: every list in force, and which of them hold a name;
//! - [`read_plain`] and [`read_zone`]: the set of a plain list and of a response policy zone.
//!
//! Nothing here asks a server: which names a question is about, and what follows, is for the callers.

mod domain_name;
mod listings;
mod name_set;
mod plain;
mod zone;

pub use domain_name::{DomainName, DomainNameError};
pub use listings::{Listing, Listings};
pub use name_set::{Covers, MOST_NAMES, NameSet, ReadList};
pub use plain::{read_entry, read_plain};
pub use zone::read_zone;
