//! The seam between the platform and its capabilities: what a capability is given, and what it contributes.
//!
//! [`Changes`] is the only writer of documents: it records an act in the ledger before it commits the act's documents.

mod change;
mod change_error;
mod changes;

pub use change::Change;
pub use change_error::ChangeError;
pub use changes::Changes;
