//! Sekisho (関所): a Zero Trust Architecture platform in one binary.
//!
//! This crate only wires: the configuration, the command line and the order in which things are opened.
//! Read `up::Platform::start` for the architecture on one screen. [`run`] is the whole program; [`embedded`] starts a
//! platform inside another program, for the demonstration.

mod capabilities;
mod cli;
mod configuration;
pub mod embedded;
mod supervisor;
mod up;

pub use cli::run;
