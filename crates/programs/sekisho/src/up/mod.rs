//! `sekisho up`: opens everything in the order in which it depends on itself, runs it, and stops it.
//!
//! [`Platform::start`] is the architecture on one screen: store, ledger, identity, devices, World, portal, gateway.

mod acme;
mod api;
mod certificates;
mod control_plane;
mod effects;
mod gateway;
mod keys;
mod listening;
mod local;
mod observe;
mod operating;
mod pages;
mod platform;
mod readiness;
mod reload;
mod resolver;
mod signals;
mod storage;
mod telemetry;
mod upgrade;

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use crate::cli::Failure;
use crate::configuration::Configuration;

pub(crate) use platform::Platform;
pub(crate) use signals::wait_for_signal;
pub(crate) use storage::{data_failure, master_key, platform_data};
pub(crate) use upgrade::Predecessor;

/// Runs the platform until it is told to stop (SIGINT or SIGTERM) or a new process has taken over.
pub(crate) fn run(
    configuration: Configuration,
    file: PathBuf,
    mut predecessor: Option<&mut Predecessor>,
) -> Result<(), Failure> {
    check(&configuration)?;
    start_log_at("info");
    runtime()?.block_on(async {
        let signals = signals::Signals::listen()?;
        let platform = Platform::start(configuration, predecessor.as_deref_mut()).await?;
        announce(&platform).await?;
        if let Some(predecessor) = &predecessor {
            predecessor.ready()?;
        }
        crate::supervisor::ready();
        operating::operate(platform, &file, signals).await;
        Ok(())
    })
}

/// Checks what the configuration names outside itself, before anything is made.
pub(crate) fn check(configuration: &Configuration) -> Result<(), Failure> {
    certificates::check(configuration)?;
    storage::check_master_key(configuration)
}

/// The runtime of everything but the gateway's workers, which bring their own.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("control")
        .enable_all()
        .build()
        .map_err(Failure::failed)
}

/// Writes the log to standard error: `SEKISHO_LOG` chooses what.
pub(crate) fn start_log_at(level: &str) {
    let filter = tracing_subscriber::EnvFilter::try_from_env("SEKISHO_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(level));
    // A second start in one process keeps the first log.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        // What cannot be logged, as on a full disk, is lost: it would be told to the same stream, and end the thread that told it.
        .log_internal_errors(false)
        .try_init();
}

async fn announce(platform: &Platform) -> Result<(), Failure> {
    let line = crate::cli::line;
    // What the platform starts with is stored before it says where it is: a plan that is applied next must not meet it halfway.
    let invitation = platform.first_administrator().await?;
    line(&format!("portal   {}", platform.control_plane.portal_origin))?;
    line(&format!("trust    {} (the authority of the portal's certificate)", platform.authority_file.display()))?;
    line(&format!("data     {}", platform.configuration.data.display()))?;
    if let Some(invitation) = invitation {
        line(&invitation)?;
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(|error| Failure::unavailable(format_args!("{}: {error}", path.display())))
}
