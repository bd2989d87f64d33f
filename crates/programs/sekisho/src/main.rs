//! Sekisho (関所): a Zero Trust Architecture platform in one binary.
//!
//! This crate only wires: the configuration, the command line, the order in which things are opened, and the demo.
//! Read [`up::Platform::start`](up) for the architecture on one screen.

mod cli;
mod configuration;
mod demo;
mod folder;
mod up;

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    if rustls::crypto::aws_lc_rs::default_provider().install_default().is_err() {
        // Only a second installation fails, and nothing ran before this line.
        return ExitCode::FAILURE;
    }
    cli::run()
}
