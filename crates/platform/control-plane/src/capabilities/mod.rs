//! Capabilities that have no crate of their own: each file gives one value.

pub mod clock;
pub mod enforcement_points;
pub mod housekeeping;
pub mod policies;
pub mod records;
pub mod resources;
pub mod sessions;
pub mod settings;
