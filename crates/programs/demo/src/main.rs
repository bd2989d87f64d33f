//! The demonstration: a whole Sekisho on this machine, and the eight steps of one access driven against it.
//!
//! It is a program of its own so that the released binary holds neither its browser nor its passkey.

mod check;
mod command;
mod organisation;
mod scene;
mod tour;
mod upstreams;

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    sekisho::embedded::run_line(command::Demo::run)
}
