//! The built `sekisho` binary, running: on free ports, with a folder of its own, ended with the value.

mod binary;
mod clock;
mod command;
mod demo;
pub mod example;
mod running;
mod terminal;

pub use binary::{binary, newer_version};
pub use clock::Clock;
pub use demo::Demo;
pub use running::Platform;
pub use terminal::{AgentProcess, Terminal};
