//! The platform's data folder: prepared, with a reserve of room, and its backup in one file.
//!
//! A backup copies the store first, then the ledger, so that the ledger of a backup holds the head that its store seals. The master key is
//! not in it: without that key, kept elsewhere, nobody reads the secrets in a backup.

mod last_backup;
mod ledger_name;
mod making;
mod manifest;
mod platform;
mod prepare;
mod problem;
mod reserve;
mod restored;
mod restoring;
mod sealed;

pub use last_backup::last_backup;
pub use ledger_name::sealed_as;
pub use making::back_up;
pub use manifest::Manifest;
pub use platform::PlatformData;
pub use prepare::prepare;
pub use problem::Problem;
pub use reserve::{keep_reserve, make_room};
pub use restored::record_restored;
pub use restoring::restore;
pub use sealed::{sealed_beside, sealed_by};

/// The document in which a store in the data folder seals the heads of its ledger.
const EMBEDDED: &str = "ledger-head/embedded";
/// What a backup holds besides the ledger's folder.
const STORE: &str = "store.db";
const LEDGER: &str = "ledger";
const PUBLIC_KEY: &str = "ledger.pub";
const LEDGER_NAME: &str = "ledger.name";
const MANIFEST: &str = "backup.json";
